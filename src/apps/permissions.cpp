#include "apps/permissions.hpp"

#include <array>

namespace segurifai::apps {

std::span<const http::Permission> permissions() noexcept {
    using namespace http;
    static constexpr auto kTable = std::to_array<Permission>({
        {"admin.provider.decide", kOperations},
        {"admin.subscription.grant", kFinance},
        {"admin.user.archive", kSuperuser},
        {"auth.otp.request", kAnyone},
        {"auth.otp.verify", kAnyone},
        {"auth.password_reset", kAnyone},
        {"auth.token", kAnyone},
        {"auth.token.logout", kSignedIn},
        {"auth.token.refresh", kAnyone},
        {"auth.token.verify", kAnyone},
        {"dispatch.accept", kUnit},
        {"dispatch.arrived", kJob},
        {"dispatch.complete", kJob},
        {"dispatch.decline", kUnit},
        {"dispatch.depart", kJob},
        {"dispatch.job", kJob},
        {"dispatch.jobs", kUnit},
        {"dispatch.offers", kUnit},
        {"dispatch.start", kJob},
        {"dispatch.withdraw", kJob},
        {"docs.upload", kOwn | kJob | kSupport},
        {"platform.docs", kAnyone},
        {"platform.health", kAnyone},
        {"platform.live", kAnyone},
        {"platform.metrics", kAnyone},
        {"platform.ping", kAnyone},
        {"platform.ready", kAnyone},
        {"platform.schema", kAnyone},
        {"platform.start", kAnyone},
        {"platform.style", kAnyone},
        {"providers.apply", kOwn},
        {"providers.availability", kUnit},
        {"providers.detail", kSignedIn | kUnit | kOperations | kSupport},
        {"providers.location", kUnit},
        {"providers.me", kUnit},
        {"providers.nearby", kOwn | kOperations | kSupport},
        {"providers.update", kUnit | kOperations},
        {"requests.cancel", kOwn | kOperations | kSupport},
        {"requests.create", kOwn | kSupport},
        {"requests.detail", kOwn | kJob | kOperations | kSupport | kFinance},
        {"requests.list", kOwn | kJob | kOperations | kSupport},
        {"requests.updates", kOwn | kJob | kOperations | kSupport},
        {"requests.updates.add", kOwn | kJob | kOperations | kSupport},
        {"reviews.create", kOwn},
        {"reviews.list", kSignedIn},
        {"services.categories", kAnyone},
        {"services.coverage", kOwn | kSupport},
        {"services.plan", kAnyone},
        {"services.plans", kAnyone},
        {"services.subscriptions", kOwn | kSupport | kFinance | kOperations},
        {"tracking.snapshot", kOwn | kJob | kOperations | kSupport},
        {"users.me", kSignedIn},
        {"users.me.archive", kOwn},
        {"users.me.update", kSignedIn},
        {"users.password", kSignedIn},
        {"users.register", kAnyone},
        {"users.sessions", kSignedIn},
        {"users.sessions.end", kSignedIn},
        {"users.sessions.end_others", kSignedIn},
    });
    return kTable;
}

}  // namespace segurifai::apps
