#include "http/call.hpp"

#include <charconv>

#include "http/etag.hpp"
#include "http/negotiation.hpp"
#include "http/route.hpp"

namespace segurifai::http {

Result<std::int32_t> Call::path_number(std::size_t index) const {
    const std::string_view text = path_parameters.at(index);
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_plain =
        !text.empty() && text.front() != '-' && (text.front() != '0' || text == "0");
    if (!is_plain || error != std::errc() || end != text.data() + text.size())
        return refuse(Refusal::kNotFound);
    return number;
}

Result<Uuid> Call::path_uuid(std::size_t index) const {
    const auto uuid = Uuid::parse(path_parameters.at(index));
    if (!uuid) return refuse(Refusal::kNotFound);
    return *uuid;
}

Result<void> Call::answer_as(std::string_view type) {
    if (!accepts(request.header(Header::kAccept), type)) return refuse(Refusal::kNotAcceptable);
    answer.content_type = type;
    return {};
}

Result<void> Call::require_match(std::string_view current_etag) {
    const auto wanted = request.header(Header::kIfMatch);
    if (!wanted) {
        if (route.options.if_match) return refuse(Refusal::kPreconditionRequired);
        return {};
    }
    if (matches_strongly(*wanted, current_etag)) return {};
    answer.set("ETag", std::string(current_etag));
    return refuse(Refusal::kPreconditionFailed);
}

}  // namespace segurifai::http
