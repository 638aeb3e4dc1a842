#pragma once

#include "base/id.hpp"
#include "base/uuid.hpp"

// The primary keys of every table, so that a table may point at another app's without including
// its description.

namespace segurifai::users {
struct User;
using UserId = Id<User, Uuid>;
}  // namespace segurifai::users

namespace segurifai::services {
struct ServiceCategory;
struct ServicePlan;
struct UserService;
using ServiceCategoryId = Id<ServiceCategory>;
using ServicePlanId = Id<ServicePlan>;
using UserServiceId = Id<UserService>;
}  // namespace segurifai::services

namespace segurifai::providers {
struct Provider;
struct ProviderLocation;
struct ProviderLocationHistory;
struct ProviderReview;
using ProviderId = Id<Provider>;
using ProviderLocationId = Id<ProviderLocation>;
using ProviderLocationHistoryId = Id<ProviderLocationHistory>;
using ProviderReviewId = Id<ProviderReview>;
}  // namespace segurifai::providers

namespace segurifai::assistance {
struct AssistanceRequest;
struct RequestUpdate;
struct RequestDocument;
using AssistanceRequestId = Id<AssistanceRequest>;
using RequestUpdateId = Id<RequestUpdate>;
using RequestDocumentId = Id<RequestDocument>;
}  // namespace segurifai::assistance

namespace segurifai::paq_wallet {
struct PaqWalletLink;
struct PaqTransaction;
using PaqWalletLinkId = Id<PaqWalletLink>;
using PaqTransactionId = Id<PaqTransaction>;
}  // namespace segurifai::paq_wallet

namespace segurifai::gamification {
struct EducationalModule;
struct QuizQuestion;
struct Achievement;
struct UserPoints;
struct UserAchievement;
struct UserProgress;
using EducationalModuleId = Id<EducationalModule>;
using QuizQuestionId = Id<QuizQuestion>;
using AchievementId = Id<Achievement>;
using UserPointsId = Id<UserPoints>;
using UserAchievementId = Id<UserAchievement>;
using UserProgressId = Id<UserProgress>;
}  // namespace segurifai::gamification

namespace segurifai::promotions {
struct PromoCode;
struct PromoCodeUsage;
using PromoCodeId = Id<PromoCode>;
using PromoCodeUsageId = Id<PromoCodeUsage>;
}  // namespace segurifai::promotions
