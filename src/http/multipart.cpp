#include "http/multipart.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"

namespace segurifai::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_letter_or_digit(char c) noexcept {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

bool is_token_character(char c) noexcept {
    return is_letter_or_digit(c) || kTokenMarks.contains(c);
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_boundary(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kBoundarySizeMax && text.back() != ' ' &&
           std::ranges::all_of(text, [](char c) {
               return is_letter_or_digit(c) || std::string_view("'()+_,-./:=? ").contains(c);
           });
}

std::string_view skip_blanks(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text;
}

std::string_view cut_token(std::string_view& rest) noexcept {
    const auto* const end = std::ranges::find_if_not(rest, is_token_character);
    const auto size = static_cast<std::size_t>(end - rest.begin());
    const std::string_view token = rest.substr(0, size);
    rest.remove_prefix(size);
    return token;
}

/// What stands between quotes at the start of `rest`. Clients that send whole paths do not escape
/// their backslashes, so that only \" and \\ are escapes.
std::optional<std::string> cut_quoted(std::string_view& rest) {
    std::string text;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return text;
        }
        const bool escapes =
            rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
        if (escapes) ++i;
        text += rest[i];
    }
    return std::nullopt;
}

struct Parameter {
    std::string_view name;
    std::string value;
};

/// `word; name=value; name="value"` as its word and its parameters.
struct Worded {
    std::string_view word;
    std::vector<Parameter> parameters;

    [[nodiscard]] const std::string* find(std::string_view name) const noexcept {
        const auto found = std::ranges::find_if(
            parameters, [&](const Parameter& one) { return same(one.name, name); });
        return found == parameters.end() ? nullptr : &found->value;
    }
};

/// Nothing when the text is no such header, or names a parameter twice.
std::optional<Worded> read_worded(std::string_view text) {
    text = skip_blanks(text);
    Worded worded{.word = text.substr(0, text.find_first_of("; \t"))};
    text = skip_blanks(text.substr(worded.word.size()));
    while (!text.empty()) {
        if (text.front() != ';') return std::nullopt;
        text = skip_blanks(text.substr(1));
        if (text.empty()) break;  // a semicolon at the end
        const std::string_view name = cut_token(text);
        if (name.empty() || !text.starts_with('=') || worded.find(name) != nullptr)
            return std::nullopt;
        text.remove_prefix(1);
        std::optional<std::string> value;
        if (text.starts_with('"'))
            value = cut_quoted(text);
        else if (const std::string_view bare = text.substr(0, text.find_first_of("; \t\""));
                 !bare.empty()) {
            value.emplace(bare);
            text.remove_prefix(bare.size());
        }
        if (!value) return std::nullopt;
        worded.parameters.push_back({name, *std::move(value)});
        text = skip_blanks(text);
    }
    return worded;
}

/// The headers of a part that mean something; every other one is passed over.
struct Head {
    std::optional<std::string_view> disposition;
    std::optional<std::string_view> type;
    std::optional<std::string_view> encoding;
};

std::optional<Head> read_head(std::string_view text) {
    Head head;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(kLineEnd), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + kLineEnd.size(), text.size()));
        if (std::ranges::any_of(line, [](char c) { return c != '\t' && is_control(c); }))
            return std::nullopt;
        const std::string_view name = cut_token(line);
        if (name.empty() || !line.starts_with(':')) return std::nullopt;  // a folded line as well
        std::optional<std::string_view>* place = nullptr;
        if (same(name, "content-disposition")) place = &head.disposition;
        if (same(name, "content-type")) place = &head.type;
        if (same(name, "content-transfer-encoding")) place = &head.encoding;
        if (place == nullptr) continue;
        if (place->has_value()) return std::nullopt;
        line = skip_blanks(line.substr(1));
        *place = line.substr(0, line.find_last_not_of(" \t") + 1);
    }
    return head;
}

/// Whether the bytes stand as they are: RFC 7578 knows no other way any more.
bool is_plain_encoding(std::string_view encoding) noexcept {
    return same(encoding, "binary") || same(encoding, "8bit") || same(encoding, "7bit");
}

/// The last part of what may be a path of either kind, without control characters.
std::string without_path(std::string_view sent) {
    const std::size_t slash = sent.find_last_of("/\\");
    if (slash != std::string_view::npos) sent.remove_prefix(slash + 1);
    std::string name(sent);
    std::erase_if(name, is_control);
    return name == "." || name == ".." ? std::string() : name;
}

