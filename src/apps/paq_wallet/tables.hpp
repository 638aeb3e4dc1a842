#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "apps/paq_wallet/choices.hpp"
#include "base/decimal.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::paq_wallet {

/// User wallet connections.
struct PaqWalletLink {
    SEGURIFAI_TABLE(PaqWalletLink, {.number = 12,
                                    .app = "paq_wallet",
                                    .name = "paq_wallet_paqwalletlink",
                                    .retention = Retention::kAccount,
                                    .help = "User wallet connections."})

    SEGURIFAI_COLUMN(1, kNone, PaqWalletLinkId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, users::UserId, user_id, .unique = true,
                     .references = "users_user", .on_delete = OnDelete::kCascade,
                     .help = "User account")
    SEGURIFAI_COLUMN(3, kFinancial, std::string, wallet_id, .unique = true, .length = 100,
                     .help = "PAQ Wallet ID")
    SEGURIFAI_COLUMN(4, kCredential, std::string, wallet_token, .length = 500, .preset = "",
                     .help = "Sealed token of the wallet")
    SEGURIFAI_COLUMN(5, kNone, bool, is_verified, .preset = false, .help = "Verification status")
    SEGURIFAI_COLUMN(6, kNone, Instant, linked_at, .auto_time = AutoTime::kInsert,
                     .help = "Link timestamp")
    SEGURIFAI_COLUMN(7, kNone, std::optional<Instant>, last_sync, .help = "Last sync time")
};

/// Payment transactions.
struct PaqTransaction {
    SEGURIFAI_TABLE(PaqTransaction, {.number = 13,
                                     .app = "paq_wallet",
                                     .name = "paq_wallet_paqtransaction",
                                     .retention = Retention::kLedger,
                                     .help = "Payment transactions."})

    SEGURIFAI_COLUMN(1, kNone, PaqTransactionId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, std::string, transaction_id, .unique = true, .length = 100,
                     .help = "PAQ transaction ID")
    SEGURIFAI_COLUMN(3, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kRestrict, .help = "User")
    SEGURIFAI_COLUMN(4, kReference, std::optional<assistance::AssistanceRequestId>,
                     assistance_request_id, .references = "assistance_assistancerequest",
                     .on_delete = OnDelete::kSetNull, .help = "Related request")
    SEGURIFAI_COLUMN(5, kFinancial, TransactionType, transaction_type, .length = 20,
                     .help = "Which way the money goes")
    SEGURIFAI_COLUMN(6, kFinancial, Money, amount, .min = "0", .help = "Amount (GTQ)")
    SEGURIFAI_COLUMN(7, kFinancial, TransactionStatus, status, .length = 20,
                     .help = "Where the transaction stands")
    SEGURIFAI_COLUMN(8, kFinancial, std::string, description, .preset = "", .help = "Description")
    SEGURIFAI_COLUMN(9, kFinancial, Json, metadata, .preset = "{}", .json = JsonKind::kObject,
                     .help = "What the payment buys, and the answers of PAQ")
    SEGURIFAI_COLUMN(10, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(11, kNone, std::optional<Instant>, processed_at, .help = "Processing time")

    static constexpr std::array kIndexes{
        model::Index{.name = "request_idx", .columns = {"assistance_request_id"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::paq_wallet
