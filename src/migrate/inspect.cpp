#include "migrate/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/random.hpp"
#include "migrate/catalogue.hpp"
#include "migrate/step.hpp"

namespace segurifai::migrate {

namespace {

std::string joined(const std::vector<std::string>& statements) {
    std::string script;
    for (const std::string& statement : statements) {
        script += statement;
        if (!statement.ends_with(';')) script += ';';
        script += '\n';
    }
    return script;
}

Result<LiveSchema> expected_sqlite(const SchemaState& schema) {
    SEGURIFAI_TRY_AS(const auto scratch,
                     sql::open_session({.engine = sql::Engine::kSqlite, .location = ":memory:"}));
    SEGURIFAI_TRY(scratch->script(joined(create_statements(sql::Engine::kSqlite, schema))));
    return inspect(*scratch);
}

/// Rolls back when it goes out of scope: a scratch schema never stays.
class Scratch {
public:
    explicit Scratch(sql::Session& session) : session_(session) {}
    ~Scratch() { session_.rollback(); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

private:
    sql::Session& session_;
};

std::string scratch_name() {
    std::array<std::uint8_t, 6> bytes{};
    SystemRandom().fill(bytes);
    std::string name = "segurifai_scratch_";
    for (const std::uint8_t byte : bytes) name += fmt::format("{:02x}", byte);
    return name;
}

Result<LiveSchema> expected_postgres(sql::Session& session, const SchemaState& schema) {
    if (session.in_transaction())
        return fail(Code::kConflict,
                    "The expected schema is made in a transaction of its own; end the present one "
                    "first.");
    SEGURIFAI_TRY(session.begin());
    const Scratch scratch(session);
    const std::string name = scratch_name();
    const auto made =
        session.script(fmt::format("CREATE SCHEMA {0}; SET LOCAL search_path = {0};", name));
    if (!made && made.error().code == Code::kPermission)
        return fail(Code::kPermission,
                    "The comparison builds the expected tables in a scratch schema that it rolls "
                    "back; let this role do so with GRANT CREATE ON DATABASE.");
    SEGURIFAI_TRY(made);
    SEGURIFAI_TRY(session.script(joined(create_statements(sql::Engine::kPostgres, schema))));
    return inspect(session);
}

/// Collects the differences of one table in words.
class TableComparison {
public:
    TableComparison(const std::string& table, std::vector<Drift>& drifts)
        : table_(table), drifts_(drifts) {}

    void columns(const LiveTable& live, const LiveTable& should) {
        for (const auto& [name, column] : should.columns) {
            const auto found = live.columns.find(name);
            if (found == live.columns.end()) {
                add("column {} is missing: it should be {}", name, describe(column));
            } else {
                one_column(name, found->second, column);
            }
        }
        for (const auto& [name, column] : live.columns)
            if (!should.columns.contains(name))
                add("column {} is not described: it is {}", name, describe(column));
    }

    void definitions(std::string_view kind, const std::map<std::string, std::string>& live,
                     const std::map<std::string, std::string>& should) {
        for (const auto& [name, definition] : should) {
            const auto found = live.find(name);
            if (found == live.end()) {
                add("{} {} is missing: it should be {}", kind, name, definition);
            } else if (found->second != definition) {
                add("{} {} differs: it is {}, it should be {}", kind, name, found->second,
                    definition);
            }
        }
        for (const auto& [name, definition] : live)
            if (!should.contains(name))
                add("{} {} is not described: it is {}", kind, name, definition);
    }

    void word(std::string_view kind, const std::string& live, const std::string& should) {
        if (live == should) return;
        add("the {} differs: it is {}, it should be {}", kind, or_none(live), or_none(should));
    }

private:
    static std::string_view or_none(const std::string& text) {
        return text.empty() ? std::string_view("none") : std::string_view(text);
    }

    static std::string describe(const LiveColumn& column) {
        std::string text = column.type;
        text += column.null ? " NULL" : " NOT NULL";
        if (!column.preset.empty()) text += " DEFAULT " + column.preset;
        if (column.primary_key > 0) text += " PRIMARY KEY";
        if (column.identity) text += " IDENTITY";
        return text;
    }

