#pragma once

#include <map>
#include <string>
#include <vector>

#include "migrate/bookkeeping.hpp"
#include "migrate/executor.hpp"
#include "migrate/lease.hpp"

namespace segurifai::migrate {

/// One migration's steps and the statements that record it.
struct Work {
    const Migration* migration = nullptr;
    Direction direction = Direction::kForwards;
    std::vector<Step> steps;
    std::string record;  ///< run with the last step, in its transaction
};

/// Carries steps out: what is transactional of a migration in one transaction with its record;
/// what is not, journalled one by one.
class Runner {
public:
    Runner(sql::Session& session, Clock& clock, Random& random, Lease& lease,
           const ExecutorOptions& options)
        : session_(session), clock_(clock), random_(random), lease_(lease), options_(options) {}

    [[nodiscard]] Result<void> run(const Work& work);
    /// Goes on where a killed runner stopped.
    [[nodiscard]] Result<void> resume(const bookkeeping::Journal& journal, std::string record);
    /// Many migrations in one transaction, for a database in which nothing is yet. False when one
    /// of them failed: nothing was done, and run() will say why.
    [[nodiscard]] Result<bool> run_together(std::span<const Work> works);

private:
    using Entries = std::vector<bookkeeping::Journal::Entry>;

    /// A stretch of steps [from, to) that share a transaction.
    struct Stretch {
        std::size_t from = 0;
        std::size_t to = 0;
    };

    [[nodiscard]] Result<void> run_journalled(const std::string& name, const Entries& entries,
                                              const std::string& record);
    [[nodiscard]] Result<void> in_transaction(const std::string& name, const Entries& entries,
                                              Stretch stretch, const std::string& after);
    [[nodiscard]] Result<void> transaction_once(const std::string& name, const Entries& entries,
                                                Stretch stretch, const std::string& after);
    [[nodiscard]] Result<void> alone(const std::string& name, const Entries& entries,
                                     std::size_t position);
    [[nodiscard]] Result<void> alone_once(const std::string& name, const Entries& entries,
                                          std::size_t position);
    [[nodiscard]] Result<void> run_batches(const std::string& name, const Entries& entries,
                                           std::size_t position);
    [[nodiscard]] Result<bool> is_index_ready(const std::string& index, bool& invalid);
    [[nodiscard]] Result<void> run_step(const std::string& name, const Step& step);
    [[nodiscard]] Result<void> rebuild(const Step& step);
    [[nodiscard]] Result<std::map<std::string, std::int64_t>> row_counts();
    [[nodiscard]] Result<void> set_foreign_keys(bool on);
    [[nodiscard]] Result<void> check_foreign_keys();
    [[nodiscard]] Result<void> set_lock_timeout(std::chrono::milliseconds timeout);
    void tell(const std::string& name, const Entries& entries, std::size_t position,
              std::int64_t rows = 0) const;
    void pause(int attempt);

    template <class Try>
    [[nodiscard]] Result<void> with_retries(Try attempt);

    sql::Session& session_;
    Clock& clock_;
    Random& random_;
    Lease& lease_;
    const ExecutorOptions& options_;
};

}  // namespace segurifai::migrate
