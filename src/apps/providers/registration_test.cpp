#include "apps/providers/registration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace segurifai::providers {
namespace {

TEST(Nit, IsReadInItsUsualSpellings) {
    for (const std::string_view text : {"576937-K", "576937K", "576937-k", " 576 937 - k "})
        EXPECT_EQ(read_nit(text), "576937-K") << text;
    EXPECT_EQ(read_nit("1234567-8"), std::nullopt);
}

TEST(Nit, HasTheCheckDigitOfItsOwnDigitsOnly) {
    for (const std::string_view digits : {"576937", "1", "2529416", "98765432", "100000000"}) {
        const char right = nit_check_character(digits);
        int accepted = 0;
        for (const char check : std::string_view("0123456789K")) {
            const auto read = read_nit(std::string(digits) + '-' + check);
            EXPECT_EQ(read.has_value(), check == right) << digits << check;
            accepted += read ? 1 : 0;
        }
        EXPECT_EQ(accepted, 1);
    }
}

TEST(Nit, CatchesEveryWrongDigitAndEverySwapOfNeighbours) {
    const std::string nit = std::string("25294168") + nit_check_character("25294168");
    ASSERT_TRUE(read_nit(nit));
    for (std::size_t i = 0; i + 1 < nit.size(); ++i) {
        for (char digit = '0'; digit <= '9'; ++digit) {
            std::string wrong = nit;
            wrong[i] = digit;
            EXPECT_EQ(read_nit(wrong).has_value(), wrong == nit) << wrong;
        }
        if (i + 2 < nit.size() && nit[i] != nit[i + 1]) {
            std::string swapped = nit;
            std::swap(swapped[i], swapped[i + 1]);
            EXPECT_FALSE(read_nit(swapped)) << swapped;
        }
    }
}

TEST(Nit, RefusesWhatIsNoNumber) {
    for (const std::string_view text : {"", "-", "K", "C/F", "CF", "0-0", "00000000-0", "12A4567-8",
                                        "K576937", "576937-KK", "1234567890123456-7", "５76937-K"})
        EXPECT_FALSE(read_nit(text)) << text;
}

TEST(Plate, IsReadInItsUsualSpellings) {
    for (const std::string_view text : {"P-001DMO", "P001DMO", "p-001dmo", " p 001 dmo "})
        EXPECT_EQ(read_plate(text), "P-001DMO") << text;
    EXPECT_EQ(read_plate("C-008BCD"), "C-008BCD");
    EXPECT_EQ(read_plate("M011DMO"), "M-011DMO");
    EXPECT_EQ(read_plate("cd-123bbc"), "CD-123BBC");
    EXPECT_EQ(read_plate("TRC-123BBC"), "TRC-123BBC");
}

TEST(Plate, RefusesWhatIsNone) {
    for (const std::string_view text :
         {"", "P", "001DMO", "P-01DMO", "P-0001DMO", "P-001DM", "P-001DMOX", "X-001DMO", "P-O01DMO",
          "P-001D1O", "1-001DMO", "P_001DMO", "P-001DÑO", "PP-001DMO"})
        EXPECT_FALSE(read_plate(text)) << text;
}

TEST(ServiceCodes, AreThirtySix) {
    const auto codes = service_codes();
    EXPECT_EQ(codes.size(), 36U);
    EXPECT_EQ(std::set(codes.begin(), codes.end()).size(), 36U);
    for (const std::string_view code : codes) {
        EXPECT_TRUE(is_service_code(code)) << code;
        EXPECT_TRUE(is_capability_code(code)) << code;
    }
    for (const std::string_view wrong : {"", "tow", "TOWS", "DESK", "ZZZ", "AAA"})
        EXPECT_FALSE(is_service_code(wrong)) << wrong;
    EXPECT_TRUE(is_capability_code("DESK"));
}

TEST(ServiceCodes, CallsClaimsAndAppointmentsAreWorkedAtDesks) {
    const std::set<std::string_view> mobile{"TOW",
                                            "FUEL",
                                            "TYRE",
                                            "JUMP_START",
                                            "LOCKSMITH",
                                            "AMBULANCE",
                                            "DRIVER",
                                            "AIRPORT_TAXI",
                                            "FAMILY_TAXI",
                                            "DISCHARGE_TAXI",
                                            "POST_OP_NURSE",
                                            "COURIER",
                                            "MEDICATION_DELIVERY"};
    for (const std::string_view code : service_codes())
        EXPECT_EQ(is_desk_service(code), !mobile.contains(code)) << code;
    EXPECT_FALSE(is_desk_service("DESK"));
}

}  // namespace
}  // namespace segurifai::providers