    void one_column(const std::string& name, const LiveColumn& live, const LiveColumn& should) {
        if (live.type != should.type)
            add("column {} has the type {}, it should be {}", name, live.type, should.type);
        if (live.null != should.null)
            add("column {} {}", name,
                should.null ? "is NOT NULL, it should allow NULL"
                            : "allows NULL, it should be NOT NULL");
        if (live.preset != should.preset)
            add("column {} has the default {}, it should be {}", name, or_none(live.preset),
                or_none(should.preset));
        if (live.identity != should.identity)
            add("column {} {}", name,
                should.identity ? "is not counted up by the database, it should be"
                                : "is counted up by the database, it should not be");
        if (live.primary_key != should.primary_key)
            add("column {} {}, it should be {}", name, key_place(live.primary_key),
                key_place(should.primary_key));
    }

    static std::string key_place(int place) {
        if (place == 0) return "no part of the primary key";
        return fmt::format("number {} of the primary key", place);
    }

    template <class... Args>
    void add(fmt::format_string<Args...> text, Args&&... args) {
        drifts_.push_back({table_, fmt::format(text, std::forward<Args>(args)...)});
    }

    const std::string& table_;
    std::vector<Drift>& drifts_;
};

void compare_table(const std::string& name, const LiveTable& live, const LiveTable& should,
                   std::vector<Drift>& drifts) {
    TableComparison comparison(name, drifts);
    comparison.columns(live, should);
    comparison.definitions("constraint", live.constraints, should.constraints);
    comparison.definitions("index", live.indexes, should.indexes);
    comparison.definitions("trigger", live.triggers, should.triggers);
    comparison.word("partition key", live.partition_key, should.partition_key);
    comparison.word("storage", live.storage, should.storage);
}

}  // namespace

bool is_bookkeeping(std::string_view name) noexcept {
    return name.starts_with("segurifai_");
}

bool is_tombstone(std::string_view name) noexcept {
    return name.starts_with("tombstone_");
}

std::string unnamed(std::string_view definition) {
    return fmt::format("(unnamed {})", definition);
}

LiveCounts count(const LiveSchema& schema) noexcept {
    LiveCounts counts{.tables = schema.tables.size()};
    for (const auto& [name, table] : schema.tables) {
        counts.columns += table.columns.size();
        counts.constraints += table.constraints.size();
        counts.indexes += table.indexes.size();
    }
    return counts;
}

Result<LiveSchema> inspect(sql::Session& session) {
    return session.engine() == sql::Engine::kSqlite ? inspect_sqlite(session)
                                                    : inspect_postgres(session);
}

Result<LiveSchema> expected(sql::Session& session, const SchemaState& schema) {
    return session.engine() == sql::Engine::kSqlite ? expected_sqlite(schema)
                                                    : expected_postgres(session, schema);
}

std::vector<Drift> compare(const LiveSchema& live, const LiveSchema& should) {
    std::vector<Drift> drifts;
    for (const auto& [name, table] : should.tables) {
        const auto found = live.tables.find(name);
        if (found == live.tables.end()) {
            drifts.push_back({name, fmt::format("the table is missing, with its {} columns",
                                                table.columns.size())});
        } else {
            compare_table(name, found->second, table, drifts);
        }
    }
    for (const auto& [name, table] : live.tables)
        if (!should.tables.contains(name))
            drifts.push_back({name, fmt::format("the table is not described: it has {} columns",
                                                table.columns.size())});
    std::ranges::sort(drifts, {}, [](const Drift& d) { return std::tie(d.table, d.what); });
    return drifts;
}

Result<std::vector<Drift>> check_database(sql::Session& session, const SchemaState& schema) {
    SEGURIFAI_TRY_AS(const LiveSchema live, inspect(session));
    SEGURIFAI_TRY_AS(const LiveSchema should, expected(session, schema));
    return compare(live, should);
}

}  // namespace segurifai::migrate
