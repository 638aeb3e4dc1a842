#include "apps/assistance/upload_form.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace segurifai::assistance {
namespace {

constexpr std::size_t kBoundaryMax = 70;  // RFC 2046
constexpr std::size_t kPartsMax = 8;
constexpr std::size_t kPartHeadMax = 2'000;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

struct Part {
    std::string name;
    std::string filename;
    std::string_view bytes;
};

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Where `word` (small letters) stands in `text`, whatever the case of its letters.
std::size_t find_word(std::string_view text, std::string_view word) noexcept {
    const auto found = std::ranges::search(text, word, {}, lower);
    return found.empty() ? std::string_view::npos
                         : static_cast<std::size_t>(found.begin() - text.begin());
}

/// The value of a parameter (`name="value"`, or without quotes) after a semicolon.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
    std::size_t at = 0;
    while ((at = header.find(';', at)) != std::string_view::npos) {
        at = header.find_first_not_of(" \t", at + 1);
        if (at == std::string_view::npos) return std::nullopt;
        const std::string_view rest = header.substr(at);
        if (find_word(rest, name) != 0 || rest.size() <= name.size() || rest[name.size()] != '=')
            continue;
        std::string_view value = rest.substr(name.size() + 1);
        if (!value.starts_with('"')) return std::string(value.substr(0, value.find_first_of("; ")));
        std::string text;
        for (std::size_t i = 1; i < value.size(); ++i) {
            if (value[i] == '"') return text;
            const bool escaped = value[i] == '\\' && i + 1 < value.size() &&
                                 (value[i + 1] == '"' || value[i + 1] == '\\');
            if (escaped) ++i;
            text += value[i];
        }
        return std::nullopt;  // the quotes do not end
    }
    return std::nullopt;
}

std::optional<Part> read_part(std::string_view text) {
    const std::size_t end = text.substr(0, kPartHeadMax).find(kEndOfHead);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view head = text.substr(0, end);
    const std::size_t line = find_word(head, "content-disposition:");
    if (line == std::string_view::npos) return std::nullopt;
    const std::string_view header = head.substr(line, head.find("\r\n", line) - line);
    auto name = parameter(header, "name");
    if (!name || find_word(header, "form-data") == std::string_view::npos) return std::nullopt;
    if (name->empty() || !is_storable_text(*name)) return std::nullopt;  // faults may name it
    return Part{*std::move(name), parameter(header, "filename").value_or(""),
                text.substr(end + kEndOfHead.size())};
}

/// The parts between the boundaries; nothing when it is no such body.
std::optional<std::vector<Part>> parts_of(std::string_view body, const std::string& boundary) {
    const std::string opening = "--" + boundary;
    const std::string between = "\r\n" + opening;
    if (!body.starts_with(opening)) return std::nullopt;
    body.remove_prefix(opening.size());
    std::vector<Part> parts;
    while (!body.starts_with("--")) {
        if (!body.starts_with("\r\n") || parts.size() == kPartsMax) return std::nullopt;
        body.remove_prefix(2);
        const std::size_t end = body.find(between);
        if (end == std::string_view::npos) return std::nullopt;
        auto part = read_part(body.substr(0, end));
        if (!part) return std::nullopt;
        parts.push_back(*std::move(part));
        body.remove_prefix(end + between.size());
    }
    return parts;
}

void take_request_id(std::string_view text, Upload& upload, std::vector<Fault>& faults) {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto read = std::from_chars(begin, end, upload.request_id.value);
    if (read.ec != std::errc() || read.ptr != end)
        faults.push_back({"request_id", "Must be a whole number."});
}

void take_type(std::string_view text, Upload& upload, std::vector<Fault>& faults) {
    const auto& words = model::kWords<DocumentType>;
    const auto* const found = std::ranges::find(words, text);
    if (found != words.end()) {
        upload.document_type = static_cast<DocumentType>(found - words.begin());
        return;
    }
    std::string message = "Must be one of ";
    for (const std::string_view word : words) {
        message += word;
        message += word == words.back() ? "." : ", ";
    }
    faults.push_back({"document_type", std::move(message)});
}

}  // namespace

Result<Upload> read_upload_form(std::string_view content_type, std::string_view body) {
    const auto boundary = parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kBoundaryMax)
        return refuse(Refusal::kParseError);
    const auto parts = parts_of(body, *boundary);
    if (!parts) return refuse(Refusal::kParseError);
    Upload upload;
    std::vector<Fault> faults;
    std::vector<std::string_view> seen;
    for (const Part& part : *parts) {
        if (std::ranges::find(seen, part.name) != seen.end()) {
            faults.push_back({part.name, "This field is given twice."});
        } else if (part.name == "request_id") {
            take_request_id(part.bytes, upload, faults);
        } else if (part.name == "document_type") {
            take_type(part.bytes, upload, faults);
        } else if (part.name == "file") {
            upload.filename = part.filename;
            upload.bytes = part.bytes;
        } else {
            faults.push_back({part.name, "There is no such field."});
        }
        seen.push_back(part.name);
    }
    for (const std::string_view name : {"request_id", "document_type", "file"})
        if (std::ranges::find(seen, name) == seen.end())
            faults.push_back({std::string(name), "This field is required."});
    if (!faults.empty())
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The input is not valid.",
                                     .faults = std::move(faults)});
    return upload;
}

}  // namespace segurifai::assistance
