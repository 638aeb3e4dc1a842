#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <vector>

#include "http/refusals.hpp"
#include "server/html.hpp"
#include "server/pages.hpp"

namespace segurifai::server {
namespace {

namespace json = boost::json;

std::string_view text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return {};
    return {value->as_string().data(), value->as_string().size()};
}

/// A schema in a few words: "string, up to 40", "integer or null", "ServicePlan".
std::string in_words(const json::object& schema);

std::string type_in_words(const json::value& type) {
    if (type.is_string()) return std::string(type.as_string());
    std::string text;
    for (const json::value& one : type.as_array())
        text += (text.empty() ? "" : " or ") + std::string(one.as_string());
    return text;
}

std::string link_to(std::string_view reference) {
    const std::string_view name = reference.substr(reference.rfind('/') + 1);
    return fmt::format(R"(<a href="#schema-{0}">{0}</a>)", escaped(name));
}

std::string in_words(const json::object& schema) {
    if (const auto reference = text_of(schema, "$ref"); !reference.empty())
        return link_to(reference);
    std::string text;
    if (const json::value* either = schema.if_contains("anyOf")) {
        for (const json::value& one : either->as_array())
            text += (text.empty() ? "" : " or ") + in_words(one.as_object());
        return text;
    }
    if (const json::value* type = schema.if_contains("type")) text = type_in_words(*type);
    if (const json::value* items = schema.if_contains("items"))
        return "list of " + in_words(items->as_object());
    if (const auto format = text_of(schema, "format"); !format.empty())
        text += fmt::format(" ({})", escaped(format));
    if (const json::value* length = schema.if_contains("maxLength"))
        text += ", up to " + json::serialize(*length);
    if (const json::value* least = schema.if_contains("minimum"))
        text += ", from " + json::serialize(*least);
    if (const json::value* most = schema.if_contains("maximum"))
        text += ", to " + json::serialize(*most);
    if (const json::value* words = schema.if_contains("enum")) {
        text += ": ";
        bool first = true;
        for (const json::value& word : words->as_array()) {
            text += (first ? "" : ", ") +
                    (word.is_string() ? escaped(std::string_view(word.as_string())) : "null");
            first = false;
        }
    }
    return text.empty() ? "any JSON" : text;
}

void append_fields(std::string& page, const json::object& schema) {
    const json::value* properties = schema.if_contains("properties");
    if (properties == nullptr || properties->as_object().empty()) return;
    page += R"(<div class="table"><table><thead><tr><th>field</th><th>value</th><th></th></tr>)"
            "</thead><tbody>";
    for (const auto& [name, value] : properties->as_object())
        page +=
            fmt::format(R"(<tr><td><code>{}</code></td><td>{}</td><td class="soft">{}</td></tr>)",
                        escaped(std::string_view(name)), in_words(value.as_object()),
                        escaped(text_of(value.as_object(), "description")));
    page += "</tbody></table></div>";
}

void append_parameters(std::string& page, const json::object& operation) {
    const json::value* parameters = operation.if_contains("parameters");
    if (parameters == nullptr) return;
    page += R"(<h3>Parameters</h3><div class="table"><table><tbody>)";
    for (const json::value& one : parameters->as_array()) {
        const json::object& parameter = one.as_object();
        page += fmt::format(
            R"(<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td class="soft">{}</td></tr>)",
            escaped(text_of(parameter, "name")), escaped(text_of(parameter, "in")),
            in_words(parameter.at("schema").as_object()),
            escaped(text_of(parameter, "description")));
    }
    page += "</tbody></table></div>";
}

/// The schema of a body's first media type, or nothing.
const json::object* schema_in(const json::object& holder) {
    const json::value* content = holder.if_contains("content");
    if (content == nullptr || content->as_object().empty()) return nullptr;
    return &content->as_object().begin()->value().as_object().at("schema").as_object();
}

void append_operation(std::string& page, std::string_view path, std::string_view method,
                      const json::object& operation) {
    const std::string id = escaped(text_of(operation, "operationId"));
    page += fmt::format(
        R"(<details class="op" id="{}"><summary><span class="verb {}">{}</span><code>{}</code>)"
        R"(<span class="soft">{}</span></summary><div>)",
        id, escaped(method), escaped(method), escaped(path),
        escaped(text_of(operation, "summary")));
    page +=
        fmt::format("<p><code>{}</code> · {}</p>", id, escaped(text_of(operation, "description")));
    append_parameters(page, operation);
    if (const json::value* body = operation.if_contains("requestBody"))
        if (const json::object* schema = schema_in(body->as_object()))
            page += fmt::format("<h3>Body</h3><p>{}</p>", in_words(*schema));
    page += R"(<h3>Answers</h3><div class="table"><table><tbody>)";
    for (const auto& [status, response] : operation.at("responses").as_object()) {
        const json::object& answer = response.as_object();
        const json::object* schema = schema_in(answer);
        page +=
            fmt::format("<tr><td><code>{}</code></td><td>{}</td></tr>", std::string_view(status),
                        answer.contains("$ref") ? R"(<a href="#errors">refusal</a>)"
                        : schema != nullptr     ? in_words(*schema)
                                                : escaped(text_of(answer, "description")));
    }
    page += "</tbody></table></div></div></details>";
}

struct Listed {
    std::string_view path;
    std::string_view method;
    const json::object* operation;
};
using ByTag = std::map<std::string, std::vector<Listed>>;

ByTag by_tag(const json::object& paths) {
    ByTag groups;
    for (const auto& [path, item] : paths)
        for (const auto& [method, operation] : item.as_object()) {
            const json::object& one = operation.as_object();
            groups[std::string(one.at("tags").as_array().front().as_string())].push_back(
                {{path.data(), path.size()}, {method.data(), method.size()}, &one});
        }
    return groups;
}

void append_navigation(std::string& page, const ByTag& groups) {
    page += R"(<nav aria-label="Operations"><a href="/"><strong>SegurifAI x PAQ</strong></a>)";
    for (const auto& [tag, operations] : groups) {
        page += fmt::format("<h2>{}</h2>", escaped(tag));
        for (const Listed& one : operations) {
            const std::string id = escaped(text_of(*one.operation, "operationId"));
            page += fmt::format(R"(<a href="#{}">{}</a>)", id, id);
        }
    }
    page += R"(<h2>More</h2><a href="#errors">Refusals</a><a href="#schemas">Schemas</a></nav>)";
}

// What no operation refuses with: faults of fields, a request that could not be read, a defect.
constexpr std::array kOfNoRefusal{
    RefusalLine{400, "invalid", "Fields are not right; each is named with what is wrong."},
    RefusalLine{408, "request_timeout", "The request took too long to arrive."},
    RefusalLine{414, "target_too_long", "The address is longer than the server reads."},
    RefusalLine{431, "headers_too_large", "The headers are more than the server reads."},
    RefusalLine{500, "internal_error", "Something failed on our side. It has been recorded."}};

}  // namespace

std::vector<RefusalLine> refusal_lines() {
    std::vector<RefusalLine> lines;
    for (const http::RefusalMeaning& one : http::refusal_meanings())
        lines.push_back({one.status, one.code, one.english});
    lines.insert(lines.end(), kOfNoRefusal.begin(), kOfNoRefusal.end());
    return lines;
}

std::string docs_page(const json::value& document, std::span<const RefusalLine> refusals) {
    const json::object& root = document.as_object();
    const ByTag groups = by_tag(root.at("paths").as_object());
    const json::object& info = root.at("info").as_object();
    std::string page = fmt::format(
        R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" )"
        R"(content="width=device-width, initial-scale=1"><title>{0}</title><link rel="stylesheet" )"
        R"(href="/assets/site.css"></head><body><div class="docs">)",
        escaped(text_of(info, "title")));
    append_navigation(page, groups);
    page += fmt::format(
        R"(<main><h1>{}</h1><p class="soft">{} · <a href="/api/schema/">OpenAPI 3.1 as JSON</a> · )"
        R"(<a href="/api/schema/?format=yaml">as YAML</a></p><p>{}</p>)",
        escaped(text_of(info, "title")), escaped(text_of(info, "version")),
        escaped(text_of(info, "description")));
    for (const auto& [tag, operations] : groups) {
        page += fmt::format("<section><h2>{}</h2>", escaped(tag));
        for (const Listed& one : operations)
            append_operation(page, one.path, one.method, *one.operation);
        page += "</section>";
    }
    page += R"(<section id="errors"><h2>Refusals</h2><div class="table"><table><tbody>)";
    for (const RefusalLine& line : refusals)
        page += fmt::format(
            R"(<tr id="error-{0}"><td>{1}</td><td><code>{0}</code></td><td>{2}</td></tr>)",
            escaped(line.code), line.status, escaped(line.sentence));
    page += R"(</tbody></table></div></section><section id="schemas"><h2>Schemas</h2>)";
    for (const auto& [name, schema] : root.at("components").as_object().at("schemas").as_object()) {
        page += fmt::format(R"(<details class="op" id="schema-{0}"><summary><code>{0}</code>)"
                            R"(<span class="soft">{1}</span></summary><div>)",
                            escaped(std::string_view(name)),
                            escaped(text_of(schema.as_object(), "description")));
        append_fields(page, schema.as_object());
        page += "</div></details>";
    }
    page += "</section></main></div></body></html>";
    return page;
}

}  // namespace segurifai::server
