#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "apps/users/api.hpp"
#include "apps/users/staff_tables.hpp"
#include "support/api.hpp"

namespace segurifai::testing {

inline constexpr std::string_view kPassword = "caballo-verde-7-lluvia";
inline constexpr std::string_view kOtherPassword = "tren lento bajo la luna";
inline constexpr std::int64_t kSecondMicros = 1'000'000;
/// The one origin besides the server's own whose pages may call.
inline constexpr std::string_view kListedOrigin = "https://app.example";

inline std::string json_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    std::string out = "{";
    for (const auto& [name, value] : members)
        out += fmt::format("{}\"{}\":\"{}\"", out.size() > 1 ? "," : "", name, value);
    return out + "}";
}

/// The operations of signing in and of accounts, on one engine.
class Access : public ::testing::TestWithParam<sql::Engine> {
protected:
    static TestApiOptions options() {
        TestApiOptions made;
        made.pipeline.cors.origins = {std::string(kListedOrigin)};
        return made;
    }

    TestApi api{GetParam(), users::routes(), options()};

    void wait_seconds(std::int64_t seconds) { api.clock.advance_micros(seconds * kSecondMicros); }

    Person member(std::string_view email = "ana@example.gt") {
        NewPerson person;
        person.email = email;
        person.password = kPassword;
        return api.add_member(person);
    }

    TestAnswer sign_in(std::string_view email, std::string_view password,
                       std::string peer = "203.0.113.7") {
        return post("/api/auth/token/", {{"email", email}, {"password", password}},
                    std::move(peer));
    }
    TestAnswer refresh(const std::string& token) {
        return post("/api/auth/token/refresh/", {{"refresh", token}});
    }
    TestAnswer me(const std::string& token) {
        TestRequest request;
        request.token = token;
        return api.get("/api/users/me/", request);
    }
    TestAnswer post(std::string_view path,
                    std::initializer_list<std::pair<std::string_view, std::string_view>> members,
                    std::string peer = "203.0.113.7", std::string token = {}) {
        TestRequest request;
        request.body = json_of(members);
        request.peer = std::move(peer);
        request.token = std::move(token);
        return api.post(path, request);
    }

    /// In which language that account is written to.
    void write_to(const Person& person, std::string_view language) {
        users::AccountSettings settings;
        settings.user_id = person.id;
        settings.language = language;
        api.insert(settings);
    }

    /// The code in the last message to `phone`; empty without one.
    std::string last_code(std::string_view phone) {
        std::string code;
        for (const SentMessage& message : api.messages.sent()) {
            const std::size_t at = message.text.find_first_of("0123456789");
            if (message.to == phone && at != std::string::npos) code = message.text.substr(at, 6);
        }
        return code;
    }
    /// A proof of that phone for that purpose.
    std::string prove(std::string_view phone, std::string_view purpose) {
        EXPECT_EQ(post("/api/auth/otp/request/", {{"phone", phone}, {"purpose", purpose}}).status,
                  202);
        return post("/api/auth/otp/verify/",
                    {{"phone", phone}, {"code", last_code(phone)}, {"purpose", purpose}})
            .at("/proof");
    }
};

}  // namespace segurifai::testing
