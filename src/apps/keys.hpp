#pragma once

#include "base/id.hpp"
#include "base/uuid.hpp"

// The primary keys of every table, so that a table may point at another app's without including
// its description.

namespace segurifai::audit {
struct AuditEvent;
struct AuditSegment;
using AuditEventId = Id<AuditEvent, std::int64_t>;
using AuditSegmentId = Id<AuditSegment>;
}  // namespace segurifai::audit

namespace segurifai::events {
struct OutboxEvent;
using OutboxEventId = Id<OutboxEvent, std::int64_t>;
}  // namespace segurifai::events

namespace segurifai::sessions {
struct Session;
struct RefreshToken;
struct OneTimeCode;
struct Proof;
struct SignInFailure;
using SessionId = Id<Session, Uuid>;
using RefreshTokenId = Id<RefreshToken, std::int64_t>;
using OneTimeCodeId = Id<OneTimeCode, std::int64_t>;
using ProofId = Id<Proof, std::int64_t>;
using SignInFailureId = Id<SignInFailure, std::int64_t>;
}  // namespace segurifai::sessions

namespace segurifai::platform {
struct IdempotencyKey;
using IdempotencyKeyId = Id<IdempotencyKey, std::int64_t>;
}  // namespace segurifai::platform

namespace segurifai::jobs {
struct Job;
struct ScheduledKind;
using JobId = Id<Job>;
using ScheduledKindId = Id<ScheduledKind>;
}  // namespace segurifai::jobs

namespace segurifai::users {
struct User;
struct StaffScope;
struct AccountSettings;
struct ArchivedAccount;
using UserId = Id<User, Uuid>;
using StaffScopeId = Id<StaffScope>;
using AccountSettingsId = Id<AccountSettings>;
using ArchivedAccountId = Id<ArchivedAccount>;
}  // namespace segurifai::users

namespace segurifai::services {
struct ServiceCategory;
struct ServicePlan;
struct UserService;
using ServiceCategoryId = Id<ServiceCategory>;
using ServicePlanId = Id<ServicePlan>;
struct SubscriptionGrant;
struct PayPerUsePrice;
using UserServiceId = Id<UserService>;
using SubscriptionGrantId = Id<SubscriptionGrant>;
using PayPerUsePriceId = Id<PayPerUsePrice>;
}  // namespace segurifai::services

namespace segurifai::providers {
struct Provider;
struct ProviderLocation;
struct ProviderLocationHistory;
struct ProviderReview;
using ProviderId = Id<Provider>;
using ProviderLocationId = Id<ProviderLocation>;
using ProviderLocationHistoryId = Id<ProviderLocationHistory>;
struct Vehicle;
struct Capability;
using ProviderReviewId = Id<ProviderReview>;
using VehicleId = Id<Vehicle>;
using CapabilityId = Id<Capability>;
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

namespace segurifai::archive {
struct ArchivedRequest;
struct LegalHold;
struct RequestLink;
using ArchivedRequestId = Id<ArchivedRequest, std::int64_t>;
using LegalHoldId = Id<LegalHold>;
using RequestLinkId = Id<RequestLink, std::int64_t>;
}  // namespace segurifai::archive

namespace segurifai::dispatch {
struct Search;
struct Offer;
struct Assignment;
struct Decision;
using SearchId = Id<Search>;
using OfferId = Id<Offer>;
using AssignmentId = Id<Assignment>;
using DecisionId = Id<Decision, std::int64_t>;
}  // namespace segurifai::dispatch
