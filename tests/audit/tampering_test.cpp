// Whatever is done to what was written is found, and the place is named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <functional>

#include "audit/archive_fixture.hpp"
#include "ops/audit_segments/chain.hpp"

namespace segurifai::audit_segments {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Month kSeptember{2026, 9};
constexpr Month kOctober{2026, 10};
constexpr Month kNovember{2026, 11};
constexpr int kEvents = 12;

using Lines = std::vector<std::string>;
using Frames = std::vector<Lines>;

std::string packed(const std::string& text) {
    std::string frame(ZSTD_compressBound(text.size()), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 3));
    return frame;
}

std::string packed(const Frames& frames) {
    std::string file;
    for (const Lines& lines : frames) {
        std::string text;
        for (const std::string& line : lines) text += line + "\n";
        file += packed(text);
    }
    return file;
}

/// Three closed months and nothing else; October, in the middle, is what is tampered with.
class Tampering : public ::testing::TestWithParam<sql::Engine> {
protected:
    Tampering() {
        for (const Month month : {kSeptember, kOctober, kNovember}) here.add_events(month, kEvents);
        (void)here.close("2026-12-10T00:00:00Z");
        segment = here.read("2026-10.zst");
        manifest_text = here.read("2026-10.json");
        manifest = must(read_manifest(manifest_text, here.secrets));
    }

    /// The pieces of the segment that are frames.
    [[nodiscard]] std::vector<std::string> pieces() const {
        std::vector<std::string> found;
        std::size_t at = 0;
        for (const FrameFacts& frame : manifest.frames) {
            found.push_back(segment.substr(at, static_cast<std::size_t>(frame.bytes)));
            at += static_cast<std::size_t>(frame.bytes);
        }
        return found;
    }

    /// The frame that a byte of the segment is in, and that frame's first line.
    struct Place {
        std::int64_t frame = 1;
        std::int64_t line = 1;
    };
    [[nodiscard]] Place place_of(std::size_t byte) const {
        Place place;
        auto left = static_cast<std::int64_t>(byte);
        for (const FrameFacts& frame : manifest.frames) {
            if (left < frame.bytes) return place;
            left -= frame.bytes;
            ++place.frame;
            place.line += frame.events;
        }
        return place;
    }

    [[nodiscard]] Frames frames() const {
        Frames found;
        for (const std::string& piece : pieces()) {
            std::string text(kFrameBytesMax, '\0');
            text.resize(ZSTD_decompress(text.data(), text.size(), piece.data(), piece.size()));
            Lines lines;
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t end = text.find('\n', at);
                lines.push_back(text.substr(at, end - at));
                at = end + 1;
            }
            found.push_back(std::move(lines));
        }
        return found;
    }

    /// Puts a file in place, and expects one finding in it.
    [[nodiscard]] Finding found_in(const std::string& name, std::string_view bytes) {
        here.write(name, bytes);
        const auto findings = here.verify().findings;
        EXPECT_FALSE(findings.empty());
        if (findings.empty()) return {};
        EXPECT_EQ(findings.front().file, here.file(name).string()) << findings.front().what;
        return findings.front();
    }

    void expect_place(const Finding& finding, std::int64_t frame, std::int64_t line) {
        EXPECT_EQ(finding.frame, frame) << to_string(finding);
        EXPECT_EQ(finding.line, line) << to_string(finding);
    }

    Installation here{GetParam()};
    std::string segment;
    std::string manifest_text;
    Manifest manifest;
};

TEST_P(Tampering, AnUntouchedArchiveHasNoFindings) {
    EXPECT_GE(manifest.frames.size(), 3U) << "the tests below want several frames";
    const auto verified = here.verify();
    EXPECT_THAT(verified.findings, IsEmpty());
    EXPECT_EQ(verified.events, 3 * kEvents);
}

TEST_P(Tampering, EveryFlippedByteOfASegmentIsFoundInItsFrame) {
    for (std::size_t i = 0; i < segment.size(); ++i) {
        const std::int64_t frame = place_of(i).frame;
        for (const int mask : {0x01, 0xff}) {
            std::string flipped = segment;
            flipped[i] = static_cast<char>(flipped[i] ^ mask);
            const Finding finding = found_in("2026-10.zst", flipped);
            ASSERT_EQ(finding.frame, frame) << "byte " << i << ": " << to_string(finding);
        }
    }
}

