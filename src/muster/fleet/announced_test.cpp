// Workers that their source asks at a beat of its own, through FleetState: listed before they
// answer, judged by their own interval and patience, in trouble, withdrawn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "muster/fleet/fleet_state.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr const char* kWorker = "http/a:8000";

class AnnouncedTest : public ::testing::Test {
protected:
    AnnouncedTest() { begin(false); }

    void begin(bool pinned) {
        SourceSpec source;
        source.id = pinned ? "http-1" : "file-1";
        source.kind = "http";
        source.own_beat = true;
        source_ = state_.add_source(source, now_);
        ComponentSpec component;
        component.name = "http";
        component.engine = "unknown";
        component.pinned = pinned;
        component_ = state_.add_component(source_, component, now_);
        state_.connected(source_, now_);
    }
    void pass(Duration duration) {
        for (const Time end = now_ + duration; now_ < end; now_ += 100ms) state_.step(now_);
    }
    [[nodiscard]] bool announce(Labels labels = {}) {
        Announcement worker;
        worker.instance = kRef;
        worker.address = "http://a:8000";
        worker.labels = std::move(labels);
        return state_.announce(component_, worker, now_).has_value();
    }
    Verdict answer(std::uint64_t running, std::optional<std::uint32_t> rank = {},
                   Duration interval = 250ms) {
        Load load;
        load.set_count(LoadField::running, running);
        Answer answer;
        answer.component = component_;
        answer.round = ++round_;
        answer.own_beat = OwnBeat{now_ - 5ms, interval, 600ms};
        answer.received = now_;
        answer.instance = kRef;
        answer.rank = rank;
        answer.load = &load;
        answer.address = "http://a:8000";
        return state_.apply(answer);
    }
    void miss() { state_.missed(component_, kRef, ++round_, now_, now_); }
    FleetViewPtr view() { return state_.freeze(now_); }
    WorkerState state() {
        const auto shown = view();
        return shown->state_at(*shown->find(kWorker), now_);
    }

    static constexpr InstanceRef kRef{.id = std::nullopt, .name = "a:8000"};
    struct Counter {
        RoundId value;
        RoundId operator++() {
            ++value.value;
            return value;
        }
    };

    Time now_ = Time{} + 1h;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId component_;
    Counter round_;
};

TEST_F(AnnouncedTest, IsListedAsUnknownBeforeItAnswers) {
    ASSERT_TRUE(announce({{"zone", "a"}}));
    const auto shown = view();
    ASSERT_EQ(shown->size(), 1U);
    EXPECT_EQ(shown->identity(0).id, kWorker);
    EXPECT_EQ(shown->identity(0).labels, (Labels{{"zone", "a"}}));
    EXPECT_EQ(shown->state_at(0, now_), WorkerState::unknown);
    EXPECT_EQ(shown->alive_age_at(0, now_), Duration::max()) << "nobody has heard of it";
}

