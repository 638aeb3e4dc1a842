#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "apps/registry.hpp"
#include "docs/schema.hpp"
#include "model/registry.hpp"

namespace segurifai::cli {
namespace {

std::string content_of(const std::string& name) {
    std::ifstream file(std::string(SEGURIFAI_SOURCE_DIR) + "/docs/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SchemaDocuments, AreWhatTheTablesSay) {
    const auto registry = model::Registry::make(apps::all_tables());
    ASSERT_TRUE(registry.has_value());
    EXPECT_EQ(content_of("schema.md"), docs::schema_markdown(registry->tables()))
        << "docs/schema.md is old: run 'segurifai docs schema --output docs/schema.md'";
    EXPECT_EQ(content_of("schema.svg"), docs::schema_svg(registry->tables()))
        << "docs/schema.svg is old: run "
           "'segurifai docs schema --format svg --output docs/schema.svg'";
}

}  // namespace
}  // namespace segurifai::cli
