#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "apps/archive/choices.hpp"
#include "model/record.hpp"
#include "model/registry.hpp"
#include "retention/history.hpp"
#include "sql/session.hpp"

namespace segurifai::testing {

/// The rows of a database, by table and key, as far as a history knows them: all tables but those
/// of the archive.
using Rows = std::map<std::string, std::map<std::string, model::Record>>;

/// An archived request: its rows in the archive's text, in the text's order.
using Archived = std::map<std::string, std::vector<model::Record>>;

/// A link that the archive keeps: "table row column → request number, target".
using Links = std::set<std::string>;

/// What an installation holds.
struct Content {
    Rows rows;
    Archived archived;
    Links links;

    friend bool operator==(const Content&, const Content&) = default;
};

/// What is read from the database: every row, and every archived text unpacked.
[[nodiscard]] Content content_of(sql::Session& session, const model::Registry& registry);

/// What is held.
struct Hold {
    archive::HoldKind kind;
    std::string object;
};

/// What RULES §11 makes of a history, row by row, by plain arithmetic: no SQL, no table's shape.
class Expectation {
public:
    Expectation(const History& history, std::vector<Hold> holds)
        : history_(history), holds_(std::move(holds)) {}

    /// The content after every policy has run at `now`.
    [[nodiscard]] Content at(Instant now) const;

    [[nodiscard]] bool is_held(const History::Request& request) const;
    [[nodiscard]] bool is_live(const History::Request& request, Instant now) const;
    /// Whether its archive, and its files, are still there.
    [[nodiscard]] bool is_kept(const History::Request& request, Instant now) const;

private:
    [[nodiscard]] bool holds(archive::HoldKind kind, const std::string& object) const;
    void add_outside(Content& content, model::Record row, const History::Request* request,
                     Instant now) const;

    const History& history_;
    std::vector<Hold> holds_;
};

/// The first differences in words; empty when there is none.
[[nodiscard]] std::string difference(const Content& expected, const Content& found);

}  // namespace segurifai::testing
