#pragma once

#include <string>

#include "migrate/inspect.hpp"

namespace segurifai::migrate {

/// The tables of a live database as descriptions (SEGURIFAI_TABLE), a starting point for a program
/// over a database it did not make: types, keys, unique rules and indexes are guessed from the
/// catalogue; what no description can say stands beside as a comment. Numbers are given in the
/// order found; personal data and retention are left kUnset, because only a person knows them.
[[nodiscard]] std::string describe_live(const LiveSchema& schema);

}  // namespace segurifai::migrate
