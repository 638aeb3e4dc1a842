#include "http/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace segurifai::http {

struct Metrics::Cell {
    std::array<std::atomic<std::uint64_t>, kBoundsMicros.size() + 1> buckets{};
    std::atomic<std::uint64_t> micros{0};
};

struct alignas(64) Metrics::Shard {
    std::vector<Cell> cells;
    explicit Shard(std::size_t size) : cells(size) {}
};

namespace {

/// Which shard this thread writes into.
std::size_t number_of_thread() noexcept {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number;
}

/// What all shards hold of one operation and class.
struct Sum {
    std::array<std::uint64_t, Metrics::kBoundsMicros.size() + 1> buckets{};
    std::uint64_t micros = 0;
    std::uint64_t calls = 0;
};

}  // namespace

Metrics::Metrics(std::span<const std::string_view> operations)
    : operations_(operations.begin(), operations.end()) {
    operations_.emplace_back("none");
    for (std::size_t i = 0; i < kShards; ++i)
        shards_.push_back(std::make_unique<Shard>(operations_.size() * kClasses));
}

Metrics::~Metrics() = default;

Metrics::Cell& Metrics::cell(Shard& shard, std::size_t operation, std::size_t status_class) const {
    return shard.cells[operation * kClasses + status_class];
}

void Metrics::count(std::size_t operation, int status, std::int64_t micros) noexcept {
    operation = std::min(operation, operations_.size() - 1);
    const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
    Cell& mine = cell(*shards_[number_of_thread() % kShards], operation, status_class);
    const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(kBoundsMicros, micros) -
                                                 kBoundsMicros.begin());
    mine.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
    mine.micros.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, micros)),
                          std::memory_order_relaxed);
}

std::uint64_t Metrics::total(int status_class) const noexcept {
    std::uint64_t calls = 0;
    const auto its_class = static_cast<std::size_t>(std::clamp(status_class, 1, 5) - 1);
    for (const auto& shard : shards_)
        for (std::size_t operation = 0; operation < operations_.size(); ++operation)
            for (const auto& bucket : cell(*shard, operation, its_class).buckets)
                calls += bucket.load(std::memory_order_relaxed);
    return calls;
}

std::string Metrics::expose() const {
    std::string counts =
        "# HELP segurifai_http_requests_total Calls answered.\n"
        "# TYPE segurifai_http_requests_total counter\n";
    std::string times =
        "# HELP segurifai_http_request_seconds Time from the complete request to its answer.\n"
        "# TYPE segurifai_http_request_seconds histogram\n";
    for (std::size_t operation = 0; operation < operations_.size(); ++operation) {
        for (std::size_t status_class = 0; status_class < kClasses; ++status_class) {
            Sum sum;
            for (const auto& shard : shards_) {
                const Cell& one = cell(*shard, operation, status_class);
                for (std::size_t i = 0; i < sum.buckets.size(); ++i)
                    sum.buckets[i] += one.buckets[i].load(std::memory_order_relaxed);
                sum.micros += one.micros.load(std::memory_order_relaxed);
            }
            for (const std::uint64_t calls : sum.buckets) sum.calls += calls;
            if (sum.calls == 0) continue;
            const std::string labels = fmt::format("operation=\"{}\",status=\"{}xx\"",
                                                   operations_[operation], status_class + 1);
            counts += fmt::format("segurifai_http_requests_total{{{}}} {}\n", labels, sum.calls);
            std::uint64_t below = 0;
            for (std::size_t i = 0; i < sum.buckets.size(); ++i) {
                below += sum.buckets[i];
                const std::string bound =
                    i < kBoundsMicros.size()
                        ? fmt::format("{}", static_cast<double>(kBoundsMicros[i]) / 1e6)
                        : "+Inf";
                times += fmt::format("segurifai_http_request_seconds_bucket{{{},le=\"{}\"}} {}\n",
                                     labels, bound, below);
            }
            times += fmt::format("segurifai_http_request_seconds_sum{{{}}} {}\n", labels,
                                 static_cast<double>(sum.micros) / 1e6);
            times +=
                fmt::format("segurifai_http_request_seconds_count{{{}}} {}\n", labels, sum.calls);
        }
    }
    return counts + times;
}

}  // namespace segurifai::http
