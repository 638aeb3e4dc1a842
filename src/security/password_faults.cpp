#include <algorithm>
#include <array>
#include <vector>

#include "embedded/security/guessable_passwords.hpp"
#include "security/password.hpp"

namespace segurifai::security {
namespace {

constexpr std::size_t kPartLettersMin = 4;  // a shorter part of a name is in too many words

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}
bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::size_t count_characters(std::string_view text) {
    return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

/// Small letters without accents: "CONTRASEÑA" becomes "contrasena". The accented letters of the
/// languages spoken here are U+00C0 to U+00FF, two bytes that begin with 0xC3; others stay.
std::string fold(std::string_view text) {
    constexpr std::string_view kPlain =
        "aaaaaaaceeeeiiiidnooooo*ouuuuyts"
        "aaaaaaaceeeeiiiidnooooo*ouuuuyty";
    static_assert(kPlain.size() == 64);
    std::string folded;
    folded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c >= 'A' && c <= 'Z') {
            folded += static_cast<char>(c - 'A' + 'a');
        } else if (c == '\xc3' && i + 1 < text.size() && is_continuation(text[i + 1])) {
            folded += kPlain[static_cast<unsigned char>(text[++i]) & 0x3F];
        } else {
            folded += c;
        }
    }
    return folded;
}

/// Reads digits and signs as the letters they stand for; `one` is what '1', '!' and '|' stand for.
std::string read_as_letters(std::string text, char one) {
    for (char& c : text) {
        switch (c) {
            case '0': c = 'o'; break;
            case '1':
            case '!':
            case '|': c = one; break;
            case '3': c = 'e'; break;
            case '4':
            case '@': c = 'a'; break;
            case '5':
            case '$': c = 's'; break;
            case '7': c = 't'; break;
            case '8': c = 'b'; break;
            default: break;
        }
    }
    return text;
}

/// Without the digits and signs before and after it: "!!hola2024*" becomes "hola".
std::string_view stem_of(std::string_view text) {
    const auto is_kept = [](char c) { return is_letter(c) || !is_ascii(c); };
    while (!text.empty() && !is_kept(text.front())) text.remove_prefix(1);
    while (!text.empty() && !is_kept(text.back())) text.remove_suffix(1);
    return text;
}

/// Only the letters and digits, so that "pass-word" is "password".
std::string without_signs(std::string_view text) {
    std::string kept;
    for (const char c : text)
        if (is_letter(c) || is_digit(c) || !is_ascii(c)) kept += c;
    return kept;
}

