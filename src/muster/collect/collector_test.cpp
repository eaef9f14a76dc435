// The collector with a source that writes down what it is asked: who is asked, what is published.
#include "muster/collect/collector.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "support/manual_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// Writes down what it is asked; can be told to fail.
class RecordingSource final : public Source {
public:
    bool ask(const Question& question) override {
        questions.push_back(question);
        return sends;
    }
    bool echo(EchoId id) override {
        echoes.push_back(id);
        return sends;
    }
    std::vector<Question> questions;
    std::vector<EchoId> echoes;
    bool sends = true;
};

class RecordingWaker final : public StepWaker {
public:
    void wake_by(Time when) noexcept override { earliest = std::min(earliest, when); }
    Time earliest = kNotDue;
};

class CollectorTest : public ::testing::Test {
protected:
    CollectorTest()
        : source_(collector_.add_source({.id = "nats-1", .kind = "nats", .target = "t"}, recording_,
                                        clock_.now())),
          component_(collector_.add_component(source_, {.name = "dynamo/backend"}, clock_.now())) {}

    Time step_after(Duration by) { return collector_.step(clock_.advance(by)); }
    Verdict answer(const Question& question, std::uint64_t running) {
        Load load;
        load.set_count(LoadField::running, running);
        Answer report;
        report.component = question.component;
        report.round = question.round;
        report.received = clock_.now();
        report.instance.id = 42;
        report.load = &load;
        return collector_.apply(report);
    }
    /// The source is there and asks, and its worker answers; more may come.
    void first_answer() {
        collector_.connected(source_, clock_.now());
        step_after(0ms);
        clock_.advance(5ms);
        answer(recording_.questions.at(0), 3);
    }
    /// REQUIRES: the first answer was published just now. As many publications follow as a quiet
    /// time is worth.
    void publish_all_that_is_saved() {
        for (std::uint64_t running = 100; running < 110; ++running) {
            answer(recording_.questions.at(0), running);
            collector_.drained(clock_.now());
        }
    }
    /// So soon after these that it has to wait for the next.
    void second_answer_within_the_gap() {
        clock_.advance(50us);
        answer(recording_.questions.at(0), 4);
    }

    testing::ManualClock clock_;
    testing::ManualCpuMeter meter_;
    RecordingSource recording_;
    RecordingWaker waker_;
    Collector collector_{{}, meter_, clock_.now(), &waker_};
    SourceId source_;
    ComponentId component_;
};

TEST_F(CollectorTest, AsksNothingOfASourceThatIsAway) {
    step_after(1ms);
    EXPECT_TRUE(recording_.questions.empty());
    EXPECT_TRUE(recording_.echoes.empty());
}

TEST_F(CollectorTest, AsksAtOnceWhenConnectedThenOnceAnInterval) {
    collector_.connected(source_, clock_.now());
    EXPECT_EQ(waker_.earliest, clock_.now());
    step_after(0ms);
    ASSERT_EQ(recording_.questions.size(), 1U);
    step_after(200ms);
    EXPECT_EQ(recording_.questions.size(), 1U);
    step_after(50ms);
    EXPECT_EQ(recording_.questions.size(), 2U);
}

TEST_F(CollectorTest, HasAtMostThreeQuestionsUnderWay) {
    collector_.connected(source_, clock_.now());
    for (int i = 0; i < 100; ++i) step_after(50ms);
    // Without echoes it becomes suspect after the first three at the latest.
    EXPECT_LE(recording_.questions.size(), 3U);
    EXPECT_LE(recording_.echoes.size(), 1U);
}

TEST_F(CollectorTest, PublishesAnAnswerWhenTheQueueIsDrained) {
    collector_.connected(source_, clock_.now());
    step_after(0ms);
    const std::uint64_t before = collector_.view_cell().version();
    clock_.advance(5ms);
    answer(recording_.questions.at(0), 3);
    collector_.drained(clock_.now());
    EXPECT_EQ(collector_.view_cell().version(), before + 1);
    EXPECT_EQ(collector_.view_cell().current()->size(), 1U);
}

TEST_F(CollectorTest, ASecondChangeWithinTheGapWaitsAndWakesTheTimer) {
    first_answer();
    collector_.drained(clock_.now());
    publish_all_that_is_saved();
    const std::uint64_t version = collector_.view_cell().version();
    waker_.earliest = kNotDue;
    second_answer_within_the_gap();
    collector_.drained(clock_.now());
    EXPECT_EQ(collector_.view_cell().version(), version);
    EXPECT_EQ(waker_.earliest, clock_.now() + 150us);
    collector_.step(clock_.advance(150us));
    EXPECT_EQ(collector_.view_cell().version(), version + 1);
}

