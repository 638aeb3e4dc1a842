#include "http/openapi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "http/openapi_schema.hpp"

namespace segurifai::http {
namespace {

namespace json = boost::json;

/// Every shape and row that a payload reaches, by name.
class Components {
public:
    void add(const FieldType& type) {
        switch (type.kind) {
            case FieldType::Kind::kScalar: return;
            case FieldType::Kind::kObject: return add(type.shape());
            case FieldType::Kind::kRow:
                schemas_.try_emplace(std::string(type.table->name), schema_of_row(*type.table, {}));
                return;
            case FieldType::Kind::kArray:
            case FieldType::Kind::kOptional:
            case FieldType::Kind::kMaybe: return add(*type.inner);
        }
    }

    [[nodiscard]] json::object take() {
        json::object all;
        for (auto& [name, schema] : schemas_) all[name] = std::move(schema);
        return all;
    }

private:
    void add(const Shape& shape) {
        if (!schemas_.try_emplace(std::string(shape.name), schema_of_shape(shape)).second) return;
        for (const Field& field : shape.fields)
            if (!field.name.empty()) add(*field.type);
    }

    std::map<std::string, json::object> schemas_;
};

json::object parameter(std::string_view name, std::string_view in, json::object schema,
                       bool required, std::string_view description) {
    json::object made;
    made["name"] = name;
    made["in"] = in;
    if (required) made["required"] = true;
    if (!description.empty()) made["description"] = description;
    made["schema"] = std::move(schema);
    return made;
}

json::object text_schema() {
    return {{"type", "string"}};
}

/// "{id}" of "/api/…/{id}/".
std::vector<std::string_view> path_names(std::string_view path) {
    std::vector<std::string_view> names;
    for (std::size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{', at)) {
        const std::size_t end = path.find('}', at);
        names.push_back(path.substr(at + 1, end - at - 1));
        at = end;
    }
    return names;
}

void add_list_parameters(json::array& parameters, const ListSpec& list) {
    const auto add = [&](std::string_view name, json::object schema, std::string_view says) {
        parameters.emplace_back(parameter(name, "query", std::move(schema), false, says));
    };
    add("page", {{"type", "integer"}, {"minimum", 1}}, "Page by number");
    add("page_size", {{"type", "integer"}, {"minimum", 1}, {"maximum", kPageSizeMax}}, {});
    add("cursor", text_schema(), "Keyset paging; empty to begin");
    add("count", {{"type", "string"}, {"enum", json::array{"exact"}}}, "With a cursor");
    add("fields", text_schema(), "Only these fields, joined by commas");
    std::string orders;
    for (const std::string_view order : list.orders)
        orders += (orders.empty() ? "" : ", ") + std::string(order);
    add("ordering", text_schema(), fmt::format("One or more of {}; - reverses", orders));
    if (!list.search.empty())
        add("search", text_schema(), "Every word must match");
    else if (list.staff_search != nullptr)
        add("search", text_schema(), "Every word must match; for staff");
    for (const std::string_view filter : list.filters) {
        const model::Column* column = list.table->find(filter);
        if (column == nullptr) continue;
        json::object schema = schema_of_column(*column);
        schema.erase("description");
        add(filter, std::move(schema),
            "Also with __in, __gt, __gte, __lt, __lte, __isnull, __icontains");
    }
    for (const DerivedFilter& filter : list.derived) {
        const FieldType type{.type = filter.type, .choices = filter.choices};
        add(filter.name, schema_of(type, {}), {});
    }
}

json::array parameters_of(const Route& route) {
    json::array parameters;
    for (const std::string_view name : path_names(route.path))
        parameters.emplace_back(parameter(name, "path", text_schema(), true, {}));
    if (route.options.list != nullptr) add_list_parameters(parameters, *route.options.list);
    if (reads_query(route) && route.input.kind == Payload::Kind::kValue)
        for (const Field& field : route.input.type->shape().fields)
            parameters.emplace_back(
                parameter(field.name, "query", schema_of(*field.type, field.options),
                          field.type->kind == FieldType::Kind::kScalar, field.options.help));
    if (route.options.keyed)
        parameters.emplace_back(parameter(
            "Idempotency-Key", "header", {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}},
            true, "A repeated call has no second effect"));
    if (route.options.if_match)
        parameters.emplace_back(
            parameter("If-Match", "header", text_schema(), true, "The ETag of what is edited"));
    return parameters;
}

json::object content(std::string_view media, json::object schema) {
    json::object typed;
    typed["schema"] = std::move(schema);
    json::object made;
    made[media] = std::move(typed);
    return made;
}

json::object page_schema(const FieldType& item) {
    json::object properties;
    properties["count"] = json::object{{"type", json::array{"integer", "null"}}};
    properties["next"] = json::object{{"type", json::array{"string", "null"}}};
    properties["previous"] = json::object{{"type", json::array{"string", "null"}}};
    properties["results"] = json::object{{"type", "array"}, {"items", schema_of(item, {})}};
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", json::array{"count", "next", "previous", "results"}}};
}

json::object success_of(const Route& route) {
    json::object response;
    response["description"] = route.options.summary.empty() ? "Done" : route.options.summary;
    switch (route.output.kind) {
        case Payload::Kind::kNone: response["description"] = "Done; no body"; break;
        case Payload::Kind::kPlain: response["content"] = content("*/*", text_schema()); break;
        case Payload::Kind::kValue:
            response["content"] = content("application/json", schema_of(*route.output.type, {}));
            break;
        case Payload::Kind::kPage:
            response["content"] = content("application/json", page_schema(*route.output.type));
            break;
        case Payload::Kind::kArray:
            response["content"] =
                content("application/json",
                        {{"type", "array"}, {"items", schema_of(*route.output.type, {})}});
            break;
    }
    return response;
}

json::object responses_of(const Route& route, std::uint16_t who) {
    json::object responses;
    const int status = route.output.kind == Payload::Kind::kNone ? 204 : route.options.status;
    responses[std::to_string(status)] = success_of(route);
    const auto refuses = [&](int code) {
        responses[std::to_string(code)] =
            json::object{{"$ref", fmt::format("#/components/responses/Refusal{}", code)}};
    };
    refuses(400);
    if ((who & kAnyone) == 0) {
        refuses(401);
        refuses(403);
    }
    if (route.path.contains('{')) refuses(404);
    if (route.options.keyed || !route.options.refusals.empty()) {
        refuses(409);
        refuses(422);
    }
    if (route.options.if_match) {
        refuses(412);
        refuses(428);
    }
    if (route.options.rate != Rate::kUncounted) refuses(429);
    refuses(503);
    return responses;
}

json::object operation_of(const Route& route, std::uint16_t who) {
    json::object operation;
    operation["operationId"] = route.operation;
    operation["tags"] = json::array{route.operation.substr(0, route.operation.find('.'))};
    if (!route.options.summary.empty()) operation["summary"] = route.options.summary;
    operation["description"] = "Who: " + who_in_words(who) + ".";
    json::array parameters = parameters_of(route);
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    if (route.options.media == Media::kMultipart) {
        operation["requestBody"] = json::object{
            {"required", true}, {"content", content("multipart/form-data", {{"type", "object"}})}};
    } else if (!reads_query(route) && route.input.kind == Payload::Kind::kValue) {
        operation["requestBody"] = json::object{
            {"required", true},
            {"content", content("application/json", schema_of(*route.input.type, {}))}};
    }
    operation["responses"] = responses_of(route, who);
    operation["security"] =
        (who & kAnyone) != 0 ? json::array{} : json::array{json::object{{"bearer", json::array{}}}};
    return operation;
}

std::string lower(std::string_view text) {
    std::string made(text);
    std::ranges::transform(made, made.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return made;
}

json::object refusal_responses() {
    static constexpr std::array kStatuses{
        std::pair(400, "Malformed, or fields are at fault"),
        std::pair(401, "Nobody, or nobody any more, is signed in"),
        std::pair(403, "Not for this role, scope or state"),
        std::pair(404, "Unknown, or somebody else's"),
        std::pair(409, "The state does not allow it, or another won the race"),
        std::pair(412, "If-Match differs"),
        std::pair(422, "Refused by a rule of the business"),
        std::pair(428, "If-Match is missing"),
        std::pair(429, "Over a limit"),
        std::pair(503, "Not usable now; see Retry-After")};
    json::object responses;
    for (const auto& [status, says] : kStatuses) {
        json::object both = content("application/json",
                                    {{"$ref", fmt::format("#/components/schemas/{}",
                                                          status == 400 ? "Faults" : "Refusal")}});
        both["application/problem+json"] =
            json::object{{"schema", json::object{{"$ref", "#/components/schemas/Problem"}}}};
        responses[fmt::format("Refusal{}", status)] =
            json::object{{"description", says}, {"content", std::move(both)}};
    }
    return responses;
}

void add_refusal_schemas(json::object& schemas) {
    const json::object text = text_schema();
    schemas["Refusal"] =
        json::object{{"type", "object"},
                     {"properties", json::object{{"detail", text}, {"code", text}}},
                     {"required", json::array{"detail", "code"}}};
    schemas["Faults"] = json::object{{"type", "object"},
                                     {"description", "Sentences by field, or a refusal"},
                                     {"additionalProperties", true}};
    schemas["Problem"] =
        json::object{{"type", "object"},
                     {"properties", json::object{{"type", text},
                                                 {"title", text},
                                                 {"status", json::object{{"type", "integer"}}},
                                                 {"detail", text},
                                                 {"instance", text},
                                                 {"code", text},
                                                 {"request_id", text},
                                                 {"errors", json::object{{"type", "array"}}}}}};
}

}  // namespace

std::string who_in_words(std::uint16_t who) {
    static constexpr std::array kWho{
        std::pair(kAnyone, "anyone"),         std::pair(kSignedIn, "any signed-in account"),
        std::pair(kOwn, "member (own)"),      std::pair(kUnit, "unit"),
        std::pair(kJob, "unit with the job"), std::pair(kOperations, "OPERATIONS"),
        std::pair(kFinance, "FINANCE"),       std::pair(kContent, "CONTENT"),
        std::pair(kSupport, "SUPPORT"),       std::pair(kSuperuser, "superuser")};
    std::string text;
    for (const auto& [bit, word] : kWho)
        if ((who & bit) != 0) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

json::value openapi_document(std::span<const Route> routes, std::span<const Permission> permissions,
                             const OpenApiOptions& options) {
    Components components;
    json::object paths;
    for (const Route& route : routes) {
        for (const Payload& payload : {route.input, route.output})
            if (payload.type != nullptr) components.add(*payload.type);
        const Permission* permission = find(permissions, route.operation);
        const std::uint16_t who = permission == nullptr ? std::uint16_t{0} : permission->who;
        json::value& item = paths[route.path];
        if (item.is_null()) item.emplace_object();
        item.as_object()[lower(name_of(route.method))] = operation_of(route, who);
    }
    json::object schemas = components.take();
    add_refusal_schemas(schemas);
    json::object document;
    document["openapi"] = "3.1.0";
    document["info"] = json::object{{"title", options.title},
                                    {"version", options.version},
                                    {"description", options.description}};
    document["servers"] = json::array{json::object{{"url", "/"}}};
    document["paths"] = std::move(paths);
    document["components"] = json::object{
        {"schemas", std::move(schemas)},
        {"responses", refusal_responses()},
        {"securitySchemes", json::object{{"bearer", json::object{{"type", "http"},
                                                                 {"scheme", "bearer"},
                                                                 {"bearerFormat", "JWT"}}}}}};
    return document;
}

}  // namespace segurifai::http
