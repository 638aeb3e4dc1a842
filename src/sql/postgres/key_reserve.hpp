#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace segurifai::sql::postgres {

/// Keys that were drawn from the sequences of tables and not used yet.
class KeyReserve {
public:
    /// Drawn at once: a draw is a message each way, and what is left when the program ends is lost.
    static constexpr int kDrawn = 32;

    /// The lowest key in reserve for `table`.
    [[nodiscard]] std::optional<std::int64_t> take(std::string_view table) {
        const auto found = keys_.find(table);
        if (found == keys_.end() || found->second.empty()) return std::nullopt;
        const std::int64_t key = found->second.back();
        found->second.pop_back();
        return key;
    }

    void add(std::string_view table, std::vector<std::int64_t> keys) {
        // Drawn later, so higher: they are taken after those that are there.
        std::vector<std::int64_t>& known = keys_[std::string(table)];
        keys.insert(keys.begin(), known.rbegin(), known.rend());
        known.assign(keys.rbegin(), keys.rend());
    }

    /// A server that crashed, or was restored, may give keys again that nobody has stored yet.
    void forget() {
        keys_.clear();
        ++epoch_;
    }

    /// Keys taken before the last forget() are not to be used.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }

private:
    std::map<std::string, std::vector<std::int64_t>, std::less<>> keys_;
    std::uint64_t epoch_ = 1;
};

}  // namespace segurifai::sql::postgres
