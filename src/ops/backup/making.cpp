#include "ops/backup/making.hpp"

#include "ops/backup/backups.hpp"

namespace segurifai::backup {
namespace {

using Made = std::optional<StoredFile>;

Result<Made> make_here(Shipper& shipper, Wish wish) {
    if (wish == Wish::kIncrement && !shipper.needs_full()) {
        SEGURIFAI_TRY(shipper.cut());
        return make_increment(shipper.repository());
    }
    SEGURIFAI_TRY_AS(Snapshot snapshot, shipper.snapshot());
    SEGURIFAI_TRY_AS(StoredFile made, make_full(shipper.repository(), snapshot));
    shipper.full_is_made(snapshot.generation);
    return Made(std::move(made));
}

/// The newest file of the kind.
Result<Made> newest_of(const Repository& repository, Wish wish) {
    SEGURIFAI_TRY_AS(const auto newest, repository.newest());
    if (!newest) return Made();
    const auto& files = wish == Wish::kFull ? newest->fulls : newest->increments;
    return files.empty() ? Made() : Made(files.back());
}

Result<Made> ask_server(const Repository& repository, Wish wish, const MakingOptions& options) {
    SEGURIFAI_TRY_AS(const auto before, newest_of(repository, wish));
    SEGURIFAI_TRY(wish_for(repository, wish, options.patience, options.stopped));
    SEGURIFAI_TRY_AS(auto after, newest_of(repository, wish));
    if (before && after && before->name == after->name) after.reset();
    return after;
}

}  // namespace

Result<Made> make_backup(const Repository& repository, Wish wish, const MakingOptions& options,
                         Clock& clock) {
    if (options.is_served) return ask_server(repository, wish, options);
    ShipperOptions shipping{.database = options.database};
    shipping.report = options.report;
    auto shipper = Shipper::start(repository, std::move(shipping), clock);
    if (shipper) return make_here(**shipper, wish);
    if (shipper.error().code != Code::kBusy) return std::unexpected(std::move(shipper).error());
    options.report(Loudness::kNote, "The server is asked for it.");
    return ask_server(repository, wish, options);
}

}  // namespace segurifai::backup
