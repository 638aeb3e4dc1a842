// Evidence handed in with a request.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "api/assistance.hpp"

namespace segurifai::testing {
namespace {

using namespace std::string_literals;
using Member = Assistance::Member;

const std::string kPng = "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\x02\x80\0\0\x01\xE0\x08\x02\0\0\0"s;

class Documents : public ::testing::TestWithParam<sql::Engine> {
protected:
    TestAnswer upload(const std::string& token, std::int64_t request_id, std::string_view type,
                      std::string_view bytes, std::string_view filename = "foto.jpg",
                      std::string key = "") {
        const std::string body = fmt::format(
            "--limite\r\nContent-Disposition: form-data; name=\"request_id\"\r\n\r\n{}\r\n"
            "--limite\r\nContent-Disposition: form-data; name=\"document_type\"\r\n\r\n{}\r\n"
            "--limite\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n"
            "Content-Type: image/jpeg\r\n\r\n{}\r\n--limite--\r\n",
            request_id, type, filename, bytes);
        return api.post("/api/assistance/docs/",
                        {.token = token,
                         .body = body,
                         .key = key.empty() ? world.next_key() : key,
                         .content_type = "multipart/form-data; boundary=limite"});
    }
    std::size_t files() {
        std::size_t count = 0;
        const std::filesystem::path folder = api.platform().documents_dir;
        if (!std::filesystem::exists(folder)) return 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
            count += entry.is_regular_file();
        return count;
    }

    Assistance world{GetParam()};
    TestApi& api = world.api;
};

TEST_P(Documents, AreKeptByTheirContentUnderARandomName) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    const TestAnswer kept =
        upload(ana.token, id, "VEHICLE_PHOTO", kPng, "C:\\\\fotos\\\\mi carro.jpg");
    ASSERT_EQ(kept.status, 201) << kept.body;
    EXPECT_EQ(kept.at("/mime_type"), "image/png") << "not what the name says";
    EXPECT_EQ(kept.at("/filename"), "mi carro.jpg");
    EXPECT_EQ(kept.at("/file_size"), std::to_string(kPng.size()));
    EXPECT_EQ(kept.at("/review_status"), "PENDING");
    EXPECT_EQ(kept.at("/uploaded_by_me"), "true");
    EXPECT_EQ(kept.at("/sha256"), "<none>");
    EXPECT_EQ(kept.at("/ai_analysis"), "<none>");
    const std::filesystem::path path = std::filesystem::path(api.platform().documents_dir) /
                                       api.text("SELECT file FROM assistance_requestdocument");
    EXPECT_EQ(std::filesystem::status(api.platform().documents_dir).permissions(),
              std::filesystem::perms::owner_all);
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    EXPECT_EQ(bytes.str(), kPng);
    EXPECT_EQ(api.text("SELECT metadata ->> 'document_type' FROM assistance_requestupdate "
                       "WHERE update_type = 'DOCUMENT'"),
              "VEHICLE_PHOTO");
    EXPECT_EQ(api.text("SELECT metadata ->> 'sha256' FROM assistance_requestupdate "
                       "WHERE update_type = 'DOCUMENT'")
                  .size(),
              64U);
    const TestAnswer request =
        api.get(fmt::format("/api/assistance/requests/{}/", id), {.token = ana.token});
    EXPECT_EQ(request.at("/documents_missing"), R"(["DAMAGE_PHOTO"])");
    const TestAnswer updates =
        api.get(fmt::format("/api/assistance/requests/{}/updates/?update_type=DOCUMENT", id),
                {.token = ana.token});
    EXPECT_EQ(updates.at("/count"), "1");
    EXPECT_EQ(updates.at("/results/0/metadata/sha256"), "<none>");
    EXPECT_EQ(updates.at("/results/0/message"), "Se recibió un documento.");
    const TestAnswer english =
        api.get(fmt::format("/api/assistance/requests/{}/updates/?update_type=DOCUMENT", id),
                {.token = ana.token, .headers = {{http::Header::kAcceptLanguage, "en"}}});
    EXPECT_EQ(english.at("/results/0/message"), "A document was received.");
}

TEST_P(Documents, ThatAreNoneOfTheKindsAreRefusedAndNotKept) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    EXPECT_EQ(upload(ana.token, id, "OTHER", "<html>", "a.jpg").status, 415);
    std::string huge = kPng;
    huge.replace(16, 8, "\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF"s);
    EXPECT_EQ(upload(ana.token, id, "OTHER", huge).at("/code"), "image_unreadable");
    EXPECT_EQ(upload(ana.token, id, "SELFIE", kPng).status, 400);
    const std::string large = "%PDF-1.7\n" + std::string(5'000'000, 'x');
    EXPECT_EQ(upload(ana.token, id, "ID_FRONT", large).status, 413) << "5 MB for identity cards";
    EXPECT_EQ(upload(ana.token, id, "INVOICE", large).status, 201);
    EXPECT_EQ(files(), 1U);
}

TEST_P(Documents, OfOthersRequestsAreNotTaken) {
    const Member ana = world.member_on("ROADSIDE");
    const Member bo = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    EXPECT_EQ(upload(bo.token, id, "OTHER", kPng).status, 404);
    const Unit unit = api.add_unit();
    const std::string unit_token = api.sign_in_as(unit.user_id);
    EXPECT_EQ(upload(unit_token, id, "OTHER", kPng).status, 404);
    world.assign(id, unit);
    EXPECT_EQ(upload(unit_token, id, "OTHER", kPng).status, 201);
    EXPECT_EQ(files(), 1U);
}

TEST_P(Documents, TheSameKeyKeepsOneFile) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    const TestAnswer first = upload(ana.token, id, "OTHER", kPng, "a.png", "one");
    const TestAnswer again = upload(ana.token, id, "OTHER", kPng, "a.png", "one");
    EXPECT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(files(), 1U);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM assistance_requestdocument"), 1);
}

TEST_P(Documents, ARequestTakesTwentyAndNoneAMonthAfterItsEnd) {
    const Member ana = world.member_on("ROADSIDE");
    const std::int64_t id = world.create_tow(ana.token);
    for (int i = 0; i < 20; ++i) ASSERT_EQ(upload(ana.token, id, "OTHER", kPng).status, 201);
    EXPECT_EQ(upload(ana.token, id, "OTHER", kPng).status, 400);
    EXPECT_EQ(files(), 20U);
    const Member bo = world.member_on("ROADSIDE");
    const std::int64_t ended = world.create_tow(bo.token);
    ASSERT_EQ(world.cancel(bo.token, ended).status, 200);
    api.clock.advance_micros(30 * kMicrosPerDay);
    const std::string later = api.sign_in_as(bo.person.id);
    EXPECT_EQ(upload(later, ended, "OTHER", kPng).status, 201);
    api.clock.advance_micros(1'000'000);
    EXPECT_EQ(upload(later, ended, "OTHER", kPng).at("/code"), "invalid_transition");
}

SEGURIFAI_ON_BOTH_ENGINES(Documents);

}  // namespace
}  // namespace segurifai::testing
