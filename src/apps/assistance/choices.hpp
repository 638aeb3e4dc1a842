#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::assistance {

/// How urgent a request is.
enum class Priority {
    kLow,
    kMedium,
    kHigh,
    kUrgent,
};

/// The life of a request (RULES §6).
enum class RequestStatus {
    kPending,
    kAssigned,
    kInProgress,
    kCompleted,
    kCancelled,
};

/// What a line of the timeline of a request tells.
enum class UpdateType {
    kStatusChange,
    kLocationUpdate,
    kNote,
    kDocument,
    kPayment,
};

/// What a document attached to a request shows.
enum class DocumentType {
    kIdFront,
    kIdBack,
    kLicense,
    kVehiclePhoto,
    kDamagePhoto,
    kInvoice,
    kOther,
};

/// Where the review of a document stands (RULES §8).
enum class ReviewStatus {
    kPending,
    kApproved,
    kRejected,
    kNeedsReview,
};

}  // namespace segurifai::assistance

namespace segurifai::model {

template <>
inline constexpr std::array kWords<assistance::Priority>{
    std::string_view("LOW"), std::string_view("MEDIUM"), std::string_view("HIGH"),
    std::string_view("URGENT")};

template <>
inline constexpr std::array kWords<assistance::RequestStatus>{
    std::string_view("PENDING"), std::string_view("ASSIGNED"), std::string_view("IN_PROGRESS"),
    std::string_view("COMPLETED"), std::string_view("CANCELLED")};

template <>
inline constexpr std::array kWords<assistance::UpdateType>{
    std::string_view("STATUS_CHANGE"), std::string_view("LOCATION_UPDATE"),
    std::string_view("NOTE"), std::string_view("DOCUMENT"), std::string_view("PAYMENT")};

template <>
inline constexpr std::array kWords<assistance::DocumentType>{
    std::string_view("ID_FRONT"),     std::string_view("ID_BACK"),
    std::string_view("LICENSE"),      std::string_view("VEHICLE_PHOTO"),
    std::string_view("DAMAGE_PHOTO"), std::string_view("INVOICE"),
    std::string_view("OTHER")};

template <>
inline constexpr std::array kWords<assistance::ReviewStatus>{
    std::string_view("PENDING"), std::string_view("APPROVED"), std::string_view("REJECTED"),
    std::string_view("NEEDS_REVIEW")};

}  // namespace segurifai::model