TEST_P(Tampering, EveryFlippedByteOfAManifestIsFound) {
    for (std::size_t i = 0; i < manifest_text.size(); ++i)
        for (const int mask : {0x01, 0xff}) {
            std::string flipped = manifest_text;
            flipped[i] = static_cast<char>(flipped[i] ^ mask);
            (void)found_in("2026-10.json", flipped);
            ASSERT_FALSE(HasFailure()) << "byte " << i;
        }
}

TEST_P(Tampering, EveryCutIsFoundWhereTheFileEnds) {
    for (std::size_t size = 0; size < segment.size(); ++size) {
        const auto [frame, line] = place_of(size);
        const Finding finding = found_in("2026-10.zst", segment.substr(0, size));
        expect_place(finding, frame, line);
        ASSERT_FALSE(HasFailure()) << "cut to " << size;
    }
    here.write("2026-10.zst", segment);
    for (std::size_t size = 0; size < manifest_text.size(); ++size) {
        (void)found_in("2026-10.json", manifest_text.substr(0, size));
        ASSERT_FALSE(HasFailure()) << "cut to " << size;
    }
}

TEST_P(Tampering, WhatWasAddedAtTheEndIsFound) {
    const auto frame = static_cast<std::int64_t>(manifest.frames.size()) + 1;
    const std::string skippable("\x50\x2a\x4d\x18\x02\x00\x00\x00zz", 10);
    for (const std::string& more : {std::string("x"), std::string(1, '\0'), segment, skippable})
        expect_place(found_in("2026-10.zst", segment + more), frame, kEvents + 1);
    here.write("2026-10.zst", segment);
    (void)found_in("2026-10.json", manifest_text + "\n");
}

TEST_P(Tampering, AnEditedLineIsFoundAtItsLine) {
    const Frames whole = frames();
    std::int64_t line = 0;
    for (std::size_t f = 0; f < whole.size(); ++f)
        for (std::size_t l = 0; l < whole[f].size(); ++l) {
            ++line;
            Frames edited = whole;
            std::string& text = edited[f][l];
            text.replace(text.find("203.0.113.7"), 11, "203.0.113.8");
            expect_place(found_in("2026-10.zst", packed(edited)), static_cast<std::int64_t>(f) + 1,
                         line);
        }
}

TEST_P(Tampering, AnEditedLineWithAHashToMatchIsFoundToo) {
    Frames edited = frames();
    std::string hash = manifest.begins;
    for (Lines& lines : edited)
        for (std::string& line : lines) {
            std::string event(split_line(line)->event);
            if (event.contains("\"id\":17,")) event.replace(event.find("113.7"), 5, "113.8");
            hash = chain_next(hash, event);
            line = line_of(event, hash);
            line.pop_back();
        }
    const Finding finding = found_in("2026-10.zst", packed(edited));
    EXPECT_GT(finding.frame, 0);
    EXPECT_THAT(finding.what, HasSubstr("not those that were written"));
}

TEST_P(Tampering, ALineThatIsGoneIsFoundWhereItWas) {
    const Frames whole = frames();
    std::int64_t line = 0;
    for (std::size_t f = 0; f < whole.size(); ++f)
        for (std::size_t l = 0; l < whole[f].size(); ++l) {
            ++line;
            Frames without = whole;
            without[f].erase(without[f].begin() + static_cast<std::ptrdiff_t>(l));
            expect_place(found_in("2026-10.zst", packed(without)), static_cast<std::int64_t>(f) + 1,
                         line);
        }
}

TEST_P(Tampering, ALineThatIsThereTwiceIsFoundAtTheSecond) {
    const Frames whole = frames();
    std::int64_t line = 0;
    for (std::size_t f = 0; f < whole.size(); ++f)
        for (std::size_t l = 0; l < whole[f].size(); ++l) {
            ++line;
            Frames twice = whole;
            twice[f].insert(twice[f].begin() + static_cast<std::ptrdiff_t>(l), whole[f][l]);
            expect_place(found_in("2026-10.zst", packed(twice)), static_cast<std::int64_t>(f) + 1,
                         line + 1);
        }
}

