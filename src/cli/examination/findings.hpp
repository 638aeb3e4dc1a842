#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace segurifai::cli {

/// How bad it is; worse is greater.
enum class Level : std::uint8_t {
    kWell,
    kWarning,  ///< works, and will not for ever
    kFault,    ///< something is broken, open to others, or can be lost
};

/// "ok", "warning", "fault"
[[nodiscard]] std::string_view name_of(Level level) noexcept;

/// What was found at one place of an installation.
struct Finding {
    Level level = Level::kFault;
    std::string_view area;     ///< "data folder"
    std::string what;          ///< a sentence
    std::string command = {};  ///< what puts it right, for the shell; empty: the sentence says it
};

/// "var can be read by others; run: chmod go= var"
[[nodiscard]] std::string sentence_of(const Finding& finding);

/// Everything that was found, in the order in which it was looked for; each on one line.
class Findings {
public:
    void well(std::string_view area, std::string what);
    void warn(std::string_view area, std::string what, std::string command = {});
    void fault(std::string_view area, std::string what, std::string command = {});

    [[nodiscard]] std::span<const Finding> all() const noexcept { return all_; }
    [[nodiscard]] std::size_t count(Level level) const noexcept;
    /// Whether nothing of that area is worse than well.
    [[nodiscard]] bool is_well(std::string_view area) const noexcept;

private:
    void add(Finding finding);

    std::vector<Finding> all_;
};

}  // namespace segurifai::cli
