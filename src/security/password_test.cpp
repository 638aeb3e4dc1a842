#include "security/password.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "embedded/security/guessable_passwords.hpp"

namespace segurifai::security {
namespace {

constexpr std::string_view kPassword = "Volcán de Agua 1541";

// What the reference implementation of argon2 makes of it with Django's own settings (p=8), with
// four lanes, and with argon2i.
constexpr std::array kDjangoArgon2{
    std::string_view("argon2$argon2id$v=19$m=102400,t=2,p=8$a1EybVg3dkI5Y1l3NHpMczAxMjM$"
                     "abmBxvWCMFutdMunwCsNoQ"),
    std::string_view("argon2$argon2id$v=19$m=1024,t=2,p=4$a1EybVg3dkI5Y1l3NHpMcw$"
                     "6renOTG2oax298Mylsaq3vVvVAw8dcONMMdyQAyVUxg"),
    std::string_view("argon2$argon2i$v=19$m=512,t=3,p=2$a1EybVg3dkI$onHeyiPu0ISLhmOD8Bi2Qg"),
};
// As this program stored it before (docs/adr/0032).
constexpr std::string_view kOursBefore =
    "argon2$argon2id$v=19$m=19456,t=2,p=1$7FuY2zqewqH+sP0FpB0Mew$"
    "hUoIopE8MOPP5F8DLwc2f2Y4fQ47sWXn4FnCiSmSey4";
// Written by Django 3.2's PBKDF2PasswordHasher.
constexpr std::string_view kDjangoPbkdf2 =
    "pbkdf2_sha256$1000$k4Yw2cVb9Qz1sN7x$vfqW9kJRvM9cNEJh8rwhSlpHbebu4PUIWmrwJVEwlfw=";
constexpr std::string_view kDjangoPbkdf2Slow =
    "pbkdf2_sha256$260000$seasalt$E2mD54hHRBD9/QaYlRQ0tKByc/hoeW8FUsx1qlfLA7A=";

constexpr PasswordVerdict kNoMatch{};
constexpr PasswordVerdict kMatch{.matches = true, .needs_upgrade = false};
constexpr PasswordVerdict kMatchToUpgrade{.matches = true, .needs_upgrade = true};

TEST(Password, IsStoredTheWayDjangoStoresArgon2id) {
    const std::string encoded = hash_password_blocking(kPassword);
    EXPECT_TRUE(encoded.starts_with("argon2$argon2id$v=19$m=7168,t=5,p=1$")) << encoded;
    EXPECT_EQ(std::ranges::count(encoded, '$'), 5);
    EXPECT_LE(encoded.size(), 128U) << "the column of Django holds 128";
    EXPECT_NE(hash_password_blocking(kPassword), encoded) << "the salt is another every time";
}

TEST(Password, MatchesItsOwnHashAndNoOtherDoes) {
    const std::string encoded = hash_password_blocking(kPassword);
    EXPECT_EQ(verify_password_blocking(encoded, kPassword), kMatch);
    EXPECT_EQ(verify_password_blocking(encoded, "Volcán de Agua 1542"), kNoMatch);
    EXPECT_EQ(verify_password_blocking(encoded, ""), kNoMatch);
    EXPECT_EQ(verify_password_blocking(encoded, std::string(kPassword) + '\0'), kNoMatch);
}

TEST(Password, ThatDjangoHashedWithArgon2MatchesAndIsHashedAnew) {
    for (const std::string_view encoded : kDjangoArgon2) {
        EXPECT_EQ(verify_password_blocking(encoded, kPassword), kMatchToUpgrade) << encoded;
        EXPECT_EQ(verify_password_blocking(encoded, "another one"), kNoMatch) << encoded;
    }
}

TEST(Password, OfOurOwnFromBeforeMatchesAndIsHashedAnew) {
    EXPECT_EQ(verify_password_blocking(kOursBefore, kPassword), kMatchToUpgrade);
    EXPECT_EQ(verify_password_blocking(kOursBefore, "another one"), kNoMatch);
}

TEST(Password, ThatDjangoHashedWithPbkdf2MatchesAndIsHashedAnew) {
    EXPECT_EQ(verify_password_blocking(kDjangoPbkdf2, kPassword), kMatchToUpgrade);
    EXPECT_EQ(verify_password_blocking(kDjangoPbkdf2, "another one"), kNoMatch);
    EXPECT_EQ(verify_password_blocking(kDjangoPbkdf2Slow, "correct horse battery staple"),
              kMatchToUpgrade);
}

TEST(Password, MatchesNothingThatIsNoHashWeKnow) {
    const std::array<std::string, 17> stored{
        "",
        "!",
        "!unusable",
        "!argon2$argon2id$v=19$m=19456,t=2,p=1$a1EybVg3dkI$abmBxvWCMFutdMunwCsNoQ",
        std::string(kPassword),
        "md5$salt$hash",
        "argon2",
        "argon2$",
        "argon2$argon2id$v=19$m=19456,t=2,p=1$$",
        "argon2$argon2id$v=19$m=4194304,t=2,p=1$a1EybVg3dkI$abmBxvWCMFutdMunwCsNoQ",
        "argon2$argon2id$v=19$m=19456,t=4294967295,p=1$a1EybVg3dkI$abmBxvWCMFutdMunwCsNoQ",
        "argon2$argon2d$v=19$m=512,t=2,p=1$a1EybVg3dkI$abmBxvWCMFutdMunwCsNoQ",
        "pbkdf2_sha256$0$salt$vfqW9kJRvM9cNEJh8rwhSlpHbebu4PUIWmrwJVEwlfw=",
        "pbkdf2_sha256$2000001$salt$vfqW9kJRvM9cNEJh8rwhSlpHbebu4PUIWmrwJVEwlfw=",
        "pbkdf2_sha256$-1$salt$vfqW9kJRvM9cNEJh8rwhSlpHbebu4PUIWmrwJVEwlfw=",
        "pbkdf2_sha256$1000$salt",
        std::string(kDjangoPbkdf2) + std::string(1000, '='),
    };
    for (const std::string& encoded : stored) {
        EXPECT_EQ(verify_password_blocking(encoded, kPassword), kNoMatch) << encoded;
        EXPECT_EQ(verify_password_blocking(encoded, ""), kNoMatch) << encoded;
    }
}

TEST(Password, OfMoreThanAKilobyteIsNeverHashed) {
    const std::string longest(kPasswordSizeMax, 'x');
    EXPECT_EQ(verify_password_blocking(hash_password_blocking(longest), longest), kMatch);
    EXPECT_THROW((void)hash_password_blocking(longest + "x"), std::length_error);
    EXPECT_EQ(verify_password_blocking(decoy_hash(), longest + "x"), kNoMatch);
}

TEST(Password, HasADecoyOfTheSameCostForAccountsThatDoNotExist) {
    EXPECT_TRUE(decoy_hash().starts_with("argon2$argon2id$v=19$m=7168,t=5,p=1$"));
    EXPECT_EQ(&decoy_hash(), &decoy_hash());
    EXPECT_EQ(verify_password_blocking(decoy_hash(), kPassword), kNoMatch);
}

using Faults = std::vector<PasswordFault>;

Faults faults_of(std::string_view password, std::vector<std::string_view> resembles = {}) {
    return password_faults(password, resembles);
}

TEST(NewPassword, ThatNobodyGuessesHasNoFault) {
    for (const std::string_view password :
         {"Volcán de Agua 1541", "k7mp-x3qd-9wtr-h4vn", "el tucán lee despacio", "пароль-из-гор-7",
          "跑步的猫在山上吃苹果和梨树", "tres tristes tigres tragan", "Xk9$mQ2!vLp4"})
        EXPECT_EQ(faults_of(password, {"Ana", "Morales", "ana.morales@example.com"}), Faults{})
            << password;
}

TEST(NewPassword, HasTwelveToAHundredAndTwentyEightCharactersNotBytes) {
    EXPECT_EQ(faults_of("ñandúRápido"), Faults{PasswordFault::kTooShort});
    EXPECT_EQ(faults_of("ñandúRápidos"), Faults{});
    std::string longest;
    for (int i = 0; i < 64; ++i) longest += i % 3 == 0 ? "ñx" : "zü";
    EXPECT_EQ(faults_of(longest + "qq"), Faults{PasswordFault::kTooLong});
    EXPECT_EQ(faults_of(std::string(1'000'000, 'x')), Faults{PasswordFault::kTooLong});
    EXPECT_EQ(faults_of(""), Faults{PasswordFault::kTooShort});
}

TEST(NewPassword, ThatIsCommonIsRefusedHoweverItIsDressed) {
    for (const std::string_view password :
         {"qwertyuiopasdf", "Contraseña2026!", "CONTRASENA1234", "Guatemala2026!",
          "p4$$w0rd1234",   "P@ssw0rd!!!!!!",  "123456789012",   "210987654321",
          "111111111111",   "abcabcabcabc",    "abcdefghijklm",  "password-password",
          "adminpassword",  "Segurifai1234",   "!!!!Chapin2024", "20261231235959",
          "1q2w3e4r5t6y",   "bienvenido2026",  "iloveyou!!!!!!", "Temporal.2026"})
        EXPECT_EQ(faults_of(password), Faults{PasswordFault::kCommon}) << password;
}

TEST(NewPassword, ThatHoldsANameOrTheMailAddressIsRefused) {
    const std::vector<std::string_view> ana{"Ana María", "Güitz-Morales",
                                            "amorales77@correo.example"};
    for (const std::string_view password :
         {"la casa de Morales", "M0R4L3S-vive-aqui", "xx-guitz-xx-9182", "soy amorales77 hoy",
          "la mula de maría 9"})
        EXPECT_EQ(faults_of(password, ana), Faults{PasswordFault::kResemblesPerson}) << password;
    EXPECT_EQ(faults_of("correo lento example"), Faults{}) << "nothing personal";
    EXPECT_EQ(faults_of("tucanes verdes de ana", ana), Faults{}) << "three letters say nothing";
    for (const std::string_view password : {"ana@example.gt", "Ana@Example.gt 7", "a@example.gt"})
        EXPECT_EQ(faults_of(password, {"ana@example.gt"}), Faults{PasswordFault::kResemblesPerson})
            << password << ": the address, or the most of it";
}

TEST(NewPassword, ThatIsPartOfALongNameIsRefused) {
    EXPECT_EQ(faults_of("villalobosde", {"Villalobos de León"}),
              Faults{PasswordFault::kResemblesPerson});
}

TEST(NewPassword, IsToldEverythingThatIsWrongInBothLanguages) {
    EXPECT_EQ(faults_of("morales", {"morales"}),
              (Faults{PasswordFault::kTooShort, PasswordFault::kResemblesPerson}));
    for (const PasswordFault fault : {PasswordFault::kTooShort, PasswordFault::kTooLong,
                                      PasswordFault::kCommon, PasswordFault::kResemblesPerson}) {
        EXPECT_TRUE(sentence_in_spanish(fault).ends_with('.'));
        EXPECT_TRUE(sentence_in_english(fault).ends_with('.'));
    }
}

TEST(GuessablePasswords, AreSortedSmallLettersWithoutAccentsOnceEach) {
    const std::string_view text = guessable_passwords::files().front().text;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        lines.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    std::erase_if(lines, [](const std::string& line) { return line.starts_with('#'); });
    EXPECT_GT(lines.size(), 500U);
    EXPECT_TRUE(std::ranges::is_sorted(lines));
    EXPECT_EQ(std::ranges::adjacent_find(lines), lines.end());
    for (const std::string& line : lines)
        EXPECT_EQ(line.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos)
            << line;
}

}  // namespace
}  // namespace segurifai::security
