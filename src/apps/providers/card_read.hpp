#pragma once

#include <array>
#include <memory>
#include <optional>

#include "apps/keys.hpp"
#include "apps/providers/choices.hpp"
#include "apps/providers/provider_view.hpp"
#include "base/error.hpp"
#include "http/call.hpp"
#include "http/early_read.hpp"
#include "sql/database.hpp"

namespace segurifai::providers {

/// A unit as everybody would be shown it, if it is ACTIVE.
struct CardOfUnit {
    Card card;
    ProviderStatus status = ProviderStatus::kPending;
};

/// The read of a unit's card: a point read, which goes with that of the caller.
class CardRead final : public http::EarlyRead, private sql::RowSink {
public:
    explicit CardRead(ProviderId id) noexcept;

    [[nodiscard]] sql::Asked asked(sql::Engine engine, const Uuid& account) override;
    /// After it was answered: what it found, or nothing.
    [[nodiscard]] Result<std::optional<CardOfUnit>> take();

private:
    bool on_row(const sql::Row& row) override;

    std::array<sql::Value, 1> key_;
    Result<std::optional<CardOfUnit>> found_;
};

/// For routes that answer with card_named(): the read of the unit that the path names, null when it
/// names none.
[[nodiscard]] std::unique_ptr<http::EarlyRead> early_card(const http::Call& call);

/// The unit that the path of such a route names. Refuses with kNotFound when there is none.
[[nodiscard]] Result<CardOfUnit> card_named(const http::Call& call);

}  // namespace segurifai::providers
