#include <string>

#include "base/json.hpp"
#include "http/route.hpp"

namespace segurifai::http {

namespace {

void append_optional(std::string& out, const std::optional<std::string>& text) {
    if (text)
        append_json_string(out, *text);
    else
        out += "null";
}

}  // namespace

Result<void> read_input(Call& call, const Shape& shape, void* object) {
    if (reads_query(call.route)) return read_query(shape, call.query, object);
    return read_json(shape, call.request.body, object);
}

void write_page(Call& call, const PageLinks& links, const FieldType& type,
                std::span<const void* const> results, std::span<const std::string> fields) {
    std::string& out = call.answer.body;
    out += "{\"count\":";
    out += links.count ? std::to_string(*links.count) : "null";
    out += ",\"next\":";
    append_optional(out, links.next);
    out += ",\"previous\":";
    append_optional(out, links.previous);
    out += ",\"results\":[";
    const MemberChoice chosen(type, fields);
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (i > 0) out += ',';
        append_members(out, type, results[i], chosen);
    }
    out += "]}";
    if (links.next) call.answer.set("Link", "<" + *links.next + ">; rel=\"next\"");
}

}  // namespace segurifai::http
