#include "support/row_generator.hpp"

#include <array>
#include <stdexcept>

#include "base/decimal.hpp"
#include "base/phone.hpp"

namespace segurifai::testing {
namespace {

using model::Column;
using model::Type;
using sql::OwnedValue;
using sql::Value;

// 2026-11-01 to 2026-11-20: inside what partitions made for a fortnight around it can hold.
constexpr std::int64_t kFirstMicros = 1'793'491'200'000'000;
constexpr std::int64_t kSpanMicros = 20 * kMicrosPerDay;

constexpr std::array kWords{"grúa", "llanta", "Ñandú",   "zona 10", "O'Brien",  "100%",
                            "a_b",  "\\ruta", "línea\n", "日本",    "\"cita\"", "Água"};

/// A number bound given as text, or `otherwise`, in units of 10^-scale.
std::int64_t bound(std::string_view text, int precision, int scale, std::int64_t otherwise) {
    if (text.empty()) return otherwise;
    return parse_decimal(text, precision, scale).value_or(otherwise);
}

}  // namespace

std::int64_t RowGenerator::between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
}

OwnedValue RowGenerator::text(const Column& column) {
    const auto limit = column.length > 0 ? static_cast<std::size_t>(column.length) : 200;
    if (column.unique) {
        std::string unique = "u" + std::to_string(serial_);
        return OwnedValue(Value::text(unique.substr(0, limit)));
    }
    std::string words;
    for (auto count = between(0, 4); count > 0; --count) {
        words += kWords[static_cast<std::size_t>(between(0, kWords.size() - 1))];
        words += ' ';
    }
    if (character_count(words) > limit) words = "corto";
    if (words.size() > limit) words.clear();
    return OwnedValue(Value::text(words));
}

