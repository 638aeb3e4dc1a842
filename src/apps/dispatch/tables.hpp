#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/dispatch/choices.hpp"
#include "apps/keys.hpp"
#include "base/decimal.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::dispatch {

/// A distance by road, in kilometres with two decimals.
using Kilometres = Decimal<6, 2>;

/// The search for a unit for one request: in which wave it is and when it is looked at again.
struct Search {
    SEGURIFAI_TABLE(Search, {.number = 36,
                             .app = "dispatch",
                             .name = "dispatch_search",
                             .retention = Retention::kRequest,
                             .help = "The search for a unit for one request: in which wave it is "
                                     "and when it is looked at again."})

    SEGURIFAI_COLUMN(1, kNone, SearchId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, assistance::AssistanceRequestId, request_id, .unique = true,
                     .references = "assistance_assistancerequest", .on_delete = OnDelete::kCascade,
                     .help = "The request")
    SEGURIFAI_COLUMN(3, kNone, SearchState, state, .length = 20, .preset = "WAITING",
                     .help = "Where it stands")
    SEGURIFAI_COLUMN(4, kNone, std::int32_t, wave, .preset = 0, .min = "0", .max = "2",
                     .help = "0 = within 10 km, 1 = 25 km, 2 = 50 km")
    SEGURIFAI_COLUMN(5, kNone, std::optional<Instant>, next_at,
                     .help = "When it is looked at again")
    SEGURIFAI_COLUMN(6, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(7, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "due_idx", .columns = {"next_at"}, .where = "next_at IS NOT NULL"},
    };
};

/// A request offered to a unit, for sixty seconds.
struct Offer {
    SEGURIFAI_TABLE(Offer, {.number = 37,
                            .app = "dispatch",
                            .name = "dispatch_offer",
                            .retention = Retention::kRequest,
                            .help = "A request offered to a unit, for sixty seconds."})

    SEGURIFAI_COLUMN(1, kNone, OfferId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, assistance::AssistanceRequestId, request_id,
                     .references = "assistance_assistancerequest", .on_delete = OnDelete::kCascade,
                     .help = "The request")
    SEGURIFAI_COLUMN(3, kReference, providers::ProviderId, provider_id,
                     .references = "providers_provider", .on_delete = OnDelete::kCascade,
                     .help = "The unit")
    SEGURIFAI_COLUMN(4, kNone, std::int32_t, wave, .preset = 0, .min = "0", .max = "2",
                     .help = "Wave it was made in")
    SEGURIFAI_COLUMN(5, kNone, OfferState, state, .length = 20, .preset = "OPEN",
                     .help = "Where it stands")
    SEGURIFAI_COLUMN(6, kNone, Kilometres, distance_km, .min = "0", .help = "Road estimate")
    SEGURIFAI_COLUMN(7, kNone, std::int32_t, eta_minutes, .min = "0",
                     .help = "Estimate when it was made")
    SEGURIFAI_COLUMN(8, kFinancial, Money, pay_base, .min = "0", .help = "Earning by service code")
    SEGURIFAI_COLUMN(9, kFinancial, Money, pay_distance_bonus, .min = "0",
                     .help = "Earning by distance")
    SEGURIFAI_COLUMN(10, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "When it was made")
    SEGURIFAI_COLUMN(11, kNone, Instant, expires_at, .help = "When it lapses")
    SEGURIFAI_COLUMN(12, kNone, std::optional<Instant>, closed_at,
                     .help = "When it stopped being open")
    SEGURIFAI_COLUMN(13, kNone, std::optional<DeclineReason>, decline_reason, .length = 20,
                     .help = "Why it was declined")
    SEGURIFAI_COLUMN(14, kContent, std::string, note, .length = 500, .preset = "",
                     .help = "In the unit's words")

    static constexpr std::array kIndexes{
        model::Index{.name = "request_idx", .columns = {"request_id", "state"}},
        model::Index{.name = "provider_idx", .columns = {"provider_id", "state"}},
        model::Index{.name = "due_idx", .columns = {"expires_at"}, .where = "state = 'OPEN'"},
        model::Index{.name = "open_uniq",
                     .columns = {"request_id", "provider_id"},
                     .unique = true,
                     .where = "state = 'OPEN'"},
    };
};

/// A job: a request in the hands of a unit, step by step.
struct Assignment {
    SEGURIFAI_TABLE(Assignment, {.number = 38,
                                 .app = "dispatch",
                                 .name = "dispatch_assignment",
                                 .retention = Retention::kRequest,
                                 .help = "A job: a request in the hands of a unit, step by step."})