TEST_F(CollectorTest, WhoCanWaitForTheGapIsToldHowLongAndWakesNobody) {
    first_answer();
    EXPECT_EQ(collector_.drained_or_wait(clock_.now(), 2ms), kNotDue) << "published at once";
    publish_all_that_is_saved();
    const std::uint64_t version = collector_.view_cell().version();
    waker_.earliest = kNotDue;
    second_answer_within_the_gap();
    EXPECT_EQ(collector_.drained_or_wait(clock_.now(), 2ms), clock_.now() + 150us);
    EXPECT_EQ(waker_.earliest, kNotDue);
    // Too long for it: the timer is woken, as for those who cannot wait.
    EXPECT_EQ(collector_.drained_or_wait(clock_.now(), 100us), kNotDue);
    EXPECT_EQ(waker_.earliest, clock_.now() + 150us);
    EXPECT_EQ(collector_.view_cell().version(), version);
    collector_.drained(clock_.advance(150us));
    EXPECT_EQ(collector_.view_cell().version(), version + 1);
}

TEST_F(CollectorTest, WhileMoreIsReceivedAChangeWaitsForItsBurstAndWakesNobody) {
    first_answer();
    const std::uint64_t version = collector_.view_cell().version();
    waker_.earliest = kNotDue;
    collector_.receives_on(clock_.now());
    EXPECT_EQ(collector_.view_cell().version(), version);
    collector_.receives_on(clock_.advance(399us));
    EXPECT_EQ(collector_.view_cell().version(), version) << "its burst may yet end";
    collector_.receives_on(clock_.advance(1us));
    EXPECT_EQ(collector_.view_cell().version(), version + 1) << "it may have no end";
    second_answer_within_the_gap();
    collector_.receives_on(clock_.now());
    EXPECT_EQ(collector_.view_cell().version(), version + 1);
    EXPECT_EQ(waker_.earliest, kNotDue);
}

TEST_F(CollectorTest, WhoLetsReadersInPublishesWhatWaitsForItsGap) {
    first_answer();
    collector_.drained(clock_.now());
    publish_all_that_is_saved();
    second_answer_within_the_gap();
    collector_.drained(clock_.now());
    const std::uint64_t version = collector_.view_cell().version();
    collector_.publish_now(clock_.now());
    EXPECT_EQ(collector_.view_cell().version(), version + 1);
    EXPECT_EQ(collector_.view_cell().current()->load(0).count(LoadField::running), 4U);
    collector_.publish_now(clock_.now());
    EXPECT_EQ(collector_.view_cell().version(), version + 1) << "nothing is new";
}

TEST_F(CollectorTest, TellsHowLongChangesWaitedToBePublished) {
    first_answer();
    collector_.drained(clock_.now());
    publish_all_that_is_saved();
    const DelayHistogram& delays = collector_.view_cell().current()->pulse().publish_delay;
    const auto before = delays.read();
    second_answer_within_the_gap();
    clock_.advance(30us);
    answer(recording_.questions.at(0), 5);
    collector_.drained(clock_.now());
    EXPECT_EQ(delays.read().sum, before.sum) << "nothing was published";
    collector_.step(clock_.advance(120us));
    const auto after = delays.read();
    EXPECT_EQ(after.sum - before.sum, Duration(150us)) << "from the first of the changes";
    // 150 us lie between the bounds 100 us and 250 us.
    EXPECT_EQ(after.counts[4], before.counts[4] + 1);
}

TEST_F(CollectorTest, AQuestionThatCouldNotBeSentCountsForNothing) {
    recording_.sends = false;
    collector_.connected(source_, clock_.now());
    for (int i = 0; i < 200; ++i) step_after(50ms);
    EXPECT_GT(recording_.questions.size(), 10U);
    EXPECT_EQ(collector_.view_cell().current()->sources().at(0).state, SourceState::connected);
}

TEST_F(CollectorTest, ADetachedSourceIsCalledNoMore) {
    collector_.connected(source_, clock_.now());
    collector_.detach_source(source_, "removed", clock_.now());
    step_after(300ms);
    EXPECT_TRUE(recording_.questions.empty());
    EXPECT_EQ(collector_.view_cell().current()->sources().at(0).state, SourceState::disconnected);
}

TEST_F(CollectorTest, WantsToBeSteppedOftenEnoughThatAGapMeansWeWereStopped) {
    const Time next = step_after(1ms);
    EXPECT_LE(next - clock_.now(), Duration(250ms));
}

}  // namespace
}  // namespace muster
