// What the documentation says of the operations of the platform, made from their declarations.

#include "http/openapi.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "apps/permissions.hpp"
#include "http/router.hpp"
#include "server/pages.hpp"
#include "server/routes.hpp"

namespace segurifai::server {
namespace {

namespace json = boost::json;

json::value document(std::string_view title = "T") {
    return http::openapi_document(all_routes(), apps::permissions(),
                                  {.title = title, .version = "1", .description = "<d>"});
}

void collect_references(const json::value& value, std::set<std::string>& found) {
    if (value.is_array())
        for (const json::value& one : value.as_array()) collect_references(one, found);
    if (!value.is_object()) return;
    for (const auto& [name, member] : value.as_object()) {
        if (name == "$ref") found.emplace(member.as_string());
        collect_references(member, found);
    }
}

TEST(OpenApi, DescribesEveryOperationOnce) {
    const auto router = http::Router::make(all_routes(), apps::permissions());
    ASSERT_TRUE(router) << router.error().message;
    std::set<std::string> ids;
    std::size_t operations = 0;
    const json::value made = document();
    for (const auto& [path, item] : made.at("paths").as_object())
        for (const auto& [method, operation] : item.as_object()) {
            ++operations;
            ids.emplace(operation.at("operationId").as_string());
            EXPECT_FALSE(operation.at("responses").as_object().empty()) << path;
            EXPECT_FALSE(operation.at("summary").as_string().empty()) << path;
            // Every parameter of the path is described, and none that is not there.
            std::size_t described = 0;
            if (const json::value* list = operation.as_object().if_contains("parameters"))
                for (const json::value& one : list->as_array()) {
                    if (one.at("in") != "path") continue;
                    const std::string name(one.at("name").as_string());
                    EXPECT_NE(path.find("{" + name + "}"), json::string_view::npos) << path;
                    ++described;
                }
            EXPECT_EQ(described, static_cast<std::size_t>(std::ranges::count(path, '{'))) << path;
        }
    EXPECT_EQ(operations, all_routes().size());
    EXPECT_EQ(ids.size(), operations);
}

TEST(OpenApi, RefersOnlyToWhatIsThere) {
    const json::value made = document();
    std::set<std::string> references;
    collect_references(made, references);
    EXPECT_GT(references.size(), 20U);
    for (const std::string& reference : references) {
        ASSERT_TRUE(reference.starts_with("#/")) << reference;
        boost::system::error_code error;
        EXPECT_NE(made.find_pointer(reference.substr(1), error), nullptr) << reference;
    }
}

TEST(OpenApi, IsYamlInBlocksOfTwoSpaces) {
    const std::string yaml = http::to_yaml(document());
    EXPECT_EQ(yaml.find('\t'), std::string::npos);
    EXPECT_TRUE(yaml.starts_with("\"openapi\": \"3.1"));
    EXPECT_EQ(http::to_yaml(json::parse(R"({"a":{"b":[1,[],{"c":"x: y\n\t"}],"d":null},"e":{}})")),
              "\"a\":\n"
              "  \"b\":\n"
              "    - 1\n"
              "    - []\n"
              "    -\n"
              "      \"c\": \"x: y\\n\\t\"\n"
              "  \"d\": null\n"
              "\"e\": {}\n");
}

TEST(DocsPage, EscapesWhateverItShows) {
    const std::array refusals{RefusalLine{400, "a\"b", "<i>&'"}};
    const std::string page = docs_page(document("<script>alert(1)</script>"), refusals);
    for (const char* raw : {"<script", "<d>", "<i>", "a\"b"})
        EXPECT_EQ(page.find(raw), std::string::npos) << raw;
    for (const char* shown : {"&lt;script&gt;", "&lt;d&gt;", "&lt;i&gt;&amp;&#39;", "a&quot;b"})
        EXPECT_NE(page.find(shown), std::string::npos) << shown;
}

TEST(DocsPage, LinksToPlacesOfItsOwn) {
    const std::string page = docs_page(document(), refusal_lines());
    std::size_t links = 0;
    for (std::size_t at = 0; (at = page.find("href=\"#", at)) != std::string::npos; ++links) {
        at += 7;
        const std::string id = page.substr(at, page.find('"', at) - at);
        EXPECT_NE(page.find("id=\"" + id + "\""), std::string::npos) << id;
    }
    EXPECT_GT(links, all_routes().size());
    // Where problems point to, whoever wrote them.
    for (const char* code : {"invalid", "not_found", "request_timeout", "target_too_long",
                             "headers_too_large", "payload_too_large", "internal_error"})
        EXPECT_NE(page.find(std::string("id=\"error-") + code + "\""), std::string::npos) << code;
}

}  // namespace
}  // namespace segurifai::server
