#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/record.hpp"
#include "sql/session.hpp"

namespace segurifai::testing {

/// Years of a small installation, made by chance from a seed, and what a test must know of each
/// row to say by itself what becomes of it.
class History {
public:
    struct Extent {
        int requests = 300;
        Date first{};  ///< the first request is made on this day
        int days = 0;  ///< and the last so many days later
        Date positions_first{};
        int positions_days = 0;
    };

    /// A request with everything that hangs on it.
    struct Request {
        std::int32_t id = 0;
        std::string number;
        std::string user;
        std::optional<std::int32_t> provider;
        std::optional<Instant> ended;     ///< nothing: open for ever
        std::vector<model::Record> rows;  ///< the request first, parents before their children
        std::vector<std::string> files;
    };
    /// A row that may belong to a request and is kept by itself.
    struct Outside {
        model::Record row;
        std::optional<std::size_t> request;  ///< which of `requests`
    };
    struct Position {
        model::Record row;
        Instant at;
        std::int32_t provider = 0;
        std::optional<std::size_t> request;
    };
    /// A row of the retention class kSession.
    struct Timed {
        model::Record row;
        Instant from;      ///< its day begins here
        std::string user;  ///< whose it is; empty when it tells nobody's
    };

    History(std::uint64_t seed, const Extent& extent);

    /// Inserts everything into a migrated database.
    void load(sql::Session& session) const;

    std::vector<model::Record> fixed;  ///< people, providers, catalogue
    std::vector<Request> requests;
    std::vector<Outside> outside;  ///< payments, reviews, promo codes used
    std::vector<Position> positions;
    std::vector<Timed> timed;

private:
    void add_people();
    void add_request(Instant made);
    void add_outside(std::size_t request);
    void add_positions(const Extent& extent);
    void add_sessions(const Extent& extent);

    [[nodiscard]] int below(int limit);
    [[nodiscard]] bool chance(int percent) { return below(100) < percent; }
    [[nodiscard]] std::string words(int most);

    std::mt19937_64 random_;
};

}  // namespace segurifai::testing
