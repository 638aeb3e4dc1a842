#include "apps/users/account_phone.hpp"

#include <algorithm>

#include "model/validators.hpp"

namespace segurifai::users {
namespace {

bool is_archived_phone(std::string_view text) noexcept {
    if (text.size() != kArchivedPhoneSize || !text.starts_with(kArchivedPhonePrefix)) return false;
    text.remove_prefix(kArchivedPhonePrefix.size());
    return std::ranges::all_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

}  // namespace

std::optional<std::string> account_phone_fault(const sql::Value& value) {
    if (is_archived_phone(value.as_text())) return std::nullopt;
    return model::validators::phone(value);
}

}  // namespace segurifai::users
