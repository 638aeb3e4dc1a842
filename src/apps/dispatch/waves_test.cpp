#include "apps/dispatch/waves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace segurifai::dispatch {
namespace {

using providers::ProviderId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Instant kNow = Instant::parse("2026-02-03T18:00:00Z").value();

Instant in(std::int64_t seconds) {
    return add_seconds(kNow, seconds);
}

/// A mobile unit so far away by straight line; the road is the usual third longer.
Candidate unit(std::int32_t id, double distance_km) {
    return {.provider_id = {id}, .distance_km = distance_km, .road_km = distance_km * 1.35};
}

Waiting nearest(std::int32_t wave = 0, std::vector<OpenOffer> open = {}) {
    return {
        .wave = wave, .policy = Policy::kNearest, .desk = false, .open_offers = std::move(open)};
}

Waiting broadcast(std::int32_t wave = 0, std::vector<OpenOffer> open = {}) {
    return {
        .wave = wave, .policy = Policy::kBroadcast, .desk = false, .open_offers = std::move(open)};
}

TEST(Waves, NearestAsksOneAtATimeTheNearestByRoad) {
    std::vector<Candidate> candidates{unit(1, 9), unit(2, 4), unit(3, 3)};
    candidates[2].road_km = 7;  // across the ravine
    const WaveStep step = next_wave_step(nearest(), candidates, kNow);
    EXPECT_EQ(step.state, SearchState::kWaiting);
    EXPECT_EQ(step.wave, 0);
    EXPECT_THAT(step.offers, ElementsAre(ProviderId{2}));
    EXPECT_EQ(step.next_at, in(60));
}

TEST(Waves, EqualDistancesAreDecidedById) {
    const std::vector candidates{unit(9, 4), unit(7, 4), unit(8, 4)};
    EXPECT_THAT(next_wave_step(nearest(), candidates, kNow).offers, ElementsAre(ProviderId{7}));
}

TEST(Waves, BroadcastAsksUpToFive) {
    const std::vector candidates{unit(1, 1), unit(2, 2), unit(3, 3), unit(4, 4),
                                 unit(5, 5), unit(6, 6), unit(7, 20)};
    EXPECT_THAT(
        next_wave_step(broadcast(), candidates, kNow).offers,
        ElementsAre(ProviderId{1}, ProviderId{2}, ProviderId{3}, ProviderId{4}, ProviderId{5}));
    const WaveStep filled =
        next_wave_step(broadcast(0, {{{1}, in(10)}, {{2}, in(30)}}), candidates, kNow);
    EXPECT_THAT(filled.offers, ElementsAre(ProviderId{3}, ProviderId{4}, ProviderId{5}));
    EXPECT_EQ(filled.next_at, in(10));
}

TEST(Waves, AnOpenOfferIsWaitedFor) {
    const std::vector candidates{unit(1, 1), unit(2, 2)};
    const WaveStep step = next_wave_step(nearest(0, {{{1}, in(20)}}), candidates, kNow);
    EXPECT_THAT(step.offers, IsEmpty());
    EXPECT_THAT(step.lapsed, IsEmpty());
    EXPECT_EQ(step.next_at, in(20));
    EXPECT_EQ(step.state, SearchState::kWaiting);
}

TEST(Waves, ALapseGoesToTheNextAtOnce) {
    const std::vector candidates{unit(1, 1), unit(2, 2)};
    const WaveStep step = next_wave_step(nearest(0, {{{1}, kNow}}), candidates, kNow);
    EXPECT_THAT(step.lapsed, ElementsAre(ProviderId{1}));
    EXPECT_THAT(step.offers, ElementsAre(ProviderId{2}));
}

TEST(Waves, ARadiusWithNobodyLeftIsGivenUpAtOnce) {
    EXPECT_EQ(next_wave_step(nearest(), std::vector{unit(1, 10.0)}, kNow).wave, 0);
    EXPECT_EQ(next_wave_step(nearest(), std::vector{unit(1, 10.1)}, kNow).wave, 1);
    EXPECT_EQ(next_wave_step(nearest(), std::vector{unit(1, 25.1)}, kNow).wave, 2);
    const WaveStep far = next_wave_step(nearest(), std::vector{unit(1, 49.9)}, kNow);
    EXPECT_THAT(far.offers, ElementsAre(ProviderId{1}));
    EXPECT_EQ(far.state, SearchState::kWaiting);
}

TEST(Waves, AWiderRadiusStillTakesWhoHasComeNear) {
    const WaveStep step = next_wave_step(nearest(2), std::vector{unit(1, 40), unit(2, 3)}, kNow);
    EXPECT_THAT(step.offers, ElementsAre(ProviderId{2}));
    EXPECT_EQ(step.wave, 2);
}

TEST(Waves, BroadcastDoesNotWidenWhileSomebodyIsThinking) {
    const WaveStep step =
        next_wave_step(broadcast(0, {{{1}, in(5)}}), std::vector{unit(1, 1), unit(2, 20)}, kNow);
    EXPECT_EQ(step.wave, 0);
    EXPECT_THAT(step.offers, IsEmpty());
    EXPECT_EQ(step.next_at, in(5));
}

TEST(Waves, AfterTheLastTheRequestGoesToTheOperators) {
    const WaveStep step = next_wave_step(nearest(), std::vector{unit(1, 50.1)}, kNow);
    EXPECT_EQ(step.state, SearchState::kQueued);
    EXPECT_EQ(step.wave, kLastWave);
    EXPECT_EQ(step.next_at, in(kQueueLookSeconds)) << "and is looked at again all the same";
    EXPECT_THAT(step.offers, IsEmpty());
    EXPECT_EQ(next_wave_step(broadcast(2), {}, kNow).state, SearchState::kQueued);
}

TEST(Waves, DeclinersAndTheSilentAreLeftOutForTenMinutes) {
    std::vector<Candidate> candidates{unit(1, 1)};
    candidates[0].left_out_until = left_out_until(in(-599));
    EXPECT_EQ(next_wave_step(nearest(), candidates, kNow).state, SearchState::kQueued);
    candidates[0].left_out_until = left_out_until(in(-600));
    EXPECT_THAT(next_wave_step(nearest(), candidates, kNow).offers, ElementsAre(ProviderId{1}));
    // The lapse that is only now noticed counts too.
    candidates[0].left_out_until.reset();
    EXPECT_EQ(next_wave_step(nearest(0, {{{1}, in(-1)}}), candidates, kNow).state,
              SearchState::kQueued);
}

TEST(Waves, NobodyHasMoreThanThreeOffers) {
    std::vector<Candidate> candidates{unit(1, 1), unit(2, 2)};
    candidates[0].open_offers = 3;
    candidates[1].open_offers = 2;
    EXPECT_THAT(next_wave_step(nearest(), candidates, kNow).offers, ElementsAre(ProviderId{2}));
    EXPECT_EQ(passed_over(nearest(), candidates[0], 0, kNow), PassedOver::kOffersFull);
}

TEST(Waves, SayWhyAUnitIsPassedOver) {
    EXPECT_EQ(passed_over(nearest(), unit(1, 5), 0, kNow), std::nullopt);
    EXPECT_EQ(passed_over(nearest(), unit(1, 11), 0, kNow), PassedOver::kOutsideWave);
    EXPECT_EQ(passed_over(nearest(), unit(1, std::nan("")), 2, kNow), PassedOver::kOutsideWave);
    EXPECT_EQ(passed_over(nearest(0, {{{1}, in(1)}}), unit(1, 5), 0, kNow), PassedOver::kHasOffer);
    EXPECT_EQ(passed_over(nearest(0, {{{1}, in(0)}}), unit(1, 5), 0, kNow), PassedOver::kLeftOut);
}

TEST(Waves, AStrangeWaveIsHeldWithinTheThree) {
    EXPECT_EQ(next_wave_step(nearest(-7), std::vector{unit(1, 1)}, kNow).wave, 0);
    EXPECT_EQ(next_wave_step(nearest(99), std::vector{unit(1, 1)}, kNow).wave, kLastWave);
}

TEST(Desks, AreAskedWithoutRegardToDistanceFewestJobsThenLongestIdleFirst) {
    const Waiting waiting{.wave = 0, .policy = Policy::kNearest, .desk = true, .open_offers = {}};
    std::vector<Candidate> desks{
        {.provider_id = {1}, .distance_km = 900, .active_jobs = 2, .idle_since = in(-9'000)},
        {.provider_id = {2}, .active_jobs = 1, .idle_since = in(-10)},
        {.provider_id = {3}, .active_jobs = 1, .idle_since = in(-20)},
        {.provider_id = {4}, .active_jobs = 1, .idle_since = in(-20)},
    };
    const auto first = [&] { return next_wave_step(waiting, desks, kNow).offers.at(0).value; };
    EXPECT_EQ(first(), 3);
    desks[3].idle_since.reset();  // has never had a job
    EXPECT_EQ(first(), 4);
    desks[0].active_jobs = 0;
    EXPECT_EQ(first(), 1);
}

TEST(Desks, WithNobodyLeftTheRequestGoesToTheOperators) {
    const Waiting waiting{.wave = 0, .policy = Policy::kNearest, .desk = true, .open_offers = {}};
    EXPECT_EQ(next_wave_step(waiting, {}, kNow).state, SearchState::kQueued);
}

/// A search in which units answer by chance, driven to its end.
class RandomSearch {
public:
    explicit RandomSearch(unsigned seed) : random_(seed) {
        waiting_.policy = seed % 2 == 0 ? Policy::kNearest : Policy::kBroadcast;
        for (std::int32_t id = 1; id <= 12; ++id)
            candidates_.push_back(unit(id, std::uniform_real_distribution(0.0, 60.0)(random_)));
    }

    /// Plays until the queue; every unit declines or stays silent.
    void play() {
        for (int steps = 0; steps < 100; ++steps) {
            const WaveStep step = next_wave_step(waiting_, candidates_, now_);
            ASSERT_GE(step.wave, waiting_.wave);
            waiting_.wave = step.wave;
            close(step.lapsed);
            for (const ProviderId id : step.offers) open(id);
            ASSERT_LE(waiting_.open_offers.size(), offers_at_a_time(waiting_.policy));
            if (step.state == SearchState::kQueued) return;
            ASSERT_TRUE(step.next_at);
            ASSERT_GT(*step.next_at, now_);
            ASSERT_FALSE(waiting_.open_offers.empty());
            if (random_() % 2 == 0) {
                now_ = add_seconds(now_, 3);
                close({waiting_.open_offers.front().provider_id});  // declines
            } else {
                now_ = *step.next_at;
            }
        }
        FAIL() << "the search did not end";
    }

    std::multiset<std::int32_t> asked;
    std::vector<Candidate> candidates_;

private:
    void open(ProviderId id) {
        asked.insert(id.value);
        waiting_.open_offers.push_back({id, offer_expires_at(now_)});
    }
    void close(const std::vector<ProviderId>& ids) {
        for (const ProviderId id : ids) {
            std::erase_if(waiting_.open_offers,
                          [id](const OpenOffer& offer) { return offer.provider_id == id; });
            for (Candidate& candidate : candidates_)
                if (candidate.provider_id == id) candidate.left_out_until = left_out_until(now_);
        }
    }

    std::mt19937 random_;
    Instant now_ = kNow;
    Waiting waiting_;
};

TEST(Waves, AlwaysEndHavingAskedEveryoneInReach) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        RandomSearch search(seed);
        search.play();
        for (const Candidate& candidate : search.candidates_)
            EXPECT_EQ(search.asked.contains(candidate.provider_id.value),
                      candidate.distance_km <= kWaveRadiiKm.back())
                << seed;
    }
}

}  // namespace
}  // namespace segurifai::dispatch
