// Cordons through FleetState: they stand until they are lifted, whatever becomes of the worker.
#include "muster/fleet/cordon.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "muster/base/limits.hpp"
#include "muster/fleet/fleet_state.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kWorker = "dynamo/backend/42";

class CordonTest : public ::testing::Test {
protected:
    CordonTest()
        : source_(state_.add_source({.id = "nats-1", .kind = "nats", .target = "t"}, now_)),
          component_(state_.add_component(source_, {.name = "dynamo/backend"}, now_)) {
        state_.connected(source_, now_);
    }

    /// A round that the worker answers, or does not.
    void ask(bool answers, std::optional<std::uint32_t> rank = {}) {
        now_ += 250ms;
        state_.step(now_);
        const auto round = state_.begin_round(component_, now_);
        if (answers) {
            Load load;
            load.set_count(LoadField::running, 3);
            Answer report;
            report.component = component_;
            report.round = round.round;
            report.received = now_;
            report.instance = {.id = 42, .name = {}};
            report.rank = rank;
            report.load = &load;
            (void)state_.apply(report);
        }
        state_.echo_received(source_, round.echo, now_);
        now_ += 400ms;
        state_.step(now_);
    }
    void lose_the_worker() {
        for (int i = 0; i < 40 && view()->size() == 1; ++i) ask(false);
        ASSERT_NE(view()->find_tombstone(kWorker), nullptr);
    }
    FleetViewPtr view() { return state_.freeze(now_); }
    /// Details of the events of this kind since the last call.
    std::vector<std::string> told(FleetEventKind kind) {
        std::vector<std::string> details;
        for (const FleetEvent& event : state_.take_events()) {
            if (event.kind == kind) details.push_back(event.subject + ": " + event.detail);
        }
        return details;
    }

    Time now_ = Time{} + 24h;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId component_;
};

TEST_F(CordonTest, MarksTheWorkerAndSaysWhoWhyAndSince) {
    ask(true);
    const Time since = now_;
    EXPECT_EQ(state_.cordon(kWorker, "new driver", "ada", now_), CordonOutcome::made);
    ASSERT_TRUE(state_.changed());
    const FleetViewPtr shown = view();
    ASSERT_TRUE(shown->flags(0).has(WorkerFlag::cordoned));
    const Cordon expected{kWorker, "new driver", "ada", since};
    EXPECT_EQ(*shown->extras(0)->cordon, expected);
    EXPECT_EQ(shown->extras(0)->flag_times[static_cast<std::size_t>(WorkerFlag::cordoned)], since);
    ASSERT_EQ(shown->cordons().size(), 1U);
    EXPECT_EQ(*shown->cordons().front(), expected);
    EXPECT_THAT(told(FleetEventKind::flag_raised),
                ElementsAre("dynamo/backend/42: cordoned: new driver (by ada)"));
}

TEST_F(CordonTest, AnotherReasonReplacesTheFirstAndKeepsItsTime) {
    ask(true);
    const Time since = now_;
    (void)state_.cordon(kWorker, "new driver", "ada", now_);
    const FleetViewPtr before = view();
    now_ += 1s;
    EXPECT_EQ(state_.cordon(kWorker, "new driver", "ada", now_), CordonOutcome::kept);
    EXPECT_FALSE(state_.changed()) << "the same again is no news";
    (void)told(FleetEventKind::flag_raised);
    EXPECT_EQ(state_.cordon(kWorker, "fan broken", "", now_), CordonOutcome::kept);
    EXPECT_EQ(*view()->extras(0)->cordon, (Cordon{kWorker, "fan broken", "", since}));
    EXPECT_EQ(before->extras(0)->cordon->why, "new driver") << "an older view stays true";
    EXPECT_THAT(told(FleetEventKind::flag_raised),
                ElementsAre("dynamo/backend/42: cordoned: fan broken"));
}

TEST_F(CordonTest, IsLiftedOnce) {
    ask(true);
    (void)state_.cordon(kWorker, "new driver", "ada", now_);
    (void)view();
    EXPECT_TRUE(state_.uncordon(kWorker, "bob", now_));
    const FleetViewPtr shown = view();
    EXPECT_FALSE(shown->flags(0).any());
    EXPECT_EQ(shown->extras(0), nullptr);
    EXPECT_THAT(shown->cordons(), IsEmpty());
    EXPECT_THAT(told(FleetEventKind::flag_cleared),
                ElementsAre("dynamo/backend/42: cordoned: by bob"));
    EXPECT_FALSE(state_.uncordon(kWorker, "bob", now_));
    EXPECT_FALSE(state_.changed());
}