TEST_P(Tampering, LinesThatChangedPlacesAreFoundAtTheFirst) {
    const Frames whole = frames();
    std::int64_t line = 0;
    for (std::size_t f = 0; f < whole.size(); ++f)
        for (std::size_t l = 0; l < whole[f].size(); ++l) {
            ++line;
            if (l + 1 == whole[f].size()) continue;
            Frames swapped = whole;
            std::swap(swapped[f][l], swapped[f][l + 1]);
            expect_place(found_in("2026-10.zst", packed(swapped)), static_cast<std::int64_t>(f) + 1,
                         line);
        }
}

TEST_P(Tampering, FramesThatAreGoneTwiceOrElsewhereAreFound) {
    const std::vector<std::string> whole = pieces();
    std::int64_t line = 1;
    for (std::size_t f = 0; f < whole.size(); ++f) {
        const auto frame = static_cast<std::int64_t>(f) + 1;
        const auto at = static_cast<std::ptrdiff_t>(f);
        const auto joined = [](const std::vector<std::string>& some) {
            std::string file;
            for (const std::string& one : some) file += one;
            return file;
        };
        std::vector<std::string> without = whole;
        without.erase(without.begin() + at);
        expect_place(found_in("2026-10.zst", joined(without)), frame, line);
        std::vector<std::string> twice = whole;
        twice.insert(twice.begin() + at, whole[f]);
        expect_place(found_in("2026-10.zst", joined(twice)), frame + 1,
                     line + manifest.frames[f].events);
        if (f + 1 < whole.size()) {
            std::vector<std::string> swapped = whole;
            std::swap(swapped[f], swapped[f + 1]);
            expect_place(found_in("2026-10.zst", joined(swapped)), frame, line);
        }
        line += manifest.frames[f].events;
    }
}

TEST_P(Tampering, TheSameEventsInOtherBytesAreFound) {
    Frames whole = frames();
    const Finding finding = found_in("2026-10.zst", packed(whole));
    EXPECT_EQ(finding.frame, 1);
    EXPECT_THAT(finding.what, HasSubstr("its bytes are not"));
}

TEST_P(Tampering, TwoMonthsThatChangedPlacesAreFound) {
    const auto swap = [&](const std::string& ending) {
        const std::string first = here.read("2026-09" + ending);
        here.write("2026-09" + ending, here.read("2026-10" + ending));
        here.write("2026-10" + ending, first);
    };
    swap(".zst");
    auto findings = here.verify().findings;
    ASSERT_THAT(findings, SizeIs(2));
    EXPECT_EQ(findings[0].file, here.file("2026-09.zst").string());
    EXPECT_EQ(findings[1].file, here.file("2026-10.zst").string());
    expect_place(findings[0], 1, 1);
    swap(".json");
    findings = here.verify().findings;
    ASSERT_FALSE(findings.empty());
    EXPECT_THAT(to_string(findings[0]), HasSubstr("2026-09.json: It is the manifest of 2026-10."));
    swap(".zst");
    EXPECT_FALSE(here.verify().findings.empty());
}

TEST_P(Tampering, AChainThatWasMadeAnewWithoutTheKeyIsFound) {
    Manifest forged = manifest;
    forged.events -= 1;
    const security::Secrets others = secrets_of("first", 'x');
    const Finding finding = found_in("2026-10.json", write_manifest(forged, others));
    EXPECT_THAT(finding.what, HasSubstr("its MAC is not that of its text"));
}

TEST_P(Tampering, AManifestMadeAnewWithTheKeyDiffersFromTheDatabase) {
    Manifest forged = manifest;
    forged.closed_at.micros += 1;
    const auto findings = [&] {
        here.write("2026-10.json", write_manifest(forged, here.secrets));
        return here.verify().findings;
    }();
    ASSERT_THAT(findings, SizeIs(2));
    EXPECT_THAT(to_string(findings[0]), HasSubstr("2026-11.json: It follows another manifest"));
    EXPECT_THAT(to_string(findings[1]), HasSubstr("2026-10.json: audit_segment has another"));
}

