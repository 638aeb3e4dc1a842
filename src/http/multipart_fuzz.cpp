// Hostile forms: a line with the Content-Type, then the body. What is read is text without paths or
// controls, named once, within the body; written again it is read alike.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "http/multipart.hpp"

namespace {

using segurifai::http::Form;

void expect(bool promise) {
    if (!promise) std::abort();
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

void append_part(std::string& out, const std::string& opening, std::string_view name,
                 const std::string* filename, std::string_view bytes) {
    out += opening + "\r\nContent-Disposition: form-data; name=" + quoted(name);
    if (filename != nullptr) out += "; filename=" + quoted(*filename);
    out.append("\r\n\r\n").append(bytes).append("\r\n");
}

bool is_alike(const Form& a, const Form& b) {
    if (a.fields.size() != b.fields.size() || a.file.has_value() != b.file.has_value())
        return false;
    for (std::size_t i = 0; i < a.fields.size(); ++i)
        if (a.fields[i].name != b.fields[i].name || a.fields[i].text != b.fields[i].text)
            return false;
    return !a.file || (a.file->name == b.file->name && a.file->filename == b.file->filename &&
                       a.file->bytes == b.file->bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace segurifai;        // NOLINT: a program of its own
    using namespace segurifai::http;  // NOLINT
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), size);
    const std::string_view type = text.substr(0, line);
    const std::string_view body = text.substr(std::min(line + 1, size));
    const auto form = read_form(type, body);
    if (!form) {
        expect(form.error().refusal == Refusal::kParseError || !form.error().faults.empty());
        for (const Fault& fault : form.error().faults) expect(is_storable_text(fault.path));
        return 0;
    }
    const auto is_within = [&](std::string_view part) {
        return !std::less<>()(part.data(), body.data()) &&
               !std::less<>()(body.data() + body.size(), part.data() + part.size());
    };
    std::set<std::string> names;
    const std::string opening = "--" + *boundary_of(type);
    std::string again;
    for (const FormField& field : form->fields) {
        expect(names.insert(field.name).second && !field.name.empty());
        expect(is_storable_text(field.name) && is_storable_text(field.text));
        expect(is_within(field.text) && form->text(field.name) == field.text);
        append_part(again, opening, field.name, nullptr, field.text);
    }
    if (const auto& file = form->file) {
        expect(names.insert(file->name).second && is_within(file->bytes));
        expect(is_storable_text(file->filename) && file->filename != "..");
        for (const char c : file->filename)
            expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '/' && c != '\\');
        append_part(again, opening, file->name, &file->filename, file->bytes);
    }
    expect(names.size() <= kFormPartsMax);
    again += opening + "--\r\n";
    const auto reread = read_form(type, again);
    expect(reread && is_alike(*form, *reread));
    return 0;
}
