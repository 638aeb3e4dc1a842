#include "http/permission.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace segurifai::http {
namespace {

Caller staff(std::initializer_list<Scope> scopes, bool superuser = false) {
    Caller caller{.kind = Kind::kStaff, .superuser = superuser};
    for (const Scope scope : scopes)
        caller.scopes |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(scope));
    return caller;
}

struct Person {
    const char* name;
    Caller caller;
};

const std::array kPeople{
    Person{"nobody", {}},
    Person{"member", {.kind = Kind::kMember}},
    Person{"applicant", {.kind = Kind::kMember, .provider_id = 7}},
    Person{"unit", {.kind = Kind::kUnit, .provider_id = 7, .provider_active = true}},
    Person{"operations", staff({Scope::kOperations})},
    Person{"finance", staff({Scope::kFinance})},
    Person{"content", staff({Scope::kContent})},
    Person{"support", staff({Scope::kSupport})},
    Person{"auditor", staff({Scope::kAuditor})},
    Person{"no scope", staff({})},
    Person{"superuser", staff({}, true)},
};

/// "any", "own", "job" joined by "+", "-" for none of them, or the refusal's first letter: not
/// signed (N), denied (D), scope (S).
std::string outcome(std::uint16_t who, Method method, const Caller& caller,
                    std::string_view operation = "things.do") {
    const auto judged = judge({operation, who}, method, caller);
    if (!judged) {
        if (judged.error().refusal == Refusal::kNotAuthenticated) return "N";
        if (judged.error().refusal == Refusal::kPermissionDenied) return "D";
        return judged.error().refusal == Refusal::kScopeRequired ? "S" : "?";
    }
    std::string text;
    if (judged->any) text += "any";
    if (judged->own) text += text.empty() ? "own" : "+own";
    if (judged->job) text += text.empty() ? "job" : "+job";
    return text.empty() ? "-" : text;
}

TEST(Judge, LetsEveryRoleReachWhatIsItsAndNothingElse) {
    struct Row {
        std::uint16_t who;
        std::array<const char*, kPeople.size()> read;
        const char* auditor_writes;
    };
    // nobody, member, applicant, unit, operations, finance, content, support, auditor, none, super
    const std::array rows{
        Row{0, {"N", "D", "D", "D", "D", "D", "D", "D", "D", "D", "D"}, "D"},
        Row{kAnyone,
            {"-", "own", "own", "own", "own", "own", "own", "own", "own", "own", "own"},
            "own"},
        Row{kSignedIn,
            {"N", "own", "own", "own", "own", "own", "own", "own", "own", "own", "own"},
            "own"},
        Row{kOwn, {"N", "own", "own", "D", "D", "D", "D", "D", "D", "D", "D"}, "D"},
        Row{kUnit, {"N", "D", "own", "own", "D", "D", "D", "D", "D", "D", "D"}, "D"},
        Row{kJob, {"N", "D", "D", "job", "D", "D", "D", "D", "D", "D", "D"}, "D"},
        Row{kOperations, {"N", "D", "D", "D", "any", "S", "S", "S", "any", "S", "any"}, "S"},
        Row{kFinance, {"N", "D", "D", "D", "S", "any", "S", "S", "any", "S", "any"}, "S"},
        Row{kContent, {"N", "D", "D", "D", "S", "S", "any", "S", "any", "S", "any"}, "S"},
        Row{kSupport, {"N", "D", "D", "D", "S", "S", "S", "any", "any", "S", "any"}, "S"},
        Row{kSuperuser, {"N", "D", "D", "D", "S", "S", "S", "S", "any", "S", "any"}, "S"},
        Row{kOwn | kJob | kOperations,
            {"N", "own", "own", "job", "any", "S", "S", "S", "any", "S", "any"},
            "S"},
        Row{kSignedIn | kUnit | kSupport,
            {"N", "own", "own", "own", "own", "own", "own", "any+own", "any+own", "own", "any+own"},
            "own"},
    };
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < kPeople.size(); ++i)
            for (const Method method : {Method::kGet, Method::kHead})
                EXPECT_EQ(outcome(row.who, method, kPeople[i].caller), row.read[i])
                    << kPeople[i].name << " of " << row.who;
        for (const Method method : {Method::kPost, Method::kPut, Method::kPatch, Method::kDelete})
            EXPECT_EQ(outcome(row.who, method, staff({Scope::kAuditor})), row.auditor_writes)
                << row.who;
    }
}

TEST(Judge, LetsScopesOfAnAccountThatIsNoStaffOpenNothing) {
    Caller caller = staff({Scope::kOperations, Scope::kAuditor}, true);
    for (const Kind kind : {Kind::kMember, Kind::kUnit}) {
        caller.kind = kind;
        EXPECT_EQ(outcome(kAnyStaff, Method::kGet, caller), "D");
    }
}

TEST(Judge, LetsAPasswordOfThePlatformOpenItsChangeOnly) {
    Caller caller = staff({}, true);
    caller.must_change_password = true;
    for (const char* open : {"auth.logout", "users.me", "users.password"})
        EXPECT_EQ(outcome(kSignedIn, Method::kGet, caller, open), "own") << open;
    EXPECT_EQ(outcome(kAnyone, Method::kGet, caller, "platform.health"), "own");
    for (const char* shut : {"users.me_edit", "users.list", "authority.show", "requests.list"})
        EXPECT_EQ(outcome(kSignedIn | kOperations, Method::kGet, caller, shut), "D") << shut;
}

}  // namespace
}  // namespace segurifai::http
