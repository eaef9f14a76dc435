// Who stays in the set, and for how long, by the same FleetState as in production and a clock that
// is moved by hand.
#include "muster/dynamo/live_set.hpp"

#include <gtest/gtest.h>

#include "muster/fleet/fleet_state.hpp"

namespace muster::dynamo {
namespace {

using namespace std::chrono_literals;

/// One source, one component, one worker that answers if it is asked to.
class OneWorker {
public:
    OneWorker() {
        source_ = state_.add_source({.id = "n", .kind = "nats", .target = "t"}, now_);
        component_ = state_.add_component(source_, {.name = "ns/comp"}, now_);
        load_.set_count(LoadField::kv_active_blocks, 10);
        load_.set_count(LoadField::kv_total_blocks, 100);
        state_.connected(source_, now_);
    }
    /// Lets time pass in steps, asking as it falls due, and looks at the set every time. False if
    /// the set was ever empty.
    bool run(Duration time, bool answers, bool broker_away = false) {
        bool always_there = true;
        for (const Time end = now_ + time; now_ < end; now_ += 50ms) {
            state_.step(now_);
            if (!broker_away && state_.ask_due_at(component_) <= now_) ask(answers);
            if (state_.changed()) view_ = state_.freeze(now_);
            always_there = !look().endpoints.empty() && always_there;
        }
        return always_there;
    }
    ProcessedEndpoints look() { return set_.update(*view_, now_); }
    void disconnect() { state_.disconnected(source_, "away", now_); }
    void connect() { state_.connected(source_, now_); }
    void stand_still(Duration time) { now_ += time; }
    [[nodiscard]] std::optional<Duration> oldest_age() const {
        return LiveSet::oldest_age(*view_, set_.rows(), LiveSet::Kind::loads, now_);
    }

private:
    void ask(bool answers) {
        const FleetState::BegunRound round = state_.begin_round(component_, now_);
        if (answers) {
            Answer answer;
            answer.component = component_;
            answer.round = round.round;
            answer.received = now_;
            answer.instance = {.id = 0x1f, .name = "s"};
            answer.service_id = "s";
            answer.started = 1;
            answer.load = &load_;
            answer.address = "nats:ns_comp.load_metrics-1f";
            answer.engine = "dynamo";
            (void)state_.apply(answer);
        }
        state_.echo_received(source_, round.echo, now_);
    }

    Time now_ = Time{} + 24h;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId component_;
    Load load_;
    FleetViewPtr view_ = std::make_shared<const FleetView>();
    LiveSet set_{{.kind = LiveSet::Kind::loads, .service = "ns_comp", .endpoint = "load_metrics"}};
};

TEST(LiveSet, ListsAWorkerByItsSubjectAndLoad) {
    OneWorker worker;
    EXPECT_TRUE(worker.look().endpoints.empty());
    (void)worker.run(1s, true);
    const ProcessedEndpoints set = worker.look();
    ASSERT_NE(set.find(0x1f), nullptr);
    EXPECT_EQ(set.find(0x1f)->subject, "ns_comp.load_metrics-1f");
    EXPECT_EQ(set.find(0x1f)->name, "ns_comp-load_metrics-1f");
    EXPECT_EQ(set.load_avg, 10.0);
    ASSERT_TRUE(worker.oldest_age());
    EXPECT_LE(*worker.oldest_age(), 300ms);
}

TEST(LiveSet, D04AMissedAnswerRemovesNobodyAndSilenceDoes) {
    OneWorker worker;
    (void)worker.run(1s, true);
    EXPECT_TRUE(worker.run(1500ms, false)) << "late, not gone";
    EXPECT_FALSE(worker.run(1s, false)) << "stale";
    EXPECT_TRUE(worker.look().endpoints.empty());
    (void)worker.run(500ms, true);
    EXPECT_FALSE(worker.look().endpoints.empty());
}

TEST(LiveSet, D05ABrokerAwayEmptiesNothingNorDoesItsReturn) {
    OneWorker worker;
    (void)worker.run(1s, true);
    worker.disconnect();
    EXPECT_TRUE(worker.run(60s, false, true));
    EXPECT_GE(*worker.oldest_age(), 60s) << "and its age says so";
    worker.connect();
    EXPECT_TRUE(worker.run(1500ms, false)) << "it has not had its time to answer";
    EXPECT_TRUE(worker.run(5s, true));
    EXPECT_LE(*worker.oldest_age(), 300ms);
}

TEST(LiveSet, AWorkerThatDiedWithTheBrokerLeavesAfterItsLimit) {
    OneWorker worker;
    (void)worker.run(1s, true);
    worker.disconnect();
    EXPECT_TRUE(worker.run(60s, false, true));
    worker.connect();
    EXPECT_FALSE(worker.run(4s, false));
}

TEST(LiveSet, MusterStandingStillItselfEmptiesNothing) {
    OneWorker worker;
    (void)worker.run(1s, true);
    worker.stand_still(60s);
    EXPECT_FALSE(worker.look().endpoints.empty());
    EXPECT_TRUE(worker.run(1500ms, false));
    EXPECT_TRUE(worker.run(2s, true));
}

}  // namespace
}  // namespace muster::dynamo