TEST_P(Tampering, FilesThatAreGoneAreFound) {
    for (const char* month : {"2026-09", "2026-10", "2026-11"})
        for (const std::vector<std::string>& endings :
             {std::vector<std::string>{".zst"}, {".json"}, {".zst", ".json"}}) {
            for (const std::string& ending : endings)
                std::filesystem::rename(here.file(month + ending),
                                        here.file(std::string("kept") + ending));
            const auto findings = here.verify().findings;
            ASSERT_FALSE(findings.empty()) << month << endings.front();
            EXPECT_TRUE(std::ranges::any_of(findings, [&](const Finding& finding) {
                return finding.file == here.file(month + endings.back()).string() &&
                       finding.what.contains("The file is missing");
            })) << month;
            for (const std::string& ending : endings)
                std::filesystem::rename(here.file(std::string("kept") + ending),
                                        here.file(month + ending));
        }
    EXPECT_THAT(here.verify().findings, IsEmpty());
}

TEST_P(Tampering, RowsOfTheDatabaseThatWereChangedAreFound) {
    const std::pair<const char*, const char*> changes[] = {
        {"UPDATE audit_segment SET events = events + 1 WHERE month = '2026-10'",
         "The row of audit_segment was changed"},
        {"UPDATE audit_segment SET head = manifest_sha256 WHERE month = '2026-10'",
         "The row of audit_segment was changed"},
        {"UPDATE audit_segment SET manifest_sha256 = head WHERE month = '2026-10'",
         "audit_segment has another manifest"},
        {"UPDATE audit_segment SET removed_at = closed_at WHERE month = '2026-10'",
         "before its two years were over"},
        {"DELETE FROM audit_segment WHERE month = '2026-10'", "audit_segment has no row"},
        {"DELETE FROM audit_segment", "audit_segment has no row"},
    };
    for (const auto& [change, what] : changes) {
        must(here.session().begin());
        must(here.session().script(change));
        const auto findings = here.verify().findings;
        here.session().rollback();
        ASSERT_FALSE(findings.empty()) << change;
        EXPECT_THAT(to_string(findings[0]), HasSubstr(what)) << change;
    }
}

TEST_P(Tampering, AnOlderStateOfTheWholeFolderIsFound) {
    for (const char* name : {"2026-11.zst", "2026-11.json"})
        std::filesystem::remove(here.file(name));
    const auto findings = here.verify().findings;
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_THAT(to_string(findings[0]), HasSubstr("2026-11.json: The file is missing"));
}

TEST_P(Tampering, TheLastMonthGoneWithItsRowIsFoundByItsHash) {
    VerificationOptions options{.as_of = instant("2026-12-15T00:00:00Z")};
    options.noted = here.verify().head;
    const auto verified = [&] {
        return audit_segments::verify(here.session(), *here.folder, here.secrets, options).value();
    };
    EXPECT_THAT(verified().findings, IsEmpty());
    for (const char* name : {"2026-11.zst", "2026-11.json"})
        std::filesystem::remove(here.file(name));
    ASSERT_TRUE(here.session().script("DELETE FROM audit_segment WHERE month = '2026-11'"));
    EXPECT_THAT(here.verify().findings, IsEmpty()) << "nothing else tells";
    const auto findings = verified().findings;
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_THAT(to_string(findings[0]), HasSubstr("No closed month ends with the hash"));
    options.noted = here.verify().head;
    EXPECT_THAT(verified().findings, IsEmpty());
}

TEST_P(Tampering, TheHashAfterAMonthIsThatOfTheMonth) {
    VerificationOptions options{.as_of = instant("2026-12-15T00:00:00Z")};
    options.from = options.to = Month::parse("2026-10");
    const auto october =
        audit_segments::verify(here.session(), *here.folder, here.secrets, options).value();
    EXPECT_EQ(october.last_month, "2026-10");
    EXPECT_NE(october.head, here.verify().head);
}

SEGURIFAI_ON_BOTH_ENGINES(Tampering);

}  // namespace
}  // namespace segurifai::audit_segments
