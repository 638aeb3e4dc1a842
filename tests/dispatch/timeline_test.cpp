// What the platform itself says on the timeline of a request, in the language of who reads it
// (API §1.4, §2.6): every sentence, written by what happens and not by the test.

#include "apps/dispatch/arrival.hpp"
#include "dispatch/board.hpp"

namespace segurifai::testing {
namespace {

using ::testing::ElementsAre;

class Timeline : public Board {
protected:
    std::vector<std::string> messages(const Request& request, std::string_view language) {
        const TestAnswer list = api.get(
            fmt::format("/api/assistance/requests/{}/updates/?page_size=100", request.id.value),
            {.token = staff_, .headers = {{http::Header::kAcceptLanguage, std::string(language)}}});
        EXPECT_EQ(list.status, 200) << list.body;
        std::vector<std::string> found;
        for (int i = 0; list.at(fmt::format("/results/{}/id", i)) != "<none>"; ++i)
            found.push_back(list.at(fmt::format("/results/{}/message", i)));
        return found;
    }
    void fixes(const Unit& unit, double metres) {
        const Instant now = api.clock.now();
        const std::vector<providers::Fix> taken{
            {.latitude = kLatitude + metres / 1'000 / kKmPerDegree,
             .longitude = kLongitude,
             .recorded_at = now}};
        const providers::ProviderId id = unit.id;
        const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
            co_return co_await dispatch::on_fixes(t, now, id, taken);
        };
        const auto done = api.run(api.database().transact(body));
        ASSERT_TRUE(done) << describe(done.error());
    }
    void say(const Request& request, std::string_view message) {
        EXPECT_EQ(
            api.post(fmt::format("/api/assistance/requests/{}/updates/", request.id.value),
                     {.token = staff_,
                      .body = fmt::format(R"({{"message":"{}","audience":"staff"}})", message),
                      .key = next_key()})
                .status,
            201);
    }
    /// A line as another program stored it.
    void store(const Request& request, assistance::UpdateType type, std::string_view message) {
        assistance::RequestUpdate update;
        update.request_id = request.id;
        update.update_type = type;
        update.message = message;
        update.metadata.text = R"({"audience":"member"})";
        update.created_at = api.clock.now();
        api.insert(update);
    }

    std::string staff_ = api.sign_in_as(api.add_staff({http::Scope::kOperations}).id);
};
SEGURIFAI_ON_BOTH_ENGINES(Timeline);

TEST_P(Timeline, OfAJobIsToldInTheLanguageOfTheReader) {
    const Unit unit = unit_at(3);
    const Request asked = request();
    look();
    ASSERT_EQ(accept(unit).status, 200);
    wait_seconds(1);
    ASSERT_EQ(step(unit, asked, "depart").status, 200);
    wait_seconds(1);
    fixes(unit, 400);
    wait_seconds(1);
    ASSERT_EQ(step(unit, asked, "arrived", R"({"latitude":14.61,"longitude":-90.5})").status, 200);
    wait_seconds(1);
    ASSERT_EQ(step(unit, asked, "start").status, 200);
    wait_seconds(1);
    ASSERT_EQ(step(unit, asked, "complete", form(asked, unit)).status, 200);
    EXPECT_THAT(
        messages(asked, "en"),
        ElementsAre("A unit took the request.", "The unit is on its way.",
                    "The unit is about to arrive.", "The unit arrived.",
                    "The unit said that it arrived more than 500 m from the place, or from an "
                    "unknown place.",
                    "The service began.", "The service ended."));
    const auto spanish = messages(asked, "es");
    EXPECT_THAT(spanish, ElementsAre("Una unidad tomó la solicitud.", "La unidad va en camino.",
                                     "La unidad está por llegar.", "La unidad llegó.",
                                     "La unidad dijo que llegó a más de 500 m del lugar, o desde "
                                     "un lugar desconocido.",
                                     "El servicio comenzó.", "El servicio terminó."));
    EXPECT_EQ(messages(asked, ""), spanish) << "what is stored";
    EXPECT_EQ(messages(asked, "fr"), spanish);
}

TEST_P(Timeline, OfADeskIsToldInTheLanguageOfTheReader) {
    const Unit unit = desk("LEGAL_PHONE");
    const Request asked = request("LEGAL_PHONE");
    look();
    ASSERT_EQ(accept(unit).status, 200);
    wait_seconds(1);
    ASSERT_EQ(step(unit, asked, "arrived").status, 200);
    EXPECT_THAT(messages(asked, "en"),
                ElementsAre("A unit took the request.", "You are being attended to."));
    EXPECT_THAT(messages(asked, "es"),
                ElementsAre("Una unidad tomó la solicitud.", "Ya le estamos atendiendo."));
}

TEST_P(Timeline, OfASearchInVainIsToldInTheLanguageOfTheReader) {
    const Unit unit = unit_at(3);
    const Request asked = request();
    look();
    ASSERT_EQ(accept(unit).status, 200);
    wait_seconds(1);
    ASSERT_EQ(step(unit, asked, "withdraw", R"({"reason":"Se pinchó la llanta"})").status, 204);
    wait_seconds(1);
    look();
    EXPECT_THAT(messages(asked, "en"),
                ElementsAre("A unit took the request.", "We are looking for another unit.",
                            "No unit took the request. It goes to the operators' queue."));
    EXPECT_THAT(messages(asked, "es"),
                ElementsAre("Una unidad tomó la solicitud.", "Buscamos otra unidad.",
                            "Ninguna unidad tomó la solicitud. Pasa a la cola de operaciones."));
}

TEST_P(Timeline, LeavesWhatPeopleWroteAsItIs) {
    const Request asked = request();
    say(asked, "La unidad llegó.");
    say(asked, "Ninguna unidad tomó la solicitud. Pasa a la cola de operaciones.");
    // The account of who wrote it is gone: nobody's, and still no sentence of the platform.
    store(asked, assistance::UpdateType::kNote, "La unidad va en camino.");
    store(asked, assistance::UpdateType::kStatusChange, "La unidad cambió de chofer.");
    store(asked, assistance::UpdateType::kStatusChange, "La unidad llegó.");  // of another type
    EXPECT_EQ(messages(asked, "en"), messages(asked, "es"));
    EXPECT_EQ(messages(asked, "en").size(), 5U);
}

}  // namespace
}  // namespace segurifai::testing