OwnedValue RowGenerator::plain(const Column& column) {
    switch (column.type) {
        case Type::kBoolean: return OwnedValue(Value::boolean(between(0, 1) == 1));
        case Type::kInteger:
        case Type::kBigInteger:
            return OwnedValue(
                Value::integer(column.unique ? serial_
                                             : between(bound(column.min, 15, 0, -2'000'000'000),
                                                       bound(column.max, 15, 0, 2'000'000'000))));
        case Type::kFloat: {
            const auto low = bound(column.min, 15, 3, -1'000'000);
            const auto high = bound(column.max, 15, 3, 1'000'000);
            return OwnedValue(Value::real(static_cast<double>(between(low, high)) / 1000.0));
        }
        case Type::kDecimal: {
            const auto limit = power_of_ten(column.precision) - 1;
            return OwnedValue(Value::decimal(between(bound(column.min, 15, column.scale, -limit),
                                                     bound(column.max, 15, column.scale, limit)),
                                             column.scale));
        }
        case Type::kChar: return OwnedValue(Value::text("A"));
        case Type::kVarchar:
        case Type::kText: return text(column);
        case Type::kUuid: {
            Uuid uuid;
            for (auto& byte : uuid.bytes) byte = static_cast<std::uint8_t>(between(0, 255));
            return OwnedValue(Value::uuid(uuid));
        }
        case Type::kDate:
            return OwnedValue(
                Value::date(Date{static_cast<std::int32_t>(between(20'000, 21'000))}));
        case Type::kDateTime:
            return OwnedValue(Value::instant(Instant{kFirstMicros + between(0, kSpanMicros - 1)}));
        case Type::kJson:
            if (column.preset.exists()) return OwnedValue(*model::default_value(column));
            return OwnedValue(
                Value::json(column.json == JsonKind::kArray ? "[1,\"dos\"]" : "{\"a\":\"ñ\"}"));
    }
    throw std::logic_error("a type without a generator");
}

OwnedValue RowGenerator::value(const model::Table&, const Column& column) {
    if (column.null && between(0, 3) == 0)
        return OwnedValue(Value::null(column.value_type(), column.scale));
    if (!column.references.empty()) {
        const auto parents = keys_.find(column.references);
        if (parents == keys_.end() || parents->second.empty()) {
            if (column.null) return OwnedValue(Value::null(column.value_type(), column.scale));
            throw std::logic_error("no parent row for " + std::string(column.name));
        }
        const auto count = static_cast<std::int64_t>(parents->second.size());
        // A one-to-one link walks through the parents instead of choosing among them.
        const auto pick = column.unique ? serial_ % count : between(0, count - 1);
        return parents->second[static_cast<std::size_t>(pick)];
    }
    if (!column.choices.empty()) {
        const auto pick = column.unique
                              ? serial_ % static_cast<std::int64_t>(column.choices.size())
                              : between(0, static_cast<std::int64_t>(column.choices.size()) - 1);
        return OwnedValue(Value::text(column.choices[static_cast<std::size_t>(pick)]));
    }
    if (column.identity) return OwnedValue(Value::integer(serial_ + 1));
    if (column.validate != nullptr) {
        const std::string serial = std::to_string(10'000'000 + serial_);
        const std::array<std::string, 6> candidates{"persona" + serial + "@example.gt",
                                                    "+502" + serial,
                                                    "https://example.gt/" + serial,
                                                    "modulos_completados >= 3",
                                                    "[]",
                                                    "{}"};
        for (const std::string& candidate : candidates) {
            const Value value =
                column.type == Type::kJson ? Value::json(candidate) : Value::text(candidate);
            if (!column.validate(value)) return OwnedValue(value);
        }
    }
    return plain(column);
}

bool RowGenerator::repeats_unique_index(const model::Table& table,
                                        const std::vector<OwnedValue>& row) {
    std::vector<std::pair<std::string, std::string>> keys;
    const auto add = [&](std::string name, std::span<const std::string_view> columns) {
        std::string joined;
        for (const std::string_view column : columns) {
            if (column.empty()) continue;
            const auto at = static_cast<std::size_t>(table.find(column) - table.columns.data());
            if (row[at].view().is_null()) return;  // NULLs never collide
            joined += sql::to_display(row[at].view()) + '\x1f';
        }
        keys.emplace_back(std::move(name), std::move(joined));
    };
    for (const model::Index& index : table.indexes)
        if (index.unique) add(model::physical_name(table.name, index.name), index.columns);
    for (const Column& column : table.columns)
        if (column.unique) add(model::unique_index_name(table, column), {{column.name}});
    for (const auto& [name, joined] : keys)
        if (seen_[name].contains(joined)) return true;
    for (auto& [name, joined] : keys) seen_[name].emplace(std::move(joined), true);
    return false;
}

bool RowGenerator::passes_checks(const model::Table& table, const std::vector<OwnedValue>& row) {
    if (table.checks.empty()) return true;
    if (!judge_) {
        auto opened = sql::open_session({sql::Engine::kSqlite, ":memory:"});
        if (!opened) throw std::runtime_error(describe(opened.error()));
        judge_ = std::move(*opened);
    }
    std::string names;
    std::vector<Value> values;
    for (std::size_t i = 0; i < row.size(); ++i) {
        names += (i > 0 ? ", $" : "$") + std::to_string(i + 1) + " AS " +
                 sql::quoted(table.columns[i].name);
        values.push_back(row[i].view());
    }
    for (const model::Check& check : table.checks) {
        const std::string sql = "SELECT count(*) FROM (SELECT " + names + ") WHERE NOT (" +
                                std::string(check.expression) + ")";
        const auto broken = judge_->one_integer(sql, values);
        if (!broken) throw std::runtime_error(describe(broken.error()));
        if (**broken != 0) return false;
    }
    return true;
}

std::vector<OwnedValue> RowGenerator::row(const model::Table& table) {
    constexpr int kAttempts = 200;
    auto& keys = keys_[std::string(table.name)];
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        serial_ = static_cast<std::int64_t>(keys.size()) + attempt;
        std::vector<OwnedValue> row;
        row.reserve(table.columns.size());
        for (const Column& column : table.columns)
            row.push_back(column.identity ? OwnedValue(Value::integer(
                                                static_cast<std::int64_t>(keys.size()) + 1))
                                          : value(table, column));
        if (!passes_checks(table, row) || repeats_unique_index(table, row)) continue;
        const auto key = static_cast<std::size_t>(&table.primary_key() - table.columns.data());
        keys.push_back(row[key]);
        return row;
    }
    throw std::logic_error("no room for another unique row in " + std::string(table.name));
}

void RowGenerator::fill(sql::Session& session, std::span<const model::Table* const> tables,
                        int rows) {
    for (const model::Table* table : tables) {
        std::vector<sql::BulkColumn> columns;
        for (const Column& column : table->columns)
            columns.push_back({std::string(column.name), column.value_type()});
        int left = rows;
        std::vector<OwnedValue> current;
        const auto done =
            session.bulk_insert(table->name, columns, [&](std::vector<Value>& out) -> Result<bool> {
                if (left-- == 0) return false;
                try {
                    current = row(*table);
                } catch (const std::logic_error&) {
                    return false;  // a small enumeration is full: fewer rows are fine
                }
                out.clear();
                for (const OwnedValue& value : current) out.push_back(value.view());
                return true;
            });
        if (!done)
            throw std::runtime_error(std::string(table->name) + ": " + describe(done.error()));
    }
}

}  // namespace segurifai::testing