    SEGURIFAI_COLUMN(1, kNone, AssignmentId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, assistance::AssistanceRequestId, request_id,
                     .references = "assistance_assistancerequest", .on_delete = OnDelete::kCascade,
                     .help = "The request")
    SEGURIFAI_COLUMN(3, kReference, providers::ProviderId, provider_id,
                     .references = "providers_provider", .on_delete = OnDelete::kRestrict,
                     .help = "The unit")
    SEGURIFAI_COLUMN(4, kReference, std::optional<OfferId>, offer_id,
                     .references = "dispatch_offer", .on_delete = OnDelete::kSetNull,
                     .help = "The offer it came from")
    SEGURIFAI_COLUMN(5, kReference, std::optional<providers::VehicleId>, vehicle_id,
                     .references = "providers_vehicle", .on_delete = OnDelete::kSetNull,
                     .help = "The vehicle it is done with")
    SEGURIFAI_COLUMN(6, kNone, bool, is_desk, .preset = false,
                     .help = "Worked at a desk: may be one of many")
    SEGURIFAI_COLUMN(7, kNone, Kilometres, distance_km, .min = "0",
                     .help = "Road estimate at acceptance")
    SEGURIFAI_COLUMN(8, kNone, Instant, assigned_at, .help = "Acceptance")
    SEGURIFAI_COLUMN(9, kNone, Instant, promised_at,
                     .help = "The arrival promised: the 80th percentile")
    SEGURIFAI_COLUMN(10, kNone, Instant, arrival_estimate_at,
                     .help = "The arrival as estimated last")
    SEGURIFAI_COLUMN(11, kNone, std::optional<Instant>, departed_at, .help = "On the way")
    SEGURIFAI_COLUMN(12, kNone, std::optional<Instant>, arrived_at, .help = "There")
    SEGURIFAI_COLUMN(13, kNone, bool, arrival_in_doubt, .preset = false,
                     .help = "Declared more than 500 m from the place")
    SEGURIFAI_COLUMN(14, kNone, std::int32_t, near_fixes, .preset = 0, .min = "0",
                     .help = "Positions in a row within 50 m of the place")
    SEGURIFAI_COLUMN(15, kNone, std::optional<Instant>, started_at, .help = "Work began")
    SEGURIFAI_COLUMN(16, kNone, std::optional<Instant>, ended_at,
                     .help = "Completed, withdrawn or cancelled; NULL = the active job")
    SEGURIFAI_COLUMN(17, kContent, std::string, end_reason, .length = 500, .preset = "",
                     .help = "Why it ended without completion")
    SEGURIFAI_COLUMN(18, kNone, std::optional<Outcome>, outcome, .length = 20,
                     .help = "How it ended")
    SEGURIFAI_COLUMN(19, kContent, std::string, completion_notes, .length = 2000, .preset = "",
                     .help = "The completion form: notes")
    SEGURIFAI_COLUMN(20, kReference, Json, photo_document_ids, .preset = "[]",
                     .json = JsonKind::kArray, .help = "The completion form: photographs")
    SEGURIFAI_COLUMN(21, kReference, std::optional<assistance::RequestDocumentId>,
                     signature_document_id, .references = "assistance_requestdocument",
                     .on_delete = OnDelete::kSetNull, .help = "The completion form: signature")
    SEGURIFAI_COLUMN(22, kFinancial, Money, pay_base, .preset = "0.00", .min = "0",
                     .help = "Earning by service code")
    SEGURIFAI_COLUMN(23, kFinancial, Money, pay_distance_bonus, .preset = "0.00", .min = "0",
                     .help = "Earning by distance")
    SEGURIFAI_COLUMN(24, kNone, std::optional<Instant>, near_at,
                     .help = "First position within 500 m of the place")

    static constexpr std::array kIndexes{
        model::Index{.name = "active_unit_uniq",
                     .columns = {"provider_id"},
                     .unique = true,
                     .where = "ended_at IS NULL AND NOT is_desk"},
        model::Index{.name = "active_request_uniq",
                     .columns = {"request_id"},
                     .unique = true,
                     .where = "ended_at IS NULL"},
        model::Index{.name = "provider_idx", .columns = {"provider_id", "assigned_at"}},
        model::Index{.name = "request_idx", .columns = {"request_id"}},
        model::Index{.name = "offer_idx", .columns = {"offer_id"}},
        model::Index{.name = "signature_idx", .columns = {"signature_document_id"}},
    };
};

/// Why a request was offered to whom: the candidates and their costs.
struct Decision {
    SEGURIFAI_TABLE(Decision,
                    {.number = 39,
                     .app = "dispatch",
                     .name = "dispatch_decision",
                     .retention = Retention::kRequest,
                     .help = "Why a request was offered to whom: the candidates and their costs."})

    SEGURIFAI_COLUMN(1, kNone, DecisionId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, assistance::AssistanceRequestId, request_id,
                     .references = "assistance_assistancerequest", .on_delete = OnDelete::kCascade,
                     .help = "The request")
    SEGURIFAI_COLUMN(3, kNone, Policy, policy, .length = 20, .help = "How units were chosen")
    SEGURIFAI_COLUMN(4, kNone, std::int32_t, wave, .preset = 0, .min = "0", .max = "2",
                     .help = "Wave")
    SEGURIFAI_COLUMN(5, kNone, Instant, at, .help = "When")
    SEGURIFAI_COLUMN(6, kReference, Json, candidates, .preset = "[]", .json = JsonKind::kArray,
                     .help = "Units with distance, estimate, and what spoke against them")
    SEGURIFAI_COLUMN(7, kReference, Json, chosen, .preset = "[]", .json = JsonKind::kArray,
                     .help = "Those that got an offer")

    static constexpr std::array kIndexes{
        model::Index{.name = "request_idx", .columns = {"request_id"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::dispatch
