#include "apps/assistance/file_kind.hpp"

#include <gtest/gtest.h>

#include <string>

namespace segurifai::assistance {
namespace {

using namespace std::string_literals;

std::string be(std::uint32_t number, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i) & 0xFFU);
    return out;
}
std::string le(std::uint32_t number, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFFU);
    return out;
}

std::string jpeg(std::uint32_t width, std::uint32_t height) {
    return "\xFF\xD8\xFF\xE0\x00\x04xx\xFF\xC0\x00\x11\x08"s + be(height, 2) + be(width, 2) +
           "\x03"s;
}
std::string png(std::uint32_t width, std::uint32_t height) {
    return "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"s + be(width, 4) + be(height, 4) + "\x08\x02"s;
}
std::string webp(std::uint32_t width, std::uint32_t height) {
    return "RIFF\x20\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0"s + le(width - 1, 3) + le(height - 1, 3);
}
std::string box(const std::string& name, const std::string& content) {
    return be(static_cast<std::uint32_t>(content.size() + 8), 4) + name + content;
}
std::string heic(std::uint32_t width, std::uint32_t height) {
    const std::string size = box("ispe", "\0\0\0\0"s + be(width, 4) + be(height, 4));
    return box("ftyp", "heic\0\0\0\0mif1"s) +
           box("meta", "\0\0\0\0"s + box("iprp", box("ipco", size)));
}

std::optional<Refusal> refusal_of(const std::string& bytes) {
    const auto kind = identify(bytes);
    return kind ? std::nullopt : kind.error().refusal;
}

TEST(FileKind, IsKnownByItsContent) {
    EXPECT_EQ(identify(jpeg(4000, 3000)), FileKind::kJpeg);
    EXPECT_EQ(identify(png(640, 480)), FileKind::kPng);
    EXPECT_EQ(identify(webp(1024, 768)), FileKind::kWebp);
    EXPECT_EQ(identify(heic(4032, 3024)), FileKind::kHeic);
    EXPECT_EQ(identify("%PDF-1.7\n"), FileKind::kPdf);
}

TEST(FileKind, RefusesWhatIsNoneOfThem) {
    for (const std::string& bytes : {""s, "GIF89a"s, "<svg xmlns="s, "MZ\x90"s, "PK\x03\x04"s})
        EXPECT_EQ(refusal_of(bytes), Refusal::kUnsupportedMediaType) << bytes;
}

TEST(FileKind, RefusesPicturesOfMoreThanFiftyMillionPixels) {
    EXPECT_EQ(identify(png(10'000, 5'000)), FileKind::kPng);
    EXPECT_EQ(refusal_of(png(10'000, 5'001)), Refusal::kImageUnreadable);
    EXPECT_EQ(refusal_of(png(0xFFFF'FFFF, 0xFFFF'FFFF)), Refusal::kImageUnreadable);
    EXPECT_EQ(refusal_of(jpeg(65'535, 65'535)), Refusal::kImageUnreadable);
    EXPECT_EQ(refusal_of(webp(16'777'216, 16'777'216)), Refusal::kImageUnreadable);
    EXPECT_EQ(refusal_of(heic(50'000, 50'000)), Refusal::kImageUnreadable);
    EXPECT_EQ(refusal_of(png(0, 10)), Refusal::kImageUnreadable);
}

TEST(FileKind, EveryCutOfAPictureHasAnAnswer) {
    for (const std::string& whole : {jpeg(8, 8), png(8, 8), webp(8, 8), heic(8, 8)})
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto kind = identify(std::string_view(whole).substr(0, size));
            if (!kind) EXPECT_TRUE(kind.error().refusal.has_value());
        }
}

}  // namespace
}  // namespace segurifai::assistance
