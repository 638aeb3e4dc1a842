#include "ops/transfer/intake.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>

#include "base/json.hpp"
#include "model/json_mapping.hpp"
#include "model/plan.hpp"
#include "model/text_value.hpp"

namespace segurifai::transfer {
namespace {

constexpr std::int64_t kProgressRows = 1'000;
constexpr std::string_view kRowPrefix = R"({"table":")";
constexpr std::string_view kRowMiddle = R"(","row":)";

struct RowLine {
    std::string_view table;
    std::string_view row;
};

/// Takes a line apart that is spelled as dump() spells it, without looking into the row.
std::optional<RowLine> split_as_dumped(std::string_view line) {
    if (!line.starts_with(kRowPrefix) || !line.ends_with('}')) return std::nullopt;
    const std::size_t name = kRowPrefix.size();
    const std::size_t quote = line.find('"', name);
    if (quote == std::string_view::npos || !line.substr(quote).starts_with(kRowMiddle))
        return std::nullopt;
    const std::size_t row = quote + kRowMiddle.size();
    return RowLine{line.substr(name, quote - name), line.substr(row, line.size() - row - 1)};
}

/// The same for any spelling: in canonical form the members stand in one order.
std::optional<RowLine> split_canonical(std::string_view canonical) {
    constexpr std::string_view kRow = R"({"row":)";
    constexpr std::string_view kTable = R"(,"table":")";
    const std::size_t table = canonical.rfind(kTable);
    if (!canonical.starts_with(kRow) || table == std::string_view::npos ||
        !canonical.ends_with("\"}"))
        return std::nullopt;
    const std::size_t name = table + kTable.size();
    return RowLine{canonical.substr(name, canonical.size() - name - 2),
                   canonical.substr(kRow.size(), table - kRow.size())};
}

