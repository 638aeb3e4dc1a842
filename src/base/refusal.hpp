#pragma once

#include <cstdint>
#include <string_view>

namespace segurifai {

/// Why the platform says no to a well-formed call: the codes of API §1.5 that a use case decides.
/// (Faults of an input are `Code::kInvalid` with `faults`.) What each means over HTTP, its status
/// and its sentences, is one table: http/refusals.cpp.
enum class Refusal : std::uint8_t {
    // 400
    kParseError,
    kIdempotencyKeyRequired,
    // 401
    kNotAuthenticated,
    kTokenNotValid,
    kAuthenticationFailed,
    // 403
    kPermissionDenied,
    kScopeRequired,
    kMfaRequired,
    kProviderNotActive,
    // 404 – 428
    kNotFound,
    kMethodNotAllowed,
    kNotAcceptable,
    kPayloadTooLarge,
    kUnsupportedMediaType,
    kPreconditionFailed,
    kPreconditionRequired,
    // 409
    kInvalidTransition,
    kOfferClosed,
    kAlreadyAssigned,
    kUnitBusy,
    kDuplicateOpenRequest,
    kOpenRequest,
    kPaymentPending,
    kPhoneTaken,
    kProtected,
    kAlreadyDecided,
    kAlreadyDone,
    kIdempotencyInProgress,
    // 422
    kNotCovered,
    kQuotaExceeded,
    kVehicleNotCovered,
    kNoticeTooShort,
    kLocationRequired,
    kOutsideArea,
    kPhoneNotVerified,
    kCodeInvalid,
    kEvidenceMissing,
    kImageUnreadable,
    kNotArrived,
    kIdempotencyKeyReused,
    // 429
    kThrottled,
    kTooManyAttempts,
    // 503, 507
    kArchiveDamaged,
    kServiceUnavailable,
    kInsufficientStorage,
};

}  // namespace segurifai
