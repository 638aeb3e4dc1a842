#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace segurifai::pgbackrest {

/// What is wrong according to the words of `pgbackrest verify`, a sentence each with the file it is
/// about; empty = nothing. Its exit status is 0 in either case.
[[nodiscard]] std::vector<std::string> faults_in(std::string_view said);

/// The names of the log files from `first` to `last`, both included, that are not among `present`.
/// A name is 24 hexadecimal digits: timeline, number, part; `parts` is how many parts a number has
/// (4 GiB divided by the server's wal_segment_size). Where the timeline changes in between, of the
/// earlier one only the files before its last present one are expected.
[[nodiscard]] std::vector<std::string> missing_logs(const std::set<std::string>& present,
                                                    const std::string& first,
                                                    const std::string& last, std::uint64_t parts);

}  // namespace segurifai::pgbackrest
