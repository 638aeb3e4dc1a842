// users.me.archive and admin.user.archive (API §2.3, §2.13).

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "apps/users/api.hpp"
#include "apps/users/archiving.hpp"
#include "http/route.hpp"

namespace segurifai::users {
namespace {

constexpr int kReasonLength = 500;

struct ArchiveOwnIn {
    static constexpr std::string_view kShape = "AccountDeletion";
    std::optional<std::string> password;
    std::optional<std::string> proof;
    std::optional<std::string> reason;

    static consteval auto fields() {
        return std::array{
            http::field<&ArchiveOwnIn::password>("password", {.length = 1024, .verbatim = true}),
            http::field<&ArchiveOwnIn::proof>("proof", {.length = 200, .help = "of CONFIRM"}),
            http::field<&ArchiveOwnIn::reason>("reason", {.length = kReasonLength}),
        };
    }
};

struct ArchiveOtherIn {
    static constexpr std::string_view kShape = "AccountArchiving";
    std::string reason;

    static consteval auto fields() {
        return std::array{http::field<&ArchiveOtherIn::reason>(
            "reason", {.length = kReasonLength, .length_min = 1})};
    }
};

Task<Result<http::NoContent>> archive_me(http::Call& call, ArchiveOwnIn in) {
    SEGURIFAI_CO_TRY(co_await archive_own(call, std::move(in.password), std::move(in.proof),
                                          std::move(in.reason).value_or("")));
    co_return http::NoContent{};
}

Task<Result<http::NoContent>> archive_user(http::Call& call, ArchiveOtherIn in) {
    SEGURIFAI_CO_TRY_AS(const Uuid key, call.path_uuid());
    SEGURIFAI_CO_TRY(co_await archive_other(call, UserId{key}, std::move(in.reason)));
    co_return http::NoContent{};
}

constexpr std::array kOwnRefusals{Refusal::kOpenRequest, Refusal::kPaymentPending,
                                  Refusal::kCodeInvalid, Refusal::kTooManyAttempts};
constexpr std::array kOtherRefusals{Refusal::kOpenRequest, Refusal::kPaymentPending};

}  // namespace

std::vector<http::Route> archive_routes() {
    return {http::remove<&archive_me>("/api/users/me/", "users.me.archive",
                                      {.summary = "Delete the caller's account",
                                       .status = 204,
                                       .from_body = true,
                                       .refusals = kOwnRefusals}),
            http::remove<&archive_user>("/api/admin/users/{id}/", "admin.user.archive",
                                        {.summary = "Delete somebody's account",
                                         .status = 204,
                                         .if_match = true,
                                         .from_body = true,
                                         .refusals = kOtherRefusals})};
}

}  // namespace segurifai::users