class RestoredAnnouncedTest : public ::testing::Test {
protected:
    /// As the journal gives it back, `ago` after the earlier run looked last.
    void restore(std::vector<std::optional<std::uint32_t>> ranks, Duration ago = 20s) {
        RestoredFleet fleet;
        fleet.heard_until = now_ - ago;
        fleet.sources = {{.id = "http-1", .target = "http://a:8000"}};
        for (const auto& rank : ranks) {
            RestoredWorker worker;
            worker.identity.component = "http";
            worker.identity.instance_name = "a:8000";
            worker.identity.rank = rank;
            worker.identity.id = make_worker_id("http", std::nullopt, "a:8000", rank);
            worker.identity.engine = "vllm";
            worker.identity.address = "http://a:8000";
            worker.identity.models = {"m"};
            worker.identity.first_seen = now_ - 1h;
            worker.source = "http-1";
            worker.load.set_count(LoadField::running, 7);
            worker.as_of = worker.known_at = worker.alive_at = now_ - ago;
            worker.generation = 3;
            worker.sequence = 40;
            worker.interval = 500ms;
            worker.patience = 900ms;
            worker.started = 1000;
            fleet.workers.push_back(worker);
        }
        state_.restore(std::move(fleet), now_);
        SourceSpec source;
        source.id = "file-1";  // Named elsewhere now: it is the same server all the same.
        source.kind = "file";
        source.own_beat = true;
        source_ = state_.add_source(source, now_);
        ComponentSpec component;
        component.name = "http";
        component.engine = "unknown";
        component_ = state_.add_component(source_, component, now_);
        state_.connected(source_, now_);
    }
    [[nodiscard]] bool announce(std::string_view name = "a:8000") {
        Announcement worker;
        worker.instance = {.id = std::nullopt, .name = name};
        worker.address = "https://a:8000";
        worker.labels = {{"zone", "a"}};
        return state_.announce(component_, worker, now_).has_value();
    }
    void answer(std::uint64_t running, std::optional<std::uint32_t> rank, std::int64_t started) {
        Load load;
        load.set_count(LoadField::running, running);
        Answer answer;
        answer.component = component_;
        answer.round = RoundId{++round_};
        answer.own_beat = OwnBeat{now_, 250ms, 300ms};
        answer.received = now_;
        answer.instance = {.id = std::nullopt, .name = "a:8000"};
        answer.rank = rank;
        answer.load = &load;
        answer.started = started;
        answer.zeros_are_idle = true;
        state_.apply(answer);
    }

    Time now_ = Time{} + 24h;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId component_;
    std::uint64_t round_ = 0;
};

TEST_F(RestoredAnnouncedTest, ComesBackStaleWithItsLastLoadUntilItIsHeard) {
    restore({std::nullopt});
    EXPECT_EQ(state_.freeze(now_)->size(), 0U) << "nobody has listed it yet";
    ASSERT_TRUE(announce());
    FleetViewPtr view = state_.freeze(now_);
    ASSERT_EQ(view->size(), 1U);
    EXPECT_EQ(view->state_at(0, now_), WorkerState::stale);
    EXPECT_TRUE(view->flags(0).has(WorkerFlag::restored));
    EXPECT_EQ(view->load(0).running, 7U);
    EXPECT_EQ(view->age_at(0, now_), 20s);
    EXPECT_EQ(view->alive_age_at(0, now_), 20s);
    EXPECT_EQ(view->identity(0).engine, "vllm");
    EXPECT_EQ(view->identity(0).address, "https://a:8000") << "as it is listed now";
    EXPECT_EQ(view->identity(0).labels, (Labels{{"zone", "a"}}));
    EXPECT_EQ(view->identity(0).first_seen, now_ - 1h);
    EXPECT_EQ(state_.rule_counts().of(Rule::worker_restored), 1U);

    answer(2, std::nullopt, 1000);
    view = state_.freeze(now_);
    ASSERT_EQ(view->size(), 1U);
    EXPECT_EQ(view->state_at(0, now_), WorkerState::fresh);
    EXPECT_FALSE(view->flags(0).has(WorkerFlag::restored));
    EXPECT_EQ(view->load(0).running, 2U);
    EXPECT_EQ(view->generation(0), 3U) << "the same process";
}

TEST_F(RestoredAnnouncedTest, AnotherProcessIsANewGeneration) {
    restore({std::nullopt});
    ASSERT_TRUE(announce());
    answer(2, std::nullopt, 2000);
    EXPECT_EQ(state_.freeze(now_)->generation(0), 4U);
}

TEST_F(RestoredAnnouncedTest, EachRankComesBack) {
    restore({0U, 1U});
    ASSERT_TRUE(announce());
    const FleetViewPtr view = state_.freeze(now_);
    ASSERT_EQ(view->size(), 2U);
    EXPECT_EQ(view->identity(1).id, "http/a:8000/1");
    answer(2, 0U, 1000);
    answer(3, 1U, 1000);
    EXPECT_EQ(state_.freeze(now_)->size(), 2U);
    EXPECT_EQ(state_.freeze(now_)->load(1).running, 3U);
}

