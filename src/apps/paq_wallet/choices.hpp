#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::paq_wallet {

/// Which way money goes, and why.
enum class TransactionType {
    kPayment,
    kRefund,
    kReward,
};

/// The life of a transaction (RULES §3).
enum class TransactionStatus {
    kPending,
    kCompleted,
    kFailed,
    kRefunded,
};

}  // namespace segurifai::paq_wallet

namespace segurifai::model {

template <>
inline constexpr std::array kWords<paq_wallet::TransactionType>{
    std::string_view("PAYMENT"), std::string_view("REFUND"), std::string_view("REWARD")};

template <>
inline constexpr std::array kWords<paq_wallet::TransactionStatus>{
    std::string_view("PENDING"), std::string_view("COMPLETED"), std::string_view("FAILED"),
    std::string_view("REFUNDED")};

}  // namespace segurifai::model
