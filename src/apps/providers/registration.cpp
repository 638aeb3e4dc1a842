#include "apps/providers/registration.hpp"

#include <algorithm>

namespace segurifai::providers {
namespace {

constexpr std::size_t kNitDigitsMax = 12;
constexpr std::size_t kPlateDigits = 3;
constexpr std::size_t kPlateLetters = 3;

/// The classes of plates: private, commercial, hire, buses, trailers, motorcycles, official,
/// diplomatic, consular, international missions, distributors.
constexpr std::array<std::string_view, 12> kPlateClasses{"P", "C", "A",  "U",  "TC", "TRC",
                                                         "M", "O", "CD", "CC", "MI", "DIS"};

struct Service {
    std::string_view code;
    bool desk = false;
};

constexpr bool kDesk = true;
constexpr bool kMobile = false;

constexpr std::array<Service, kServiceCodeCount> kServices{{
    {"ACCIDENTAL_DEATH", kDesk},
    {"AIRPORT_TAXI", kMobile},
    {"AMBULANCE", kMobile},
    {"CARD_CLONING", kDesk},
    {"CARD_IDENTITY_THEFT", kDesk},
    {"CARD_LOST_STOLEN", kDesk},
    {"CARD_MAGSTRIPE", kDesk},
    {"CARD_ONLINE_PURCHASE", kDesk},
    {"CARD_PHISHING", kDesk},
    {"CARD_SOCIAL_ENGINEERING", kDesk},
    {"CARD_SPOOFING", kDesk},
    {"CARD_VISHING", kDesk},
    {"CONSULTATION", kDesk},
    {"COURIER", kMobile},
    {"DISCHARGE_TAXI", kMobile},
    {"DRIVER", kMobile},
    {"ER_SUPPORT", kDesk},
    {"FAMILY_TAXI", kMobile},
    {"FUEL", kMobile},
    {"HYGIENE_KIT", kDesk},
    {"JUMP_START", kMobile},
    {"LAB_BASIC", kDesk},
    {"LAB_SCREENING", kDesk},
    {"LEGAL_PHONE", kDesk},
    {"LOCKSMITH", kMobile},
    {"MEDICAL_PHONE", kDesk},
    {"MEDICAL_REFERENCE", kDesk},
    {"MEDICATION_DELIVERY", kMobile},
    {"NETWORK_DISCOUNT", kDesk},
    {"NUTRITION_VIDEO", kDesk},
    {"POST_OP_NURSE", kMobile},
    {"PSYCHOLOGY_VIDEO", kDesk},
    {"SPECIALIST", kDesk},
    {"TOW", kMobile},
    {"TYRE", kMobile},
    {"XRAY", kDesk},
}};
static_assert(std::ranges::is_sorted(kServices, {}, &Service::code));

constexpr auto kCodes = [] {
    std::array<std::string_view, kServiceCodeCount> codes{};
    std::ranges::transform(kServices, codes.begin(), &Service::code);
    return codes;
}();

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
constexpr char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// `text` in capitals, without the characters of `ignored`.
std::string without(std::string_view text, std::string_view ignored) {
    std::string out;
    for (const char c : text)
        if (!ignored.contains(c)) out += upper(c);
    return out;
}

const Service* find(std::string_view code) noexcept {
    const auto* const found = std::ranges::lower_bound(kServices, code, {}, &Service::code);
    return found != kServices.end() && found->code == code ? found : nullptr;
}

}  // namespace

char nit_check_character(std::string_view digits) noexcept {
    constexpr int kModulus = 11;
    int sum = 0;
    int factor = 2;
    for (std::size_t i = digits.size(); i-- > 0; ++factor) {
        sum = (sum + (digits[i] - '0') * factor) % kModulus;
    }
    const int check = (kModulus - sum) % kModulus;
    return check == 10 ? 'K' : static_cast<char>('0' + check);
}

std::optional<std::string> read_nit(std::string_view text) {
    const std::string nit = without(text, " .-");
    if (nit.size() < 2 || nit.size() > kNitDigitsMax + 1) return std::nullopt;
    const std::string_view digits = std::string_view(nit).substr(0, nit.size() - 1);
    if (!std::ranges::all_of(digits, is_digit) || digits.front() == '0') return std::nullopt;
    if (nit.back() != nit_check_character(digits)) return std::nullopt;
    return std::string(digits) + '-' + nit.back();
}

std::optional<std::string> read_plate(std::string_view text) {
    const std::string plate = without(text, " -");
    const std::size_t tail = kPlateDigits + kPlateLetters;
    if (plate.size() <= tail) return std::nullopt;
    const std::size_t prefix = plate.size() - tail;
    const std::string_view all = plate;
    if (std::ranges::find(kPlateClasses, all.substr(0, prefix)) == kPlateClasses.end())
        return std::nullopt;
    if (!std::ranges::all_of(all.substr(prefix, kPlateDigits), is_digit)) return std::nullopt;
    if (!std::ranges::all_of(all.substr(prefix + kPlateDigits), is_letter)) return std::nullopt;
    return plate.substr(0, prefix) + '-' + plate.substr(prefix);
}

std::span<const std::string_view> service_codes() noexcept {
    return kCodes;
}

bool is_service_code(std::string_view code) noexcept {
    return find(code) != nullptr;
}

bool is_desk_service(std::string_view code) noexcept {
    const Service* service = find(code);
    return service != nullptr && service->desk;
}

}  // namespace segurifai::providers