/// Lines of a file, one at a time, of any length.
class Lines {
public:
    explicit Lines(std::FILE* file) : file_(file) {}
    ~Lines() { std::free(line_); }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    /// The next line without its end; nothing at the end of the file.
    [[nodiscard]] std::optional<std::string_view> next() {
        const ssize_t size = getline(&line_, &capacity_, file_);
        if (size < 0) return std::nullopt;
        std::string_view line(line_, static_cast<std::size_t>(size));
        if (line.ends_with('\n')) line.remove_suffix(1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }

private:
    std::FILE* file_;
    char* line_ = nullptr;
    std::size_t capacity_ = 0;
};

/// A row of defaults, and NULL where a column has none.
model::Record with_defaults(const model::Table& table) {
    model::Record record(table);
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (const auto preset = model::default_value(table.columns[i])) record.set(i, *preset);
    return record;
}

/// A name out of a file, fit for a terminal whatever the file really is.
std::string shown(std::string_view name) {
    constexpr std::size_t kNameShown = 64;
    std::string clean(name.substr(0, kNameShown));
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    if (!is_storable_text(clean))
        std::ranges::replace_if(clean, [](char c) { return (c & 0x80) != 0; }, '?');
    return clean;
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

std::string FaultList::path(std::int64_t place, std::string_view table,
                            std::string_view column) const {
    std::string path =
        sources_[Place::source(place)].name + ":" + std::to_string(Place::line(place));
    if (!table.empty()) {
        path += ' ';
        path += table;
    }
    if (!column.empty()) {
        path += '.';
        path += column;
    }
    return path;
}

void FaultList::add(std::int64_t place, std::string_view table, std::string_view column,
                    std::string message) {
    if (faults_.size() == limit_) {
        ++more_;
        return;
    }
    faults_.push_back({path(place, table, column), std::move(message)});
}

void FaultList::add(std::int64_t place, std::string_view table, const Error& error) {
    if (error.faults.empty()) add(place, table, {}, error.message);
    for (const Fault& fault : error.faults) add(place, table, fault.path, fault.message);
}

Error FaultList::take() {
    const auto count = static_cast<std::int64_t>(faults_.size()) + more_;
    if (more_ > 0) faults_.push_back({"", "and " + std::to_string(more_) + " more faults"});
    return Error{.code = Code::kInvalid,
                 .message = "Nothing was loaded: " + std::to_string(count) +
                            (count == 1 ? " fault." : " faults."),
                 .faults = std::move(faults_)};
}

Result<void> Intake::read() {
    for (std::size_t i = 0; i < sources_.size(); ++i)
        SEGURIFAI_TRY(sources_[i].format == Format::kNdjson ? read_ndjson(i) : read_csv_file(i));
    return {};
}

Result<void> Intake::read_ndjson(std::size_t source) {
    std::FILE* file = sources_[source].file;
    Lines lines(file);
    std::int64_t number = 0;
    std::int64_t rows = 0;
    bool headed = false;
    bool ended = false;
    while (auto line = lines.next()) {
        ++number;
        if (number == 1 && line->starts_with(kByteOrderMark))
            line->remove_prefix(kByteOrderMark.size());
        if (is_blank(*line)) continue;
        const std::int64_t place = Place::of(source, number);
        if (ended) {
            faults_.add(place, {}, {}, "something follows the last line of the dump");
            break;
        }
        if (number == 1 && *line == kDumpHeader) {
            headed = true;
        } else if (headed && line->starts_with(kDumpTrailer)) {
            ended = true;
            if (*line != std::string(kDumpTrailer) + std::to_string(rows) + "}")
                faults_.add(place, {}, {}, "the dump says another number of rows than it holds");
        } else if (line->starts_with(kDumpTrailer)) {
            faults_.add(place, {}, {}, "is the end of a dump whose first line is missing");
        } else {
            ++rows;
            SEGURIFAI_TRY(take_line(place, *line));
        }
    }
    if (std::ferror(file) != 0)
        return fail(Code::kGone, sources_[source].name + " could not be read: " +
                                     std::generic_category().message(errno));
    if (headed && !ended)
        faults_.add(Place::of(source, number), {}, {},
                    "the dump was cut short: its last line is missing");
    // A pipe from a dumpdata that failed looks like this; it must not pass for a success.
    if (!headed && rows == 0 && faults_.empty())
        faults_.add(Place::of(source, std::max<std::int64_t>(number, 1)), {}, {}, "holds no rows");
    return {};
}

Result<void> Intake::take_line(std::int64_t place, std::string_view line) {
    Json canonical;
    auto parts = split_as_dumped(line);
    if (!parts) {
        auto parsed = Json::parse(line);
        if (!parsed) {
            faults_.add(place, {}, parsed.error());
            return {};
        }
        canonical = std::move(*parsed);
        parts = split_canonical(canonical.text);
    }
    if (!parts) {
        faults_.add(place, {}, {}, R"(is not {"table": "name", "row": {...}})");
        return {};
    }
    const model::Table* table = registry_.find(parts->table);
    if (table == nullptr) {
        faults_.add(place, {}, {}, "there is no table " + std::string(parts->table));
        return {};
    }
    auto record = model::parse_record(model::plan_of(*table), parts->row);
    if (!record) {
        faults_.add(place, table->name, record.error());
        return {};
    }
    return keep(place, *table, std::move(*record));
}

Result<void> Intake::read_csv_file(std::size_t source) {
    const model::Table& table = *sources_[source].table;
    CsvReading reading{table};
    Result<void> kept;
    std::int64_t last = 0;
    const auto read =
        read_csv(sources_[source].file, [&](std::int64_t number, const CsvRecord& fields) {
            const std::int64_t place = Place::of(source, number);
            last = number;
            if (number == 1) return take_csv_header(reading, place, fields);
            auto record = csv_record(reading, place, fields);
            if (record) kept = keep(place, table, std::move(*record));
            return kept.has_value();
        });
    SEGURIFAI_TRY(kept);
    if (!read)
        faults_.add(Place::of(source, last + 1), table.name, read.error());
    else if (last == 0)
        faults_.add(Place::of(source, 1), table.name, {}, "the line of column names is missing");
    return {};
}

bool Intake::take_csv_header(CsvReading& reading, std::int64_t place, const CsvRecord& fields) {
    std::vector<bool> seen(reading.table.columns.size(), false);
    bool right = true;
    for (const auto& field : fields) {
        const std::string name = field.value_or("");
        const model::Column* column = reading.table.find(name);
        const auto position =
            column == nullptr ? 0 : static_cast<std::size_t>(column - reading.table.columns.data());
        if (column == nullptr || seen[position]) {
            faults_.add(place, reading.table.name, shown(name),
                        column == nullptr ? "is no column of this table" : "is named twice");
            right = false;
            continue;
        }
        seen[position] = true;
        reading.positions.push_back(position);
    }
    return right;
}

std::optional<model::Record> Intake::csv_record(const CsvReading& reading, std::int64_t place,
                                                const CsvRecord& fields) {
    if (fields.size() != reading.positions.size()) {
        faults_.add(place, reading.table.name, {},
                    "has " + std::to_string(fields.size()) + " fields, the header has " +
                        std::to_string(reading.positions.size()));
        return std::nullopt;
    }
    model::Record record = with_defaults(reading.table);
    bool right = true;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const model::Column& column = reading.table.columns[reading.positions[i]];
        if (!fields[i]) {
            record.set(reading.positions[i], model::null_of(column));
            continue;
        }
        Result<Json> json = Json{*fields[i]};
        if (column.type == model::Type::kJson) json = Json::parse(*fields[i]);
        const auto value = json ? model::parse_value(column, json->text) : std::nullopt;
        if (!value) {
            faults_.add(place, reading.table.name, column.name,
                        "is not " + std::string(model::expectation(column)));
            right = false;
            continue;
        }
        record.set(reading.positions[i], *value);
    }
    if (!right) return std::nullopt;
    if (auto faults = model::plan_of(reading.table).validation.check_values(record.values());
        !faults.empty()) {
        faults_.add(place, reading.table.name, Error{.message = {}, .faults = std::move(faults)});
        return std::nullopt;
    }
    return record;
}

Result<void> Intake::keep(std::int64_t place, const model::Table& table, model::Record record) {
    bool right = true;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const model::Column& column = table.columns[i];
        if (column.null || !record.at(i).is_null()) continue;
        if (column.auto_time != model::AutoTime::kNone) {
            record.set(i, sql::Value::instant(options_.now));
        } else {
            faults_.add(place, table.name, column.name, "is required");
            right = false;
        }
    }
    if (!right) return {};
    auto spool = spools_.find(&table);
    if (spool == spools_.end()) {
        SEGURIFAI_TRY_AS(Spool made, Spool::make());
        spool = spools_.emplace(&table, std::move(made)).first;
    }
    if (++rows_ % kProgressRows == 0 && options_.on_progress)
        options_.on_progress("checked", rows_);
    return spool->second.append(place, record.values());
}

}  // namespace segurifai::transfer