const std::vector<std::string_view>& guessable_passwords() {
    static const std::vector<std::string_view> sorted = [] {
        std::vector<std::string_view> words;
        for (const EmbeddedFile& file : guessable_passwords::files()) {
            std::string_view rest = file.text;
            while (!rest.empty()) {
                const std::size_t end = std::min(rest.find('\n'), rest.size());
                const std::string_view line = rest.substr(0, end);
                if (!line.empty() && line.front() != '#') words.push_back(line);
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        }
        std::ranges::sort(words);
        return words;
    }();
    return sorted;
}

bool is_listed(std::string_view text) {
    return std::ranges::binary_search(guessable_passwords(), text);
}

/// Whether a text is one short piece again and again: "abcabcabcabc", "111111111111".
bool is_repetition(std::string_view text) {
    for (std::size_t period = 1; period <= text.size() / 3; ++period)
        if (text.substr(period) == text.substr(0, text.size() - period)) return true;
    return false;
}

/// Whether every character follows the one before it, up or down: "123456789012", "zyxwvutsrqpo".
bool is_sequence(std::string_view text) {
    const auto follows = [&](int step) {
        for (std::size_t i = 1; i < text.size(); ++i) {
            const bool wraps = is_digit(text[i]) && is_digit(text[i - 1]) &&
                               (text[i] - text[i - 1] + 10 * step) % 10 == step % 10;
            if (text[i] - text[i - 1] != step && !wraps) return false;
        }
        return true;
    };
    return follows(1) || follows(-1);
}

/// Whether a text is a common password, or two of them in a row.
bool is_common_text(std::string_view text) {
    if (text.empty()) return false;
    if (is_listed(text)) return true;
    for (std::size_t at = 1; at < text.size(); ++at)
        if (is_listed(text.substr(0, at)) && is_listed(text.substr(at))) return true;
    return false;
}

bool is_common(const std::string& folded) {
    if (folded.empty()) return false;
    if (is_repetition(folded) || is_sequence(folded)) return true;
    if (std::ranges::all_of(folded, is_digit)) return true;  // a date, a phone number
    // As it is, then with the digits at its ends taken as decoration, then as letters.
    const std::array<std::string, 6> readings{
        folded,
        std::string(stem_of(folded)),
        read_as_letters(folded, 'i'),
        read_as_letters(folded, 'l'),
        read_as_letters(std::string(stem_of(folded)), 'i'),
        read_as_letters(std::string(stem_of(folded)), 'l'),
    };
    return std::ranges::any_of(readings, [](const std::string& reading) {
        return is_common_text(reading) || is_common_text(without_signs(reading)) ||
               is_common_text(stem_of(reading));
    });
}

/// Whether a password holds a part of what is known of its owner, or is part of it.
bool resembles_any(const std::string& folded, std::span<const std::string_view> known) {
    const std::array<std::string, 3> readings{folded, read_as_letters(folded, 'i'),
                                              read_as_letters(folded, 'l')};
    const auto holds = [&](std::string_view part) {
        return std::ranges::any_of(
            readings, [part](const std::string& reading) { return reading.contains(part); });
    };
    for (const std::string_view text : known) {
        const std::string whole = fold(text);  // an address is long enough, whoever's it is
        if (whole.contains('@') && (whole.contains(folded) || holds(whole))) return true;
        const std::string person = fold(text.substr(0, text.find('@')));
        const std::string joined = without_signs(person);
        if (joined.size() >= kPartLettersMin &&
            (person.contains(folded) || joined.contains(folded) || holds(joined)))
            return true;
        std::string part;
        for (std::size_t i = 0; i <= person.size(); ++i) {
            if (i < person.size() && (is_letter(person[i]) || !is_ascii(person[i]))) {
                part += person[i];
                continue;
            }
            if (count_characters(part) >= kPartLettersMin && holds(part)) return true;
            part.clear();
        }
    }
    return false;
}

}  // namespace

std::string_view label(PasswordFault fault) noexcept {
    switch (fault) {
        case PasswordFault::kTooShort: return "too_short";
        case PasswordFault::kTooLong: return "too_long";
        case PasswordFault::kCommon: return "common";
        case PasswordFault::kResemblesPerson: return "resembles_person";
    }
    return "common";
}

std::string_view sentence_in_spanish(PasswordFault fault) noexcept {
    switch (fault) {
        case PasswordFault::kTooShort: return "La contraseña debe tener al menos 12 caracteres.";
        case PasswordFault::kTooLong: return "La contraseña debe tener como máximo 128 caracteres.";
        case PasswordFault::kCommon: return "Esta contraseña es demasiado común; elija otra.";
        case PasswordFault::kResemblesPerson:
            return "La contraseña se parece demasiado a su nombre o a su correo; elija otra.";
    }
    return {};
}

std::string_view sentence_in_english(PasswordFault fault) noexcept {
    switch (fault) {
        case PasswordFault::kTooShort: return "The password must have at least 12 characters.";
        case PasswordFault::kTooLong: return "The password must have at most 128 characters.";
        case PasswordFault::kCommon: return "This password is too common; choose another.";
        case PasswordFault::kResemblesPerson:
            return "The password is too much like your name or e-mail; choose another.";
    }
    return {};
}

std::vector<PasswordFault> password_faults(std::string_view password,
                                           std::span<const std::string_view> resembles) {
    const std::size_t characters = count_characters(password);
    // What is far too long is not looked into: that is work for nothing.
    if (password.size() > kPasswordSizeMax || characters > kPasswordCharactersMax)
        return {PasswordFault::kTooLong};
    std::vector<PasswordFault> faults;
    if (characters < kPasswordCharactersMin) faults.push_back(PasswordFault::kTooShort);
    const std::string folded = fold(password);
    if (is_common(folded)) faults.push_back(PasswordFault::kCommon);
    if (!folded.empty() && resembles_any(folded, resembles))
        faults.push_back(PasswordFault::kResemblesPerson);
    return faults;
}

}  // namespace segurifai::security
