#include "base/phone.hpp"

namespace segurifai {

std::optional<Phone> Phone::parse(std::string_view text) {
    constexpr std::size_t kNationalDigits = 8;
    bool international = false;
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c >= '0' && c <= '9') {
            digits += c;
        } else if (c == '+' && digits.empty() && !international) {
            international = true;
        } else if (c != ' ' && c != '-' && c != '(' && c != ')') {
            return std::nullopt;
        }
        if (digits.size() > kNationalDigits + 3) return std::nullopt;
    }
    if (digits.size() == kNationalDigits + 3 && digits.starts_with("502")) {
        digits.erase(0, 3);
    } else if (international) {
        return std::nullopt;
    }
    if (digits.size() != kNationalDigits) return std::nullopt;
    return Phone("+502" + digits);
}

}  // namespace segurifai
