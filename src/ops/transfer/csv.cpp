#include "ops/transfer/csv.hpp"

#include <csv.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace segurifai::transfer {
namespace {

struct Reading {
    const std::function<bool(std::int64_t, const CsvRecord&)>& on_record;
    CsvRecord record = {};
    std::int64_t number = 0;
    bool stopped = false;
};

void on_field(void* text, std::size_t size, void* context) {
    auto& reading = *static_cast<Reading*>(context);
    if (text == nullptr) {
        reading.record.emplace_back(std::nullopt);
    } else {
        reading.record.emplace_back(std::string(static_cast<const char*>(text), size));
    }
}

void on_record_end(int, void* context) {
    auto& reading = *static_cast<Reading*>(context);
    ++reading.number;
    if (!reading.stopped && !reading.on_record(reading.number, reading.record))
        reading.stopped = true;
    reading.record.clear();
}

/// libcsv's parser, released on every way out.
class Parser {
public:
    Parser() { ready_ = csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL) == 0; }
    ~Parser() {
        if (ready_) csv_free(&parser_);
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    [[nodiscard]] bool ready() const noexcept { return ready_; }
    [[nodiscard]] csv_parser* get() noexcept { return &parser_; }

private:
    csv_parser parser_{};
    bool ready_ = false;
};

/// Spaces belong to the field: libcsv trims them from unquoted fields unless told otherwise.
int never_space(unsigned char) {
    return 0;
}

std::unexpected<Error> malformed(const Reading& reading, csv_parser* parser) {
    return fail(Code::kInvalid, "The CSV is malformed after record " +
                                    std::to_string(reading.number) + ": " +
                                    csv_strerror(csv_error(parser)) + ".");
}

}  // namespace

void append_csv_field(std::string& out, bool first, std::optional<std::string_view> text) {
    if (!first) out += ',';
    if (!text) return;
    const bool plain = !text->empty() && text->find_first_of(",\"\r\n") == std::string_view::npos &&
                       text->front() != ' ' && text->back() != ' ';
    if (plain) {
        out += *text;
        return;
    }
    out += '"';
    for (const char c : *text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

Result<void> read_csv(std::FILE* file,
                      const std::function<bool(std::int64_t, const CsvRecord&)>& on_record) {
    Parser parser;
    if (!parser.ready()) return fail(Code::kInternal, "The CSV parser could not be made.");
    csv_set_space_func(parser.get(), &never_space);
    Reading reading{on_record};
    std::array<char, 65'536> chunk;
    bool at_start = true;
    while (!reading.stopped) {
        const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), file);
        if (size == 0) break;
        std::string_view text(chunk.data(), size);
        if (at_start && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
        at_start = false;
        if (csv_parse(parser.get(), text.data(), text.size(), &on_field, &on_record_end,
                      &reading) != text.size())
            return malformed(reading, parser.get());
    }
    if (std::ferror(file) != 0)
        return fail(Code::kGone, std::string("The CSV could not be read: ") +
                                     std::generic_category().message(errno));
    if (!reading.stopped && csv_fini(parser.get(), &on_field, &on_record_end, &reading) != 0)
        return malformed(reading, parser.get());
    return {};
}

}  // namespace segurifai::transfer
