// JSON documents as YAML. Texts are always in double quotes, which YAML reads as JSON does, so
// that no text is taken for a number or a date.

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "http/openapi.hpp"

namespace segurifai::http {
namespace {

namespace json = boost::json;

bool is_empty(const json::value& value) {
    return (value.is_object() && value.as_object().empty()) ||
           (value.is_array() && value.as_array().empty());
}

void write(std::string& out, const json::value& value, std::size_t indent);

/// What stands after "key:" or "-".
void write_after(std::string& out, const json::value& value, std::size_t indent) {
    const bool nested = (value.is_object() || value.is_array()) && !is_empty(value);
    if (nested) {
        out += '\n';
        write(out, value, indent + 2);
    } else {
        out += ' ';
        out += json::serialize(value);
        out += '\n';
    }
}

void write(std::string& out, const json::value& value, std::size_t indent) {
    if (value.is_object()) {
        for (const auto& [key, member] : value.as_object()) {
            out.append(indent, ' ');
            out += json::serialize(json::string_view(key));
            out += ':';
            write_after(out, member, indent);
        }
    } else if (value.is_array()) {
        for (const json::value& element : value.as_array()) {
            out.append(indent, ' ');
            out += '-';
            write_after(out, element, indent);
        }
    } else {
        out += json::serialize(value);
        out += '\n';
    }
}

}  // namespace

std::string to_yaml(const json::value& document) {
    std::string out;
    write(out, document, 0);
    return out;
}

}  // namespace segurifai::http