TEST_F(CordonTest, OnlyWhoIsKnownCanBeCordoned) {
    EXPECT_EQ(state_.cordon("dynamo/backend/43", "typo", "", now_), CordonOutcome::unknown_worker);
    EXPECT_THAT(state_.cordons(), IsEmpty());
}

TEST_F(CordonTest, StandsWhileTheWorkerIsAwayAndMarksItWhenItReturns) {
    ask(true);
    const Time since = now_;
    (void)state_.cordon(kWorker, "new driver", "ada", now_);
    lose_the_worker();
    ASSERT_EQ(view()->cordons().size(), 1U);
    (void)told(FleetEventKind::flag_raised);
    ask(true);
    const FleetViewPtr shown = view();
    ASSERT_EQ(shown->size(), 1U);
    EXPECT_EQ(shown->generation(0), 2U);
    ASSERT_TRUE(shown->flags(0).has(WorkerFlag::cordoned));
    EXPECT_EQ(shown->extras(0)->cordon->since, since);
    EXPECT_THAT(told(FleetEventKind::flag_raised),
                ElementsAre("dynamo/backend/42: cordoned: new driver (by ada)"));
}

TEST_F(CordonTest, AWorkerThatIsLostCanBeCordonedAndFreed) {
    ask(true);
    lose_the_worker();
    (void)told(FleetEventKind::flag_raised);
    EXPECT_EQ(state_.cordon(kWorker, "broken", "ada", now_), CordonOutcome::made);
    EXPECT_TRUE(state_.changed());
    EXPECT_EQ(view()->cordons().size(), 1U);
    EXPECT_THAT(told(FleetEventKind::flag_raised),
                ElementsAre("dynamo/backend/42: cordoned: broken (by ada)"));
    EXPECT_TRUE(state_.uncordon(kWorker, "", now_));
    EXPECT_TRUE(state_.changed());
    EXPECT_THAT(told(FleetEventKind::flag_cleared), ElementsAre("dynamo/backend/42: cordoned"));
    ask(true);
    EXPECT_FALSE(view()->flags(0).any());
}

TEST_F(CordonTest, GoesWithARowThatIsRenamed) {
    ask(true);
    (void)state_.cordon(kWorker, "new driver", "ada", now_);
    ask(true, 3);
    const FleetViewPtr shown = view();
    ASSERT_EQ(shown->identity(0).id, "dynamo/backend/42/3");
    ASSERT_TRUE(shown->flags(0).has(WorkerFlag::cordoned));
    EXPECT_EQ(shown->extras(0)->cordon->worker, "dynamo/backend/42/3");
    ASSERT_EQ(shown->cordons().size(), 1U);
    EXPECT_TRUE(state_.uncordon("dynamo/backend/42/3", "", now_));
}

TEST_F(CordonTest, ARestoredOneWaitsForItsWorker) {
    const std::vector<Cordon> kept = {{kWorker, "new driver", "ada", now_ - 1h},
                                      {"dynamo/backend/42/3", "its rank", "", now_ - 2h}};
    state_.restore_cordons(kept, now_);
    ASSERT_EQ(state_.cordons().size(), 2U);
    EXPECT_EQ(*state_.cordons().front(), kept.front());
    ask(true);
    EXPECT_EQ(*view()->extras(0)->cordon, kept.front());
    ask(true, 3);  // The rank's own cordon is the one that stands.
    EXPECT_EQ(*view()->extras(0)->cordon, kept.back());
    EXPECT_EQ(state_.cordons().size(), 1U);
}

TEST_F(CordonTest, TheirNumberIsBounded) {
    std::vector<Cordon> many;
    for (std::size_t i = 0; i <= kCordonsMax; ++i) many.push_back({std::to_string(i), "x", "", {}});
    state_.restore_cordons(many, now_);
    EXPECT_EQ(state_.cordons().size(), kCordonsMax);
    ask(true);
    EXPECT_EQ(state_.cordon(kWorker, "one more", "", now_), CordonOutcome::too_many);
    EXPECT_FALSE(view()->flags(0).any());
    EXPECT_TRUE(state_.uncordon("0", "", now_));
    EXPECT_EQ(state_.cordon(kWorker, "one more", "", now_), CordonOutcome::made);
}

}  // namespace
}  // namespace muster
