#include "ops/retention/request_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/keys.hpp"
#include "apps/registry.hpp"
#include "model/description.hpp"

namespace segurifai::retention {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

/// A table that would go with a request without being archived with it.
struct Keepsake {
    SEGURIFAI_TABLE(Keepsake, {.number = 900,
                               .app = "tests",
                               .name = "tests_keepsake",
                               .retention = Retention::kLedger})
    SEGURIFAI_COLUMN(1, kNone, std::int32_t, id, .primary_key = true, .identity = true)
    SEGURIFAI_COLUMN(2, kReference, assistance::AssistanceRequestId, request_id,
                     .references = "assistance_assistancerequest", .on_delete = OnDelete::kCascade)
};

TEST(TreeShape, IsWhatTheDescriptionsSay) {
    const auto registry = model::Registry::make(apps::all_tables());
    ASSERT_TRUE(registry);
    const auto shape = TreeShape::of(*registry);
    ASSERT_TRUE(shape) << describe(shape.error());
    std::vector<std::string> branches;
    for (const TreeShape::Branch& branch : shape->branches())
        branches.push_back(std::string(branch.table->name) + "." +
                           std::string(branch.anchor->name));
    EXPECT_THAT(
        branches,
        ElementsAre("assistance_assistancerequest.id", "assistance_requestupdate.request_id",
                    "assistance_requestdocument.request_id", "dispatch_search.request_id",
                    "dispatch_offer.request_id", "dispatch_assignment.request_id",
                    "dispatch_decision.request_id"));
    std::vector<std::string> pointers;
    for (const TreeShape::Pointer& pointer : shape->pointers())
        pointers.push_back(std::string(pointer.table->name) + "." +
                           std::string(pointer.column->name));
    EXPECT_THAT(pointers,
                UnorderedElementsAre("providers_providerlocationhistory.assistance_request_id",
                                     "providers_providerreview.assistance_request_id",
                                     "paq_wallet_paqtransaction.assistance_request_id",
                                     "promotions_promocodeusage.assistance_request_id"));
}

TEST(TreeShape, RefusesATableThatWouldLoseRowsUnarchived) {
    auto tables = apps::all_tables();
    tables.push_back(&model::table_of<Keepsake>());
    const auto registry = model::Registry::make(tables);
    ASSERT_TRUE(registry) << describe(registry.error());
    const auto shape = TreeShape::of(*registry);
    ASSERT_FALSE(shape);
    EXPECT_EQ(shape.error().code, Code::kUnsupported);
    EXPECT_NE(shape.error().message.find("tests_keepsake.request_id"), std::string::npos);
}

}  // namespace
}  // namespace segurifai::retention
