#include "base/text_folding.hpp"

#include <cstddef>

namespace segurifai {
namespace {

/// What U+00C0 to U+00FF become; a space stands for a character that stays.
constexpr std::string_view kLatin =
    "aaaaaa ceeeeiiii nooooo ouuuuy  aaaaaa ceeeeiiii nooooo ouuuuy y";
static_assert(kLatin.size() == 64);

constexpr unsigned char kLatinLead = 0xc3;  ///< the first byte of each of them in UTF-8

}  // namespace

std::string folded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c >= 'A' && c <= 'Z') {
            out += static_cast<char>(c - 'A' + 'a');
        } else if (static_cast<unsigned char>(c) == kLatinLead && i + 1 < text.size() &&
                   kLatin[static_cast<unsigned char>(text[i + 1]) & 0x3f] != ' ') {
            out += kLatin[static_cast<unsigned char>(text[++i]) & 0x3f];
        } else {
            out += c;
        }
    }
    return out;
}

const std::string& letters_folded_from() {
    static const std::string letters = [] {
        std::string made = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        for (std::size_t i = 0; i < kLatin.size(); ++i) {
            if (kLatin[i] == ' ') continue;
            made += static_cast<char>(kLatinLead);
            made += static_cast<char>(0x80 + i);
        }
        return made;
    }();
    return letters;
}

const std::string& letters_folded_to() {
    static const std::string letters = [] {
        std::string made = "abcdefghijklmnopqrstuvwxyz";
        for (const char c : kLatin)
            if (c != ' ') made += c;
        return made;
    }();
    return letters;
}

}  // namespace segurifai
