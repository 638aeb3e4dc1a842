#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "migrate/lint_rules.hpp"

namespace segurifai::migrate::rules {

namespace {

using Words = std::span<const SqlWord>;

/// Whether the keywords follow one another somewhere in the statement.
bool has(Words words, std::initializer_list<std::string_view> keywords) {
    return !std::ranges::search(words, keywords, [](const SqlWord& word, std::string_view key) {
                return word.is(key) || word.is_symbol(key);
            }).empty();
}

/// Whether the statement begins with these keywords.
bool begins(Words words, std::initializer_list<std::string_view> keywords) {
    return words.size() >= keywords.size() &&
           std::ranges::equal(
               words.first(keywords.size()), keywords,
               [](const SqlWord& word, std::string_view key) { return word.is(key); });
}

bool writes_many(Words w) {
    if (begins(w, {"UPDATE"}) || begins(w, {"DELETE"}) || begins(w, {"MERGE"})) return true;
    if (begins(w, {"INSERT"}) || begins(w, {"REPLACE"})) return has(w, {"SELECT"});
    return begins(w, {"WITH"}) && (has(w, {"UPDATE"}) || has(w, {"DELETE"}) || has(w, {"INSERT"}));
}

/// A statement that ends a query's search for rows at some number of them.
bool is_bounded(Words w) {
    return has(w, {"LIMIT"}) || has(w, {"BETWEEN"}) || has(w, {"FETCH", "FIRST"});
}

bool is_schema_change(Words w) {
    if (begins(w, {"ALTER", "TABLE"}) || begins(w, {"CREATE", "TABLE"})) return true;
    return begins(w, {"CREATE"}) && !begins(w, {"CREATE", "TEMP"}) &&
           !begins(w, {"CREATE", "TEMPORARY"}) &&
           (has(w, {"INDEX"}) || has(w, {"VIEW"}) || has(w, {"SEQUENCE"}) || has(w, {"SCHEMA"}) ||
            has(w, {"DOMAIN"}) || has(w, {"TYPE"}) || has(w, {"EXTENSION"}) || has(w, {"POLICY"}));
}

bool is_volatile_default(Words w) {
    if (!begins(w, {"ALTER", "TABLE"}) || !has(w, {"ADD"})) return false;
    if (has(w, {"STORED"})) return true;
    if (!has(w, {"DEFAULT"})) return false;
    static constexpr std::array<std::string_view, 6> kVolatile{
        "RANDOM", "GEN_RANDOM_UUID", "CLOCK_TIMESTAMP", "NEXTVAL", "UUID_GENERATE_V4", "TIMEOFDAY"};
    return std::ranges::any_of(kVolatile, [&](std::string_view name) { return has(w, {name}); });
}

/// One thing to find in a statement of a RunSql.
struct Pattern {
    bool (*matches)(Words statement);
    std::string_view why;
};

constexpr std::array kTransactions{
    Pattern{[](Words w) {
                return begins(w, {"BEGIN"}) || begins(w, {"COMMIT"}) || begins(w, {"ROLLBACK"}) ||
                       begins(w, {"END"}) || begins(w, {"ABORT"}) || begins(w, {"SAVEPOINT"}) ||
                       begins(w, {"RELEASE"}) || begins(w, {"START", "TRANSACTION"}) ||
                       begins(w, {"PREPARE", "TRANSACTION"});
            },
            "A migration runs in a transaction of its own together with its record; a transaction "
            "statement tears the two apart."}};
constexpr std::array kConcurrently{
    Pattern{[](Words w) { return has(w, {"CONCURRENTLY"}); },
            "PostgreSQL refuses CONCURRENTLY inside a transaction, and a RunSql runs in one."}};
constexpr std::array kOutside{
    Pattern{[](Words w) { return begins(w, {"VACUUM"}); },
            "VACUUM does not run inside a transaction, and VACUUM FULL writes the table anew while "
            "reads and writes wait."},
    Pattern{[](Words w) { return begins(w, {"CLUSTER"}); },
            "CLUSTER writes the table anew while reads and writes wait."}};
constexpr std::array kReindex{
    Pattern{[](Words w) { return begins(w, {"REINDEX"}) && !has(w, {"CONCURRENTLY"}); },
            "REINDEX lets writes wait, and reads that use the index."}};
constexpr std::array kBackfill{
    Pattern{[](Words w) { return writes_many(w) && !is_bounded(w); },
            "All rows change in one statement: their locks are held to its end, and on a large "
            "table that takes minutes and doubles its size."}};
constexpr std::array kEveryRow{Pattern{
    [](Words w) { return (begins(w, {"UPDATE"}) || begins(w, {"DELETE"})) && !has(w, {"WHERE"}); },
    "Without WHERE every row is changed or deleted."}};
constexpr std::array kTruncate{
    Pattern{[](Words w) { return begins(w, {"TRUNCATE"}) && has(w, {"CASCADE"}); },
            "TRUNCATE CASCADE empties every table that references this one, too."},
    Pattern{[](Words w) { return begins(w, {"TRUNCATE"}) && !has(w, {"CASCADE"}); },
            "TRUNCATE deletes all rows for good while reads and writes wait."}};
constexpr std::array kDrops{
    Pattern{[](Words w) { return begins(w, {"DROP"}) && !begins(w, {"DROP", "DATABASE"}); },
            "A DROP in SQL deletes at once, without a tombstone, and the recorded schema does not "
            "know."},
    Pattern{[](Words w) { return begins(w, {"ALTER", "TABLE"}) && has(w, {"DROP", "COLUMN"}); },
            "A column dropped in SQL is gone at once, without a tombstone."}};
constexpr std::array kDatabase{
    Pattern{[](Words w) { return begins(w, {"DROP", "DATABASE"}); },
            "This deletes a whole database."},
    Pattern{[](Words w) {
                return begins(w, {"ALTER", "SYSTEM"}) || begins(w, {"ALTER", "DATABASE"}) ||
                       begins(w, {"ALTER", "ROLE"}) || begins(w, {"ALTER", "USER"});
            },
            "Settings of the server belong to whoever operates it, not to a migration."}};
constexpr std::array kLocks{
    Pattern{[](Words w) { return begins(w, {"LOCK"}); },
            "LOCK TABLE holds everybody else off until the migration ends."}};
constexpr std::array kSchema{
    Pattern{is_schema_change,
            "A change of the schema in SQL is not recorded: the autodetector does not know it, and "
            "checkdb reports it as drift."}};
constexpr std::array kIndexes{Pattern{
    [](Words w) { return begins(w, {"CREATE"}) && has(w, {"INDEX"}) && !has(w, {"CONCURRENTLY"}); },
    "The index is built in one go, and writes wait for as long."}};
constexpr std::array kNotNull{
    Pattern{[](Words w) { return begins(w, {"ALTER", "TABLE"}) && has(w, {"SET", "NOT", "NULL"}); },
            "SET NOT NULL reads every row while reads and writes wait."}};
constexpr std::array kType{Pattern{
    [](Words w) { return begins(w, {"ALTER", "TABLE"}) && has(w, {"ALTER"}) && has(w, {"TYPE"}); },
    "Another type writes every row anew while reads and writes wait."}};
constexpr std::array kConstraint{
    Pattern{[](Words w) {
                return begins(w, {"ALTER", "TABLE"}) && has(w, {"ADD"}) &&
                       (has(w, {"CHECK"}) || has(w, {"FOREIGN", "KEY"})) &&
                       !has(w, {"NOT", "VALID"});
            },
            "A constraint without NOT VALID reads every row while writes wait."},
    Pattern{[](Words w) { return begins(w, {"ALTER", "TABLE"}) && has(w, {"EXCLUDE"}); },
            "An exclusion constraint cannot be NOT VALID and reads every row under a lock."},
    Pattern{[](Words w) {
                return begins(w, {"ALTER", "TABLE"}) && has(w, {"ADD"}) && has(w, {"UNIQUE"}) &&
                       !has(w, {"USING", "INDEX"});
            },
            "A unique constraint builds its index while reads and writes wait."}};
constexpr std::array kVolatile{
    Pattern{is_volatile_default,
            "A default that differs from row to row, or a stored generated column, writes every "
            "row anew while reads and writes wait."}};
constexpr std::array kEnums{
    Pattern{[](Words w) { return begins(w, {"ALTER", "TYPE"}) || begins(w, {"ALTER", "DOMAIN"}); },
            "Enumeration and domain types change without the recorded schema, and a word cannot be "
            "taken back."}};
constexpr std::array kTriggers{
    Pattern{[](Words w) {
                return (begins(w, {"CREATE"}) &&
                        (has(w, {"TRIGGER"}) || has(w, {"FUNCTION"}) || has(w, {"PROCEDURE"}))) ||
                       has(w, {"DISABLE", "TRIGGER"});
            },
            "Code in the database works behind the back of the program, and checkdb reports a "
            "trigger as drift."}};
constexpr std::array kSettings{Pattern{
    [](Words w) { return begins(w, {"SET"}) || begins(w, {"RESET"}) || begins(w, {"PRAGMA"}); },
    "A setting stays for the statements of the runner that follow, its lock_timeout "
    "included."}};
constexpr std::array kTimestamps{
    Pattern{[](Words w) {
                return is_schema_change(w) && has(w, {"TIMESTAMP"}) &&
                       !has(w, {"TIMESTAMP", "WITH", "TIME", "ZONE"});
            },
            "TIMESTAMP without time zone reads as another moment on a server elsewhere."}};
constexpr std::array kSerials{Pattern{
    [](Words w) { return is_schema_change(w) && (has(w, {"SERIAL"}) || has(w, {"BIGSERIAL"})); },
    "SERIAL leaves a sequence with an owner and permissions of its own."}};
constexpr std::array kJson{
    Pattern{[](Words w) { return is_schema_change(w) && has(w, {"JSON"}) && !has(w, {"JSONB"}); },
            "PostgreSQL's json has no equality: SELECT DISTINCT and GROUP BY fail on it."}};
constexpr std::array kRobust{Pattern{[](Words w) {
                                         return (begins(w, {"CREATE", "TABLE"}) ||
                                                 begins(w, {"CREATE", "INDEX"}) ||
                                                 begins(w, {"DROP"})) &&
                                                !has(w, {"EXISTS"});
                                     },
                                     "The statement fails when it is run by hand a second time."}};
constexpr std::array kPolicies{
    Pattern{[](Words w) {
                return begins(w, {"GRANT"}) || begins(w, {"REVOKE"}) ||
                       begins(w, {"REASSIGN", "OWNED"}) || has(w, {"OWNER", "TO"});
            },
            "Permissions belong to whoever operates the database; roles differ from installation "
            "to installation."}};

/// The hits of some patterns in both engines' texts, forwards and back; each text once.
template <std::size_t N>
Hits search(const Subject& subject, const std::array<Pattern, N>& patterns) {
    const auto* run = std::get_if<RunSql>(&subject.operation);
    if (run == nullptr) return {};
    struct Text {
        std::string_view name;
        const std::string& sql;
    };
    const std::array texts{Text{"SQLite", run->sqlite}, Text{"PostgreSQL", run->postgres},
                           Text{"SQLite, reverse", run->sqlite_reverse},
                           Text{"PostgreSQL, reverse", run->postgres_reverse}};
    Hits hits;
    std::set<std::string_view> seen;
    for (const Text& text : texts) {
        if (!seen.insert(text.sql).second) continue;
        const std::vector<SqlWord> words = sql_words(text.sql);
        for (const Words statement : split_statements(words))
            for (const Pattern& pattern : patterns)
                if (pattern.matches(statement))
                    hits.push_back({fmt::format("{}: {}", text.name, pattern.why)});
    }
    return hits;
}

template <const auto& Patterns>
Hits find(const Subject& subject) {
    return search(subject, Patterns);
}

Hits one_engine(const Subject& s) {
    const auto* run = std::get_if<RunSql>(&s.operation);
    if (run == nullptr || run->sqlite.empty() == run->postgres.empty()) return {};
    return {{fmt::format("It does nothing on {}: the two engines' data may part.",
                         run->sqlite.empty() ? "SQLite" : "PostgreSQL")}};
}

const std::vector<std::string> kBatches{
    "write the change so that it touches a bounded range of keys",
    "or leave it to a job of the program that goes through the table in batches"};
const std::vector<std::string> kByDescription{
    "change the description and let makemigrations write the operation: the engine then uses the "
    "online form and keeps a tombstone"};

}  // namespace

bool changes_rows(std::string_view sql) {
    const std::vector<SqlWord> words = sql_words(sql);
    return std::ranges::any_of(split_statements(words), writes_many);
}

std::span<const Rule> sql_rules() {
    static const std::array kRules{
        Rule{"transaction-nesting",
             Severity::kError,
             "BEGIN, COMMIT, SAVEPOINT in SQL",
             find<kTransactions>,
             {"leave the transaction to migrate"}},
        Rule{"ban-concurrent-index-creation-in-transaction", Severity::kError,
             "CONCURRENTLY in SQL", find<kConcurrently>, kByDescription},
        Rule{"ban-vacuum-and-cluster",
             Severity::kError,
             "VACUUM and CLUSTER in SQL",
             find<kOutside>,
             {"leave it to autovacuum, or to whoever operates the database"}},
        Rule{"require-concurrent-reindex",
             Severity::kWarning,
             "REINDEX in SQL",
             find<kReindex>,
             {"run REINDEX CONCURRENTLY by hand, outside the migration"}},
        Rule{"backfill-in-one-go", Severity::kWarning, "rows changed without a bound in SQL",
             find<kBackfill>, kBatches},
        Rule{"changing-every-row",
             Severity::kWarning,
             "UPDATE or DELETE without WHERE",
             find<kEveryRow>,
             {"say in WHERE which rows are meant"}},
        Rule{"ban-truncate",
             Severity::kWarning,
             "TRUNCATE in SQL",
             find<kTruncate>,
             {"delete in batches what is no longer needed, or drop the table by its description"}},
        Rule{"ban-drop-in-sql", Severity::kWarning, "DROP in SQL", find<kDrops>, kByDescription},
        Rule{"ban-database-settings",
             Severity::kError,
             "DROP DATABASE, ALTER SYSTEM … in SQL",
             find<kDatabase>,
             {"leave it to whoever operates the database"}},
        Rule{"ban-lock-table",
             Severity::kWarning,
             "LOCK TABLE in SQL",
             find<kLocks>,
             {"lock single rows, or write the change so that it needs no lock"}},
        Rule{"schema-change-in-sql", Severity::kWarning, "CREATE and ALTER in SQL", find<kSchema>,
             kByDescription},
        Rule{"index-in-sql", Severity::kWarning, "CREATE INDEX in SQL", find<kIndexes>,
             kByDescription},
        Rule{"set-not-null-in-sql", Severity::kWarning, "SET NOT NULL in SQL", find<kNotNull>,
             kByDescription},
        Rule{"changing-type-in-sql", Severity::kWarning, "ALTER COLUMN … TYPE in SQL", find<kType>,
             kByDescription},
        Rule{"constraint-in-sql", Severity::kWarning, "ADD CONSTRAINT in SQL", find<kConstraint>,
             kByDescription},
        Rule{"volatile-default-in-sql",
             Severity::kWarning,
             "ADD COLUMN with a volatile default or STORED in SQL",
             find<kVolatile>,
             {"add the column without default", "fill it in batches", "then set the default"}},
        Rule{"ban-alter-type",
             Severity::kWarning,
             "ALTER TYPE and ALTER DOMAIN in SQL",
             find<kEnums>,
             {"use a text column with choices"}},
        Rule{"ban-code-in-database",
             Severity::kWarning,
             "triggers and functions in SQL",
             find<kTriggers>,
             {"write the rule into the service that writes the rows"}},
        Rule{"ban-session-settings",
             Severity::kWarning,
             "SET and PRAGMA in SQL",
             find<kSettings>,
             {"leave timeouts and paths to migrate"}},
        Rule{"prefer-timestamptz",
             Severity::kNote,
             "TIMESTAMP without time zone in SQL",
             find<kTimestamps>,
             {"use TIMESTAMPTZ"}},
        Rule{"prefer-identity",
             Severity::kNote,
             "SERIAL in SQL",
             find<kSerials>,
             {"use GENERATED BY DEFAULT AS IDENTITY"}},
        Rule{"prefer-jsonb", Severity::kNote, "JSON columns in SQL", find<kJson>, {"use JSONB"}},
        Rule{"prefer-robust-statements",
             Severity::kNote,
             "CREATE and DROP without IF (NOT) EXISTS",
             find<kRobust>,
             {"write IF EXISTS or IF NOT EXISTS"}},
        Rule{"ban-permissions",
             Severity::kWarning,
             "GRANT, REVOKE and owners in SQL",
             find<kPolicies>,
             {"leave it to whoever operates the database"}},
        Rule{"one-engine-only",
             Severity::kNote,
             "SQL for one of the engines only",
             one_engine,
             {"write it for both, or say in `about` why one needs nothing"}},
    };
    return kRules;
}

}  // namespace segurifai::migrate::rules
