#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/providers/provider_view.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"
#include "model/codec.hpp"

// What OPERATIONS decide of a unit (API §2.13, admin.provider.decide).

namespace segurifai::providers {

enum class Verdict : std::uint8_t { kActive, kSuspended };

}  // namespace segurifai::providers

namespace segurifai::model {

template <>
inline constexpr std::array kWords<providers::Verdict>{std::string_view("ACTIVE"),
                                                       std::string_view("SUSPENDED")};

}  // namespace segurifai::model

namespace segurifai::providers {

/// Which papers were looked at.
struct SeenPapers {
    static constexpr std::string_view kShape = "SeenPapers";
    bool license = false;
    bool certificate = false;
    bool insurance = false;
    static consteval auto fields() {
        return std::array{http::field<&SeenPapers::license>("license"),
                          http::field<&SeenPapers::certificate>("certificate"),
                          http::field<&SeenPapers::insurance>("insurance")};
    }
};

struct Decision {
    static constexpr std::string_view kShape = "ProviderDecision";
    Verdict status = Verdict::kActive;
    std::optional<SeenPapers> seen;
    std::optional<std::string> verification_notes;
    static consteval auto fields() {
        return std::array{
            http::field<&Decision::status>("status"),
            http::field<&Decision::seen>("seen",
                                         {.help = "All true, for the first time it is ACTIVE"}),
            http::field<&Decision::verification_notes>("verification_notes", {.length = 4'000})};
    }
};

/// admin.provider.decide, under If-Match. The first ACTIVE makes the account a PROVIDER, approves
/// what the unit asked for and gives it a place at its headquarters, offline; a suspension takes it
/// off duty and withdraws its offers. kInvalidTransition, kEvidenceMissing; kOpenRequest approving
/// who waits for help as a member, who could neither see nor cancel it any more; kUnitBusy
/// suspending a unit that has a job.
[[nodiscard]] Task<Result<Full>> decide(http::Call& call, Decision decision);

/// Whether the account waits for help as a member: it neither applies nor is approved meanwhile.
[[nodiscard]] Task<Result<bool>> has_open_request(sql::Executor& executor, users::UserId user_id);

/// Tells through the outbox that a unit's status is another one (`provider.status_changed`); `from`
/// is nothing for one that has just applied.
[[nodiscard]] Task<Result<void>> publish_status(sql::Transaction& transaction, Instant at,
                                                ProviderId id, std::optional<ProviderStatus> from,
                                                ProviderStatus to);

}  // namespace segurifai::providers
