#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/geography.hpp"
#include "apps/providers/fleet_tables.hpp"
#include "apps/providers/tables.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/caller.hpp"
#include "http/shape.hpp"
#include "sql/database.hpp"

// How a unit is shown (API §2.5): as a card to everybody, in full to itself, OPERATIONS and
// SUPPORT.

namespace segurifai::providers {

/// What everybody signed in may see of an ACTIVE unit.
struct Card {
    static constexpr std::string_view kShape = "ProviderCard";
    ProviderId id;
    std::string company_name;
    std::string city;
    std::string state;
    StarAverage rating;
    std::int32_t total_reviews = 0;
    std::int32_t total_completed = 0;
    bool is_available = false;
    std::vector<std::string> capabilities;  ///< codes approved by operations
    Instant member_since;
    static consteval auto fields() {
        return std::array{http::field<&Card::id>("id"),
                          http::field<&Card::company_name>("company_name"),
                          http::field<&Card::city>("city"),
                          http::field<&Card::state>("state"),
                          http::field<&Card::rating>("rating"),
                          http::field<&Card::total_reviews>("total_reviews"),
                          http::field<&Card::total_completed>("total_completed"),
                          http::field<&Card::is_available>("is_available"),
                          http::field<&Card::capabilities>("capabilities"),
                          http::field<&Card::member_since>("member_since")};
    }
};

struct CapabilityView {
    static constexpr std::string_view kShape = "ProviderCapability";
    std::string code;
    bool approved = false;
    static consteval auto fields() {
        return std::array{http::field<&CapabilityView::code>("code"),
                          http::field<&CapabilityView::approved>("approved")};
    }
};

struct VehicleView {
    static constexpr std::string_view kShape = "ProviderVehicle";
    Vehicle vehicle;
    static consteval auto fields() {
        return std::array{
            http::row<&VehicleView::vehicle>({.leave_out = "provider_id created_at updated_at"})};
    }
};

struct LocationView {
    static constexpr std::string_view kShape = "ProviderLocation";
    ProviderLocation location;
    static consteval auto fields() {
        return std::array{http::row<&LocationView::location>({.leave_out = "id provider_id"})};
    }
};

struct Full {
    static constexpr std::string_view kShape = "Provider";
    Provider provider;
    http::Maybe<std::string> verification_notes;  ///< OPERATIONS only
    std::vector<VehicleView> vehicles;
    std::optional<LocationView> location;  ///< nothing until a position has come
    std::vector<CapabilityView> capabilities;
    static consteval auto fields() {
        return std::array{http::row<&Full::provider>({.leave_out = "verification_notes"}),
                          http::field<&Full::verification_notes>("verification_notes"),
                          http::field<&Full::vehicles>("vehicles"),
                          http::field<&Full::location>("location"),
                          http::field<&Full::capabilities>("capabilities")};
    }
};

/// When a location row was made from the headquarters and no position has come yet: nothing was
/// ever heard. Long ago, so that the first real position is never too far from it to be believed.
inline constexpr Instant kNeverHeard{0};

/// Who sees verification_notes.
[[nodiscard]] inline bool sees_notes(const http::Caller& caller) noexcept {
    return caller.has(http::Scope::kOperations) || caller.has(http::Scope::kAuditor);
}

/// Adds to each card the codes approved for its unit, in alphabetical order: point reads, all at
/// once.
[[nodiscard]] Task<Result<void>> add_approved_codes(sql::Executor& executor,
                                                    std::span<Card* const> cards);

/// Everything of a unit that `caller` may see. `provider` was read by the same executor.
[[nodiscard]] Task<Result<Full>> full_of(sql::Executor& executor, Provider provider,
                                         http::Caller caller);

/// The same by key. kNotFound when there is no such unit.
[[nodiscard]] Task<Result<Full>> find_full(sql::Executor& executor, ProviderId id,
                                           http::Caller caller);

/// The entity tag of a unit in full. Its live position does not count: a unit that drives would
/// change under everybody who edits it.
[[nodiscard]] std::string etag_of_full(Full view);

/// Where the headquarters are, when both coordinates are there.
[[nodiscard]] std::optional<apps::Position> headquarters_of(const Provider& provider);

/// The unit, its row held until the transaction ends (SQLite has one writer). kNotFound without it.
[[nodiscard]] Task<Result<Provider>> hold_provider(sql::Transaction& transaction, ProviderId id);

}  // namespace segurifai::providers