TEST_F(RestoredAnnouncedTest, WhatIsNotListedAnyMoreOrTooOldDoesNotComeBack) {
    restore({std::nullopt});
    ASSERT_TRUE(announce("b:8000"));
    const FleetViewPtr view = state_.freeze(now_);
    ASSERT_EQ(view->size(), 1U);
    EXPECT_EQ(view->state_at(0, now_), WorkerState::unknown);
}

TEST_F(RestoredAnnouncedTest, AJournalThatIsTooOldRestoresNobody) {
    restore({std::nullopt}, 16min);
    ASSERT_TRUE(announce());
    const FleetViewPtr view = state_.freeze(now_);
    ASSERT_EQ(view->size(), 1U);
    EXPECT_EQ(view->state_at(0, now_), WorkerState::unknown);
}

TEST_F(AnnouncedTest, NoRoundsAndNoEchoesAreAsked) {
    ASSERT_TRUE(announce());
    EXPECT_EQ(state_.ask_due_at(component_), kNotDue);
    EXPECT_EQ(state_.echo_due_at(source_), kNotDue);
    state_.suspect(source_, "the file is gone", now_);
    EXPECT_EQ(state_.echo_due_at(source_), kNotDue);
}

TEST_F(AnnouncedTest, AnswersAreJudgedByTheWorkersOwnBeat) {
    ASSERT_TRUE(announce());
    pass(1s);
    EXPECT_EQ(answer(3, {}, 1s).outcome, Verdict::Outcome::changed);
    const auto shown = view();
    EXPECT_EQ(shown->interval(0), 1s);
    EXPECT_EQ(shown->patience(0), 600ms);
    EXPECT_EQ(shown->age_at(0, now_), 5ms) << "from the moment it was asked";
    now_ += 2500ms;
    EXPECT_EQ(state(), WorkerState::fresh) << "two intervals and the patience";
    now_ += 200ms;
    EXPECT_EQ(state(), WorkerState::late);
}

TEST_F(AnnouncedTest, ARankTakesTheRowOver) {
    ASSERT_TRUE(announce({{"zone", "a"}}));
    (void)answer(3, 0);
    (void)answer(4, 1);
    const auto shown = view();
    ASSERT_EQ(shown->size(), 2U);
    EXPECT_EQ(shown->identity(0).id, "http/a:8000/0");
    EXPECT_EQ(shown->identity(1).id, "http/a:8000/1");
    EXPECT_EQ(shown->identity(1).labels, (Labels{{"zone", "a"}}));
}

TEST_F(AnnouncedTest, WhatItTurnsOutToBeIsShownInEveryRow) {
    ASSERT_TRUE(announce());
    (void)answer(3, 0);
    (void)answer(4, 1);
    state_.describe(component_, kRef, {.engine = "vllm", .models = {"m"}}, now_);
    const auto shown = view();
    for (std::size_t row = 0; row < 2; ++row) {
        EXPECT_EQ(shown->identity(row).engine, "vllm");
        EXPECT_EQ(shown->identity(row).models, std::vector<std::string>{"m"});
    }
}

TEST_F(AnnouncedTest, SilentForTenSecondsAndThreeMissesIsLost) {
    ASSERT_TRUE(announce());
    (void)answer(3);
    for (int i = 0; i < 3; ++i) miss();
    EXPECT_EQ(view()->size(), 1U) << "three misses in no time";
    pass(11s);
    miss();
    const auto shown = view();
    ASSERT_NE(shown->find_tombstone(kWorker), nullptr);
    EXPECT_EQ(shown->find_tombstone(kWorker)->reason, LostReason::silent);
    ASSERT_TRUE(announce({{"zone", "a"}})) << "it answers again: told once more, with its labels";
    (void)answer(5);
    const auto after = view();
    ASSERT_EQ(after->size(), 1U);
    EXPECT_EQ(after->generation(0), 2U);
    EXPECT_EQ(after->identity(0).labels, (Labels{{"zone", "a"}}));
}

