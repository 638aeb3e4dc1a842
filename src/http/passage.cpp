#include "http/passage.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "http/etag.hpp"
#include "http/percent.hpp"
#include "http/refusals.hpp"

namespace segurifai::http {

namespace {

constexpr std::size_t kRequestIdSizeMax = 64;
constexpr std::size_t kTokenSizeMax = 1'024;
constexpr std::size_t kIdempotencyKeySizeMax = 255;
constexpr std::string_view kBearer = "bearer ";

bool is_visible_ascii(std::string_view text) {
    bool is_visible = true;  // to the end at once, without a look at each: sixteen together
    for (const char c : text) is_visible &= c > ' ' && c < 0x7F;
    return is_visible;
}

bool is_request_id(std::string_view text) {
    return !text.empty() && text.size() <= kRequestIdSizeMax &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

/// "00-<32 hex>-<16 hex>-<2 hex>" (W3C Trace Context).
bool is_traceparent(std::string_view text) {
    if (text.size() != 55 || !text.starts_with("00-")) return false;
    for (std::size_t i = 3; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (i == 35 || i == 52 ? c != '-' : !is_hex) return false;
    }
    return true;
}

bool begins_with_bearer(std::string_view text) {
    if (text.size() < kBearer.size()) return false;
    return std::ranges::equal(text.substr(0, kBearer.size()), kBearer, {}, [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
}

bool has_header(const Answer& answer, std::string_view name) {
    return std::ranges::any_of(answer.headers, [&](const auto& one) { return one.first == name; });
}

bool is_read(Method method) {
    return method == Method::kGet || method == Method::kHead;
}

}  // namespace

std::string new_request_id(Random& random) {
    struct Series {
        std::uint64_t begin = 0;
        std::uint64_t next = 0;
    };
    thread_local Series series;
    if (series.begin == 0) {
        std::array<std::uint8_t, sizeof series.begin> bytes;
        random.fill(bytes);
        std::memcpy(&series.begin, bytes.data(), bytes.size());
        series.begin |= 1U;
    }
    std::array<char, 40> text;
    const auto end =
        fmt::format_to(text.begin(), FMT_COMPILE("{:016x}-{:08x}"), series.begin, ++series.next);
    return {text.begin(), end};
}

Pipeline::Passage::Passage(Parts& parts, const Request& request, Answer& answer)
    : parts_(parts),
      request_(request),
      answer_(answer),
      begin_(std::chrono::steady_clock::now()),
      at_(parts.clock.now()),
      language_(language_of(request.header(Header::kAcceptLanguage))),
      accepted_(accepted_of(request.header(Header::kAccept))),
      address_(parts.proxies.caller(request.peer, request.header(Header::kForwardedFor))) {
    const auto given = request.header(Header::kRequestId);
    request_id_ =
        given && is_request_id(*given) ? std::string(*given) : new_request_id(parts.random);
    const auto trace = request.header(Header::kTraceparent);
    if (trace && is_traceparent(*trace)) traceparent_ = *trace;
    answer.headers.reserve(12);
}

Result<void> Pipeline::Passage::enter() {
    parts_.router.find(request_.method, request_.path, routed_);
    const bool is_of_listed_origin = allow_origin(parts_.options.cors, request_, answer_);
    switch (routed_.kind) {
        case Routed::Kind::kNotFound: return segurifai::refuse(Refusal::kNotFound);
        case Routed::Kind::kMethodNotAllowed:
            answer_.set("Allow", std::string(routed_.allow));
            return segurifai::refuse(Refusal::kMethodNotAllowed);
        case Routed::Kind::kOptions:
            answer_preflight(parts_.options.cors, request_, routed_.allow, answer_);
            is_complete_ = true;
            return {};
        case Routed::Kind::kOperation: break;
    }
    const bool is_plain = route().output.kind == Payload::Kind::kPlain;
    if (is_plain ? !accepted_.any : !accepted_.json)
        return segurifai::refuse(Refusal::kNotAcceptable);
    call_.emplace(request_, route(), parts_.platform, answer_);
    call_->at = at_;
    call_->language = language_;
    call_->request_id = request_id_;
    call_->address = address_;
    call_->is_of_listed_origin = is_of_listed_origin;
    call_->path_parameters = routed_.parameters;
    return take_token();
}

Result<void> Pipeline::Passage::take_token() {
    const auto header = request_.header(Header::kAuthorization);
    if (!header) return {};
    std::string_view token;
    if (begins_with_bearer(*header)) token = header->substr(kBearer.size());
    if (token.empty() || token.size() > kTokenSizeMax || !is_visible_ascii(token))
        return identify(segurifai::refuse(Refusal::kTokenNotValid));
    token_ = token;
    return {};
}

EarlyRead* Pipeline::Passage::early_read() {
    if (const auto make = route().options.early; make != nullptr) call_->early = make(*call_);
    return call_->early.get();
}

Result<void> Pipeline::Passage::identify(Result<Caller> caller) {
    if (!caller) {
        // Guessing tokens is limited as anything else that a stranger does.
        if (caller.error().refusal) SEGURIFAI_TRY(count(Caller{}));
        return std::unexpected(std::move(caller).error());
    }
    caller_ = *caller;
    return {};
}

Result<void> Pipeline::Passage::count(const Caller& caller) {
    const Rate rate = route().options.rate;
    if (rate == Rate::kUncounted || !parts_.limiter.enabled()) return {};
    RateVerdict verdict = parts_.limiter.count(caller, address_, at_);
    if (verdict.allowed && rate == Rate::kSignIn) {
        const RateVerdict sign_in = parts_.limiter.count_sign_in(address_, at_);
        if (!sign_in.allowed || sign_in.remaining < verdict.remaining) verdict = sign_in;
    }
    verdict_ = verdict;
    if (verdict.allowed) return {};
    answer_.set("Retry-After", std::to_string(verdict.wait));
    return segurifai::refuse(Refusal::kThrottled);
}

Result<void> Pipeline::Passage::admit() {
    SEGURIFAI_TRY(count(caller_));
    SEGURIFAI_TRY_AS(const Reach reach,
                     judge(*routed_.operation->permission, request_.method, caller_));
    SEGURIFAI_TRY(check_body());
    SEGURIFAI_TRY(check_headers());
    call_->caller = caller_;
    call_->reach = reach;
    return take_query();
}

Result<void> Pipeline::Passage::check_body() const {
    const bool is_form = route().options.media == Media::kMultipart;
    const auto type = request_.header(Header::kContentType);
    if (request_.body.empty() && !is_form) return {};
    if (!type || !is_media_of(route(), *type))
        return segurifai::refuse(Refusal::kUnsupportedMediaType);
    const bool is_from_body = route().input.kind != Payload::Kind::kNone && !reads_query(route());
    if (is_form || is_from_body) return {};
    // Nothing is to be said here, and nothing that was said is ignored.
    std::string_view body = request_.body;
    constexpr std::string_view kSpace = " \t\r\n";
    std::string kept;
    std::ranges::copy_if(body.substr(0, 64), std::back_inserter(kept),
                         [&](char c) { return kSpace.find(c) == std::string_view::npos; });
    if (body.size() <= 64 && kept == "{}") return {};
    return fault({}, "There is no such field.");
}

Result<void> Pipeline::Passage::check_headers() const {
    if (route().options.keyed) {
        const auto key = request_.header(Header::kIdempotencyKey);
        if (!key || key->empty() || key->size() > kIdempotencyKeySizeMax || !is_visible_ascii(*key))
            return segurifai::refuse(Refusal::kIdempotencyKeyRequired);
    }
    if (route().options.if_match && !request_.header(Header::kIfMatch))
        return segurifai::refuse(Refusal::kPreconditionRequired);
    return {};
}

Result<void> Pipeline::Passage::take_query() {
    if (request_.query.empty()) return {};
    SEGURIFAI_TRY_AS(call_->query, decode_query(request_.query));
    const bool is_from_query = route().input.kind != Payload::Kind::kNone && reads_query(route());
    if (is_from_query || route().options.list != nullptr || call_->query.empty()) return {};
    Error error{.code = Code::kInvalid, .message = "The input is not valid."};
    for (const auto& [name, value] : call_->query)
        error.faults.push_back({name, "There is no such parameter."});
    return std::unexpected(std::move(error));
}

ProblemContext Pipeline::Passage::context() const noexcept {
    return {.language = language_,
            .shape = accepted_.problem,
            .instance = request_.path,
            .request_id = request_id_,
            .removes = request_.method == Method::kDelete};
}

void Pipeline::Passage::tag() {
    if (!route().options.etag || answer_.status != 200) return;
    if (!has_header(answer_, "ETag")) answer_.set("ETag", etag_of(answer_.body));
    const auto wanted = request_.header(Header::kIfNoneMatch);
    if (!wanted || !is_read(request_.method)) return;
    const auto found =
        std::ranges::find_if(answer_.headers, [](const auto& one) { return one.first == "ETag"; });
    if (!matches_weakly(*wanted, found->second)) return;
    answer_.status = 304;
    answer_.content_type = {};
    answer_.body.clear();
}

void Pipeline::Passage::add_headers(bool is_error) {
    const bool is_personal = is_error || is_complete_ || route().options.personal;
    if (!has_header(answer_, "Cache-Control"))
        answer_.set("Cache-Control", is_personal ? "no-store" : "no-cache");
    if (!is_personal || request_.header(Header::kOrigin))
        answer_.set("Vary", "Accept, Accept-Language, Authorization, Origin");
    if (!answer_.content_type.empty() && !has_header(answer_, "Content-Language"))
        answer_.set("Content-Language", std::string(code_of(language_)));
    if (verdict_) {
        answer_.set("RateLimit-Limit", std::to_string(verdict_->limit));
        answer_.set("RateLimit-Remaining", std::to_string(verdict_->remaining));
        answer_.set("RateLimit-Reset", std::to_string(verdict_->reset));
    }
    answer_.set("X-Request-Id", request_id_);
}

void Pipeline::Passage::leave(const Result<void>& done) noexcept {
    try {
        if (!done)
            write_problem(done.error(), context(), answer_);
        else if (!is_complete_)
            tag();
        add_headers(!done);
    } catch (const std::exception&) {
        answer_.status = 500;  // no memory for more
        answer_.content_type = {};
        answer_.body.clear();
    }
    if (done) return record({}, {});
    const Error& error = done.error();
    record(error.refusal ? meaning_of(*error.refusal).code : label(error.code),
           answer_.status >= 500 ? std::string_view(error.message) : std::string_view());
}

void Pipeline::Passage::turn_away(int status, std::string_view code) {
    parts_.router.find(request_.method, request_.path, routed_);
    if (request_.header(Header::kOrigin)) allow_origin(parts_.options.cors, request_, answer_);
    write_problem(code, status, context(), answer_);
    add_headers(true);
    record(code, {});
}

void Pipeline::Passage::record(std::string_view code, std::string_view detail) noexcept {
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    const std::int64_t micros =
        duration_cast<microseconds>(std::chrono::steady_clock::now() - begin_).count();
    const RoutedOperation* operation = routed_.operation;
    parts_.metrics.count(
        operation != nullptr ? operation->number : parts_.router.operations().size(),
        answer_.status, micros);
    if (parts_.log == nullptr) return;
    AccessRecord line;
    line.request_id = request_id_;
    line.traceparent = traceparent_;
    if (operation != nullptr) line.operation = operation->route.operation;
    line.method = name_of(request_.method);
    line.status = answer_.status;
    line.micros = micros;
    line.address = address_;
    line.user_id = caller_.user_id;
    line.code = code;
    line.detail = detail;
    parts_.log->write(line);
}

}  // namespace segurifai::http
