#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace segurifai::http {

/// Counts of calls by operation and class of status, with their times, as Prometheus reads them.
/// The labels are the operations given at start, so memory is bounded; a thread writes into a
/// shard of its own.
class Metrics {
public:
    /// Upper bounds of the histogram in microseconds; one more bucket holds the rest.
    static constexpr std::array<std::int64_t, 14> kBoundsMicros{
        25,    50,     100,    250,    500,     1'000,   2'500,
        5'000, 10'000, 25'000, 50'000, 100'000, 500'000, 2'500'000};
    static constexpr std::size_t kClasses = 5;  ///< 1xx … 5xx

    /// `operations` stay alive (they are constants of the routes). A call of none of them is
    /// counted as "none".
    explicit Metrics(std::span<const std::string_view> operations);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// Counts one answered call. `operation` is an index into what the constructor was given;
    /// anything past it counts as "none".
    void count(std::size_t operation, int status, std::int64_t micros) noexcept;

    /// Calls answered with a status of that class (2 = 2xx), all operations together.
    [[nodiscard]] std::uint64_t total(int status_class) const noexcept;

    /// Everything in the text format of Prometheus: segurifai_http_requests_total and
    /// segurifai_http_request_seconds. Series without a call are left out.
    [[nodiscard]] std::string expose() const;

private:
    struct Cell;
    struct Shard;
    static constexpr std::size_t kShards = 16;

    [[nodiscard]] Cell& cell(Shard& shard, std::size_t operation, std::size_t status_class) const;

    std::vector<std::string_view> operations_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace segurifai::http
