#include "http/problem.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "http/refusals.hpp"
#include "http/translation.hpp"

namespace segurifai::http {

namespace {

namespace json = boost::json;

constexpr std::string_view kWhole = "non_field_errors";
constexpr std::size_t kFaultsShownMax = 100;

constexpr std::string_view kInternalSpanish = "Algo falló de nuestro lado. Ya quedó registrado.";
constexpr std::string_view kInternalEnglish = "Something failed on our side. It has been recorded.";
constexpr std::string_view kInvalidSpanish = "Los datos no son válidos.";
constexpr std::string_view kInvalidEnglish = "The input is not valid.";

/// Marks of an effect, which a call that failed did not have.
bool belongs_to_effect(std::string_view name) {
    return name == "Location" || name == "Link" || name == "Content-Disposition" ||
           name == "Idempotency-Replayed" || name == "Content-Range" || name == "Accept-Ranges";
}

bool has_header(const Answer& answer, std::string_view name) {
    return std::ranges::any_of(answer.headers, [&](const auto& one) { return one.first == name; });
}

/// The faults of an error that is about fields.
std::vector<Fault> faults_of(const Error& error) {
    if (!error.faults.empty()) return error.faults;
    const bool is_one_column = !error.column.empty() && error.column.find(',') == std::string::npos;
    std::string path = is_one_column ? error.column : std::string();
    if (error.code == Code::kUniqueViolation)
        return {{std::move(path), is_one_column ? "This value is already in use."
                                                : "These values are already in use together."}};
    if (error.code == Code::kForeignKeyViolation)
        return {{std::move(path), "The row that this points at does not exist."}};
    return {{{}, error.message.empty() ? std::string(kInvalidEnglish) : error.message}};
}

SaidFault said(std::string_view english, Language language) {
    return language == Language::kSpanish ? said_in_spanish(english) : said_in_english(english);
}

/// Puts a sentence at its dotted path, making the objects on the way.
void place(json::object& root, std::string_view path, std::string text) {
    json::object* at = &root;
    std::string_view name = path.empty() ? kWhole : path;
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
        json::value& next = (*at)[name.substr(0, dot)];
        // What already has sentences of its own keeps them beside those of its parts.
        if (next.is_array()) next = json::object{{kWhole, std::move(next)}};
        if (!next.is_object()) next.emplace_object();
        at = &next.get_object();
        name.remove_prefix(dot + 1);
    }
    json::value* leaf = &(*at)[name];
    if (leaf->is_object()) leaf = &leaf->get_object()[kWhole];
    if (!leaf->is_array()) leaf->emplace_array();
    leaf->get_array().emplace_back(std::move(text));
}

std::string pointer_of(std::string_view path) {
    std::string pointer = "#";
    if (path.empty()) return pointer;
    pointer += '/';
    for (const char c : path) {
        if (c == '.')
            pointer += '/';
        else if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
    return pointer;
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
}

/// An error in words, in the language that was asked for.
struct Said {
    int status = 500;
    std::string_view code = "internal_error";
    std::string_view detail;
    std::string_view members;
    std::vector<Fault> faults;
};

void begin_rfc(std::string& out, const Said& what, const ProblemContext& context) {
    out = "{";
    append_member(out, "type", std::string("/api/docs/#error-").append(what.code));
    append_member(out, "title", reason_of(what.status));
    out += ",\"status\":" + std::to_string(what.status);
    append_member(out, "detail", what.detail);
    if (!context.instance.empty() && is_storable_text(context.instance))
        append_member(out, "instance", context.instance);
    append_member(out, "code", what.code);
}

void write_rfc(const Said& what, const ProblemContext& context, Answer& answer) {
    std::string& out = answer.body;
    begin_rfc(out, what, context);
    if (!what.faults.empty()) {
        json::array errors;
        for (const Fault& fault : what.faults) {
            SaidFault text = said(fault.message, context.language);
            errors.push_back(json::object{{"pointer", pointer_of(fault.path)},
                                          {"code", text.code},
                                          {"detail", std::move(text.text)}});
        }
        out += ",\"errors\":" + json::serialize(errors);
    }
    if (!what.members.empty()) out.append(1, ',').append(what.members);
    if (!context.request_id.empty()) append_member(out, "request_id", context.request_id);
    out += '}';
    answer.content_type = "application/problem+json";
}

void write_plain(const Said& what, const ProblemContext& context, Answer& answer) {
    answer.content_type = "application/json";
    if (!what.faults.empty()) {
        json::object fields;
        for (const Fault& fault : what.faults)
            place(fields, fault.path, said(fault.message, context.language).text);
        answer.body = json::serialize(fields);
        return;
    }
    answer.body = "{";
    append_member(answer.body, "detail", what.detail);
    append_member(answer.body, "code", what.code);
    if (!what.members.empty()) answer.body.append(1, ',').append(what.members);
    answer.body += '}';
}

void write(const Said& what, const ProblemContext& context, Answer& answer) {
    answer.status = what.status;
    answer.source.reset();
    std::erase_if(answer.headers, [](const auto& one) { return belongs_to_effect(one.first); });
    if (what.status == 401 && !has_header(answer, "WWW-Authenticate"))
        answer.set("WWW-Authenticate", "Bearer realm=\"api\"");
    if (context.shape == ProblemShape::kRfc9457)
        write_rfc(what, context, answer);
    else
        write_plain(what, context, answer);
}

Said said_of(const RefusalMeaning& meaning, Language language) {
    const bool is_spanish = language == Language::kSpanish;
    return {.status = meaning.status,
            .code = meaning.code,
            .detail = is_spanish ? meaning.spanish : meaning.english};
}

}  // namespace

void write_problem(const Error& error, const ProblemContext& context, Answer& answer) {
    const bool is_spanish = context.language == Language::kSpanish;
    const bool is_protected =
        error.code == Code::kForeignKeyViolation && context.removes && !error.refusal;
    const RefusalMeaning* meaning =
        is_protected ? &meaning_of(Refusal::kProtected) : meaning_of(error);
    if (meaning != nullptr) {
        Said what = said_of(*meaning, context.language);
        what.members = error.members;
        std::string page;
        if (error.code == Code::kNotFound && error.message == "Invalid page.") {
            page = said(error.message, context.language).text;
            what.detail = page;
        }
        if (meaning->retry_after > 0 && !has_header(answer, "Retry-After"))
            answer.set("Retry-After", std::to_string(meaning->retry_after));
        return write(what, context, answer);
    }
    if (is_of_fields(error)) {
        Said what{.status = 400,
                  .code = "invalid",
                  .detail = is_spanish ? kInvalidSpanish : kInvalidEnglish,
                  .faults = faults_of(error)};
        if (what.faults.size() > kFaultsShownMax) what.faults.resize(kFaultsShownMax);
        return write(what, context, answer);
    }
    write({.detail = is_spanish ? kInternalSpanish : kInternalEnglish}, context, answer);
}

void write_problem(std::string_view code, int status, const ProblemContext& context,
                   Answer& answer) {
    const bool is_spanish = context.language == Language::kSpanish;
    Said what{.detail = is_spanish ? kInternalSpanish : kInternalEnglish};
    if (const RefusalMeaning* meaning = find_refusal(code); meaning != nullptr) {
        what = said_of(*meaning, context.language);
        what.status = status;
        if (meaning->retry_after > 0 && !has_header(answer, "Retry-After"))
            answer.set("Retry-After", std::to_string(meaning->retry_after));
    } else if (status < 500) {
        // The floor's own words: all of them are about a request that could not be read.
        what = said_of(meaning_of(Refusal::kParseError), context.language);
        what.status = status;
        what.code = code;
    }
    write(what, context, answer);
}

}  // namespace segurifai::http
