#include "http/head_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace segurifai::http {
namespace {

namespace beast = boost::beast;
using beast::http::basic_parser;

struct Name {
    std::string_view text;
    Header header;
    std::string_view joint;  ///< between values that came apart; empty = may come once
};

// By length, so that most names are told apart by that alone.
constexpr Name kNames[] = {
    {"host", Header::kHost, {}},
    {"accept", Header::kAccept, ", "},
    {"cookie", Header::kCookie, "; "},
    {"origin", Header::kOrigin, {}},
    {"if-match", Header::kIfMatch, ", "},
    {"traceparent", Header::kTraceparent, {}},
    {"content-type", Header::kContentType, {}},
    {"x-request-id", Header::kRequestId, {}},
    {"authorization", Header::kAuthorization, {}},
    {"if-none-match", Header::kIfNoneMatch, ", "},
    {"accept-language", Header::kAcceptLanguage, ", "},
    {"idempotency-key", Header::kIdempotencyKey, {}},
    {"x-forwarded-for", Header::kForwardedFor, ", "},
    {"x-forwarded-proto", Header::kForwardedProto, {}},
    {"access-control-request-method", Header::kAccessControlRequestMethod, {}},
    {"access-control-request-headers", Header::kAccessControlRequestHeaders, ", "},
};
static_assert(std::size(kNames) == static_cast<std::size_t>(Header::kCount));

const Name* name_in(std::string_view text) noexcept {
    for (const Name& name : kNames) {
        if (name.text.size() > text.size()) break;
        if (name.text.size() == text.size() && same_word(text, name.text)) return &name;
    }
    return nullptr;
}

Method method_of(std::string_view text) noexcept {
    for (auto i = 0U; i < static_cast<unsigned>(Method::kOther); ++i)
        if (name_of(Method(i)) == text) return Method(i);
    return Method::kOther;
}

std::string_view standard(beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

class Parser final : public basic_parser<true> {
public:
    Parser(Request& request, std::forward_list<std::string>& joined)
        : request_(request), joined_(joined) {
        skip(true);  // bodies are framed by us
        header_limit(std::numeric_limits<std::uint32_t>::max());
    }
    [[nodiscard]] const Refused& refused() const noexcept { return refused_; }

private:
    using String = beast::string_view;
    using Fault = beast::error_code;
    using Length = boost::optional<std::uint64_t>;

    void on_request_impl(beast::http::verb /*verb*/, String method, String target, int /*version*/,
                         Fault& /*fault*/) override {
        request_.method_text = standard(method);
        request_.method = method_of(request_.method_text);
        request_.target = origin_form(standard(target));
        const std::size_t question = std::min(request_.target.find('?'), request_.target.size());
        request_.path = request_.target.substr(0, question);
        request_.query = request_.target.substr(std::min(question + 1, request_.target.size()));
    }
    void on_field_impl(beast::http::field /*field*/, String name, String value,
                       Fault& fault) override {
        const Name* known = name_in(standard(name));
        if (known == nullptr) return;
        std::optional<std::string_view>& slot =
            request_.headers[static_cast<std::size_t>(known->header)];
        if (!slot) {
            slot = standard(value);
        } else if (known->joint.empty()) {
            refused_ = malformed("a header twice that may come once");
            fault = beast::http::error::bad_field;
        } else {
            std::string& both = joined_.emplace_front(*slot);
            both.append(known->joint).append(standard(value));
            slot = both;
        }
    }
    void on_response_impl(int, String, int, Fault&) override {}
    void on_header_impl(Fault&) override {}
    void on_body_init_impl(const Length&, Fault&) override {}
    std::size_t on_body_impl(String body, Fault&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, String, Fault&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, String body, Fault&) override {
        return body.size();
    }
    void on_finish_impl(Fault&) override {}

    Request& request_;
    std::forward_list<std::string>& joined_;
    Refused refused_;
};

}  // namespace

Refused HeadParser::read(std::string_view head, const HeadFacts& facts, Request& request) {
    joined_.clear();
    request.headers.fill(std::nullopt);
    request.keep_alive = facts.persistent();
    Parser parser(request, joined_);
    beast::error_code fault;
    const std::size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), fault);
    if (parser.refused().status != 0) return parser.refused();
    if (fault || used != head.size() || !parser.is_done())
        return malformed("a head the parser refuses");
    return {};
}

}  // namespace segurifai::http
