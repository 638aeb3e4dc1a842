#include "apps/assistance/upload_form.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "http/multipart.hpp"

namespace segurifai::assistance {
namespace {

constexpr std::array kFields{std::string_view("request_id"), std::string_view("document_type"),
                             std::string_view("file")};

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
    SEGURIFAI_TRY_AS(http::Form form, http::read_form(content_type, body));
    Upload upload;
    std::vector<Fault> faults;
    for (const http::FormField& field : form.fields) {
        if (field.name == "request_id")
            take_request_id(field.text, upload, faults);
        else if (field.name == "document_type")
            take_type(field.text, upload, faults);
        else if (field.name == "file")
            faults.push_back({field.name, "Must hold one file."});
        else
            faults.push_back({field.name, "There is no such field."});
    }
    if (form.file && form.file->name == "file") {
        upload.filename = std::move(form.file->filename);
        upload.bytes = form.file->bytes;
    } else if (form.file) {
        const bool is_field = std::ranges::find(kFields, form.file->name) != kFields.end();
        faults.push_back(
            {form.file->name, is_field ? "Must be a string." : "There is no such field."});
    }
    for (const std::string_view name : kFields) {
        const bool is_given = form.text(name) || (form.file && form.file->name == name);
        if (!is_given) faults.push_back({std::string(name), "This field is required."});
    }
    if (!faults.empty())
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The input is not valid.",
                                     .faults = std::move(faults)});
    return upload;
}

}  // namespace segurifai::assistance