struct Part {
    std::string name;
    std::optional<std::string> filename;
    std::string content_type;
    std::string_view bytes;
};

std::optional<Part> read_part(std::string_view text) {
    const std::size_t end = text.substr(0, kFormPartHeadSizeMax + kHeadEnd.size()).find(kHeadEnd);
    if (end == std::string_view::npos) return std::nullopt;
    const auto head = read_head(text.substr(0, end));
    if (!head || !head->disposition) return std::nullopt;
    if (head->encoding && !is_plain_encoding(*head->encoding)) return std::nullopt;
    const auto disposition = read_worded(*head->disposition);
    if (!disposition || !same(disposition->word, "form-data")) return std::nullopt;

    const std::string* const name = disposition->find("name");
    const bool is_name = name != nullptr && !name->empty() && name->size() <= kFormNameSizeMax &&
                         is_storable_text(*name) && std::ranges::none_of(*name, is_control);
    if (!is_name) return std::nullopt;  // faults say it
    Part part{.name = *name,
              .content_type = std::string(head->type.value_or(std::string_view())),
              .bytes = text.substr(end + kHeadEnd.size())};
    if (const std::string* const sent = disposition->find("filename"); sent != nullptr) {
        if (!is_storable_text(*sent)) return std::nullopt;
        part.filename = without_path(*sent);
    }
    return part;
}

/// The parts between the boundaries; nothing when it is no such body. A delimiter has one carriage
/// return, at its start, so that no byte is looked at more often than there are delimiters in it.
std::optional<std::vector<Part>> parts_of(std::string_view body, std::string_view boundary) {
    const std::string delimiter = std::string("\r\n--").append(boundary);
    const std::string_view opening = std::string_view(delimiter).substr(kLineEnd.size());
    if (!body.starts_with(opening)) return std::nullopt;
    body.remove_prefix(opening.size());
    std::vector<Part> parts;
    while (!body.starts_with("--")) {
        if (!body.starts_with(kLineEnd) || parts.size() == kFormPartsMax) return std::nullopt;
        body.remove_prefix(kLineEnd.size());
        const std::size_t end = body.find(delimiter);
        if (end == std::string_view::npos) return std::nullopt;
        auto part = read_part(body.substr(0, end));
        if (!part) return std::nullopt;
        parts.push_back(*std::move(part));
        body.remove_prefix(end + delimiter.size());
    }
    body.remove_prefix(2);
    if (!body.empty() && body != kLineEnd) return std::nullopt;  // something after the form
    return parts;
}

}  // namespace

std::optional<std::string_view> Form::text(std::string_view name) const noexcept {
    const auto found = std::ranges::find(fields, name, &FormField::name);
    if (found == fields.end()) return std::nullopt;
    return found->text;
}

std::optional<std::string> boundary_of(std::string_view content_type) {
    const auto type = read_worded(content_type);
    if (!type || !same(type->word, "multipart/form-data")) return std::nullopt;
    const std::string* const boundary = type->find("boundary");
    if (boundary == nullptr || !is_boundary(*boundary)) return std::nullopt;
    return *boundary;
}

Result<Form> read_form(std::string_view content_type, std::string_view body) {
    const auto boundary = boundary_of(content_type);
    if (!boundary) return refuse(Refusal::kParseError);
    auto parts = parts_of(body, *boundary);
    if (!parts) return refuse(Refusal::kParseError);
    Form form;
    std::vector<Fault> faults;
    for (Part& part : *parts) {
        const bool is_given = (form.file && form.file->name == part.name) || form.text(part.name);
        if (is_given) {
            faults.push_back({std::move(part.name), "This field is given twice."});
        } else if (part.filename && form.file) {
            faults.push_back({std::move(part.name), "A form holds one file at most."});
        } else if (part.filename) {
            form.file = FormFile{std::move(part.name), *std::move(part.filename),
                                 std::move(part.content_type), part.bytes};
        } else {
            if (part.bytes.size() > kFormFieldSizeMax)
                faults.push_back({part.name, "Must have at most " +
                                                 std::to_string(kFormFieldSizeMax) + " bytes."});
            else if (!is_storable_text(part.bytes))
                faults.push_back(
                    {part.name, "Must be well-formed text without the character U+0000."});
            form.fields.push_back({std::move(part.name), part.bytes});
        }
    }
    if (!faults.empty())
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The input is not valid.",
                                     .faults = std::move(faults)});
    return form;
}

}  // namespace segurifai::http
