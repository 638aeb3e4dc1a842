#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace segurifai::sql::postgres {

/// Keys that were drawn from the sequences of tables and not used yet.
class KeyReserve {
public:
    /// Drawn at once: a draw is a message each way, and what is left when the program ends is lost.
    static constexpr int kDrawn = 32;

    /// The lowest key in reserve for `table`.
    [[nodiscard]] std::optional<std::int64_t> take(std::string_view table) {
        const auto found = tables_.find(table);
        if (found == tables_.end() || found->second.keys.empty()) return std::nullopt;
        Keys& known = found->second;
        const std::int64_t key = known.keys.back();
        known.keys.pop_back();
        known.last = std::max(known.last, key);
        return key;
    }

    /// Of those that were drawn at the same moment the later may come first. What is below a key
    /// that was taken is dropped, so that the rows of a transaction stay in their order; one is
    /// left, for who drew it.
    void add(std::string_view table, const std::vector<std::int64_t>& drawn) {
        Keys& known = tables_[std::string(table)];
        known.keys.insert(known.keys.end(), drawn.begin(), drawn.end());
        std::ranges::sort(known.keys, std::greater<>());
        while (known.keys.size() > 1 && known.keys.back() <= known.last) known.keys.pop_back();
    }

    /// A server that crashed, or was restored, may give keys again that nobody has stored yet.
    void forget() {
        tables_.clear();
        ++epoch_;
    }

    /// Keys taken before the last forget() are not to be used.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }

private:
    struct Keys {
        std::vector<std::int64_t> keys;                                ///< the lowest last
        std::int64_t last = std::numeric_limits<std::int64_t>::min();  ///< the highest taken
    };

    std::map<std::string, Keys, std::less<>> tables_;
    std::uint64_t epoch_ = 1;
};

}  // namespace segurifai::sql::postgres
