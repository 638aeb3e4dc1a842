#include "ops/retention/request_text.hpp"

#include <gtest/gtest.h>

#include "apps/assistance/tables.hpp"
#include "apps/registry.hpp"

namespace segurifai::retention {
namespace {

const model::Registry& registry() {
    static const model::Registry registry = *model::Registry::make(apps::all_tables());
    return registry;
}

model::Record note(std::int32_t id, const std::string& message) {
    assistance::RequestUpdate update;
    update.id.value = id;
    update.request_id.value = 1;
    update.message = message;
    return model::Record::of_struct(model::table_of<assistance::RequestUpdate>(), &update);
}

archive::ArchivedRequest packed(const std::string& text) {
    archive::ArchivedRequest archived;
    archived.request_number = "REQ-1";
    Packer().pack(text, archived);
    return archived;
}

TEST(RequestText, HoldsEveryRowOfItsLines) {
    const std::vector rows{note(1, "línea\nuna \"cita\""), note(2, R"(","row":{}})")};
    const std::string text = text_of(rows);
    EXPECT_TRUE(text.starts_with(R"({"table":"assistance_requestupdate","row":{"id":1,)")) << text;
    const auto read = rows_of(registry(), text);
    ASSERT_TRUE(read) << describe(read.error());
    EXPECT_TRUE(*read == rows);
}

TEST(RequestText, OfNothingIsEmpty) {
    EXPECT_EQ(text_of({}), "");
    EXPECT_TRUE(rows_of(registry(), "")->empty());
}

TEST(RequestText, ThatIsCutOrStrangeIsRefused) {
    const std::string text = text_of(std::vector{note(1, "x")});
    EXPECT_FALSE(rows_of(registry(), text.substr(0, text.size() - 1)));
    EXPECT_FALSE(rows_of(registry(), "\n"));
    EXPECT_FALSE(rows_of(registry(), "{}\n"));
    const auto gone = rows_of(registry(), R"({"table":"assistance_pigeon","row":{}})"
                                          "\n");
    ASSERT_FALSE(gone);
    EXPECT_NE(gone.error().message.find("assistance_pigeon"), std::string::npos);
}

TEST(PackedText, UnpacksToTheSame) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += std::to_string(i * 7'919) + "\n";
    for (const std::string& one : {std::string("x"), text}) {
        const auto archived = packed(one);
        EXPECT_EQ(archived.text_bytes, static_cast<std::int32_t>(one.size()));
        const auto unpacked = unpack(archived);
        ASSERT_TRUE(unpacked) << describe(unpacked.error());
        EXPECT_EQ(*unpacked, one);
    }
    EXPECT_LT(packed(text).packed.size(), text.size());
}

TEST(PackedText, ThatWasChangedAnywhereIsRefused) {
    const auto archived = packed("grúa, llanta, grúa, llanta, grúa, llanta");
    for (std::size_t i = 0; i < archived.packed.size(); ++i) {
        auto changed = archived;
        changed.packed[i] = changed.packed[i] == 'A' ? 'B' : 'A';
        const auto unpacked = unpack(changed);
        if (unpacked) EXPECT_EQ(*unpacked, *unpack(archived)) << "a bit that says nothing";
    }
    auto cut = archived;
    cut.packed.resize(cut.packed.size() / 2);
    EXPECT_FALSE(unpack(cut));
    auto longer = archived;
    ++longer.text_bytes;
    EXPECT_FALSE(unpack(longer));
    auto other = archived;
    other.text_sha256.front() = other.text_sha256.front() == '0' ? '1' : '0';
    EXPECT_FALSE(unpack(other));
}

}  // namespace
}  // namespace segurifai::retention
