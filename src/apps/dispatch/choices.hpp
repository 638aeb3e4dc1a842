#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::dispatch {

/// Where the search for a unit stands.
enum class SearchState {
    kWaiting,   ///< for its time: next_at says when it is looked at again
    kAssigned,  ///< a unit has the request
    kQueued,    ///< no wave is left: operations look at it
    kEnded,     ///< the request has ended
};

/// The life of an offer. OPEN becomes one of the others, once.
enum class OfferState { kOpen, kAccepted, kDeclined, kLapsed, kWithdrawn, kTaken };

/// Why a unit declines.
enum class DeclineReason { kFar, kBusy, kNoEquipment, kUnsafe, kOther };

/// How a job ended.
enum class Outcome { kCompleted, kPartial, kUnable };

/// How units are chosen (RULES §7).
enum class Policy { kNearest, kBroadcast };

}  // namespace segurifai::dispatch

namespace segurifai::model {

template <>
inline constexpr std::array kWords<dispatch::SearchState>{
    std::string_view("WAITING"), std::string_view("ASSIGNED"), std::string_view("QUEUED"),
    std::string_view("ENDED")};

template <>
inline constexpr std::array kWords<dispatch::OfferState>{
    std::string_view("OPEN"),   std::string_view("ACCEPTED"),  std::string_view("DECLINED"),
    std::string_view("LAPSED"), std::string_view("WITHDRAWN"), std::string_view("TAKEN")};

template <>
inline constexpr std::array kWords<dispatch::DeclineReason>{
    std::string_view("FAR"), std::string_view("BUSY"), std::string_view("NO_EQUIPMENT"),
    std::string_view("UNSAFE"), std::string_view("OTHER")};

template <>
inline constexpr std::array kWords<dispatch::Outcome>{
    std::string_view("COMPLETED"), std::string_view("PARTIAL"), std::string_view("UNABLE")};

template <>
inline constexpr std::array kWords<dispatch::Policy>{std::string_view("nearest"),
                                                     std::string_view("broadcast")};

}  // namespace segurifai::model