TEST_F(AnnouncedTest, ASuspectSourceLosesNobody) {
    ASSERT_TRUE(announce());
    (void)answer(3);
    state_.suspect(source_, "the file is gone", now_);
    pass(60s);
    for (int i = 0; i < 5; ++i) miss();
    EXPECT_EQ(view()->size(), 1U);
    EXPECT_EQ(view()->sources().at(0).reason, "the file is gone");
}

TEST_F(AnnouncedTest, ANamedOneStaysHoweverSilentItIs) {
    begin(true);
    ASSERT_TRUE(announce());
    pass(60s);
    for (int i = 0; i < 5; ++i) miss();
    const auto shown = view();
    ASSERT_EQ(shown->size(), 1U);
    ASSERT_NE(shown->extras(0), nullptr);
    EXPECT_EQ(shown->extras(0)->silent_since, Time{} + 1h) << "since it was named";
}

TEST_F(AnnouncedTest, TroubleIsShownKeepsItsSinceAndEnds) {
    ASSERT_TRUE(announce());
    WorkerTrouble trouble{.kind = "refused", .what = "connection refused: http://a:8000: ..."};
    state_.set_trouble(component_, kRef, &trouble, now_);
    const Time since = now_;
    now_ += 3s;
    trouble.what = "connection refused: http://a:8000: again";
    state_.set_trouble(component_, kRef, &trouble, now_);
    const auto shown = view();
    ASSERT_NE(shown->extras(0), nullptr);
    EXPECT_EQ(shown->extras(0)->trouble->kind, "refused");
    EXPECT_EQ(shown->extras(0)->trouble->since, since);
    state_.set_trouble(component_, kRef, nullptr, now_);
    EXPECT_EQ(view()->extras(0), nullptr);
    std::vector<FleetEventKind> kinds;
    for (const FleetEvent& event : state_.take_events()) {
        if (event.subject == kWorker) kinds.push_back(event.kind);
    }
    EXPECT_THAT(kinds, ElementsAre(FleetEventKind::worker_appeared, FleetEventKind::trouble_began,
                                   FleetEventKind::trouble_ended));
}

TEST_F(AnnouncedTest, WithdrawnIsLostAtOnceWithTheReason) {
    ASSERT_TRUE(announce());
    (void)answer(3);
    state_.withdraw(component_, kRef, "no longer listed by file:x", now_);
    const auto shown = view();
    EXPECT_EQ(shown->size(), 0U);
    ASSERT_NE(shown->find_tombstone(kWorker), nullptr);
    EXPECT_EQ(shown->find_tombstone(kWorker)->detail, "no longer listed by file:x");
    EXPECT_EQ(shown->find_tombstone(kWorker)->last_load.running, 3U);
}

TEST_F(AnnouncedTest, TheSameWorkerOfAnotherSourceIsRefused) {
    ASSERT_TRUE(announce());
    begin(true);
    EXPECT_FALSE(announce());
    EXPECT_EQ(view()->size(), 1U);
}

TEST_F(AnnouncedTest, OtherLabelsAreTakenWithoutAnotherGeneration) {
    ASSERT_TRUE(announce({{"zone", "a"}}));
    (void)answer(3);
    ASSERT_TRUE(announce({{"zone", "b"}}));
    const auto shown = view();
    EXPECT_EQ(shown->identity(0).labels, (Labels{{"zone", "b"}}));
    EXPECT_EQ(shown->generation(0), 1U);
    EXPECT_EQ(shown->load(0).running, 3U);
}

}  // namespace
}  // namespace muster
