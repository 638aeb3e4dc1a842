#pragma once

#include <functional>
#include <string>
#include <vector>

namespace segurifai::bench {

/// How a claim is judged. Rates: more is better. Times: less is better.
struct Claim {
    std::string name;       ///< "point read, SQLite"
    std::string unit;       ///< "rows/s", "µs"
    std::string peer = {};  ///< what it is held against; empty when it stands alone
    double ratio_min = 0;   ///< ours ÷ peer must reach this; 0 = no such limit
    double value_min = 0;   ///< ours must reach this; 0 = no such limit
    double value_max = 0;   ///< ours must stay below this; 0 = no such limit
};

/// Measures both sides by turns, `rounds` times each after one unmeasured turn, so that whatever
/// the machine does meanwhile strikes both, and prints the medians as one JSON line, which
/// bench/run collects. `ours` and `peer` return one figure a call; `peer` may be empty.
void measure(const Claim& claim, const std::function<double()>& ours,
             const std::function<double()>& peer = {}, int rounds = 5);

/// Seconds that `work` takes.
[[nodiscard]] double seconds(const std::function<void()>& work);

/// The middle of some figures.
[[nodiscard]] double median(std::vector<double> figures);

/// Runs a shell command and returns what it printed; throws when it fails.
[[nodiscard]] std::string output_of(const std::string& command);

/// Throws std::runtime_error with `what` when `ok` is false: a bench never measures a failure.
void require(bool ok, const std::string& what);

}  // namespace segurifai::bench
