// NatsSource against a real nats-server, with workers that send genuine bytes.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

#include "muster/io/runtime/log.hpp"
#include "support/foreign_service.hpp"
#include "support/nats_half_message.hpp"
#include "support/nats_inbox.hpp"
#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/nats_workers.hpp"
#include "support/tcp_relay.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::kPatience;
using testing::NatsMuster;
using testing::NatsServer;
using testing::NatsWorkers;
using testing::options_for;
using testing::steady_now;
using testing::wait_until;

TEST(NatsSource, ShowsWhatWorkersAnswerAndFollowsIt) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url(), .workers = 3});
    NatsMuster muster(options_for(server.url()));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(muster.sees(workers.worker_id(i), 100 + i));
    workers.set_active_blocks(1, 777);
    EXPECT_TRUE(muster.sees(workers.worker_id(1), 777));
    const auto view = muster.view();
    const auto row = view->find(workers.worker_id(1));
    ASSERT_TRUE(row);
    EXPECT_EQ(view->identity(*row).address, "nats:lab_backend.load_metrics-1001");
    EXPECT_EQ(view->load(*row).running, 37U);
    EXPECT_EQ(view->load(*row).waiting, 4U);
    EXPECT_EQ(view->state_at(*row, steady_now()), WorkerState::fresh);
    EXPECT_EQ(workers.questions_without_reply(), 0U);
    EXPECT_TRUE(muster.is(SourceState::connected));
    EXPECT_EQ(muster.source_info().target, server.url());
}

TEST(NatsSource, TwoComponentsShareOneConnection) {
    const NatsServer server;
    NatsWorkers decode({.url = server.url(), .component = "decode"});
    NatsWorkers prefill({.url = server.url(), .component = "prefill", .first_id = 0x2000});
    NatsMuster muster(options_for(server.url(), {{"lab", "decode"}, {"lab", "prefill"}}));
    prefill.set_active_blocks(0, 200);
    EXPECT_TRUE(muster.sees(decode.worker_id(0), 100));
    EXPECT_TRUE(muster.sees(prefill.worker_id(0), 200));
    EXPECT_EQ(muster.view()->size(), 2U);
}

TEST(NatsSource, NoOneThereIsSaidAtOnceAndIsNoFault) {
    const NatsServer server;
    NatsMuster muster(options_for(server.url()));
    EXPECT_TRUE(
        wait_until(kPatience, [&] { return muster.counters()->no_responders.load() >= 2; }));
    EXPECT_TRUE(muster.is(SourceState::connected));
    EXPECT_EQ(muster.view()->size(), 0U);
}

TEST(NatsSource, FindsServicesByItselfAndAsksNoForeignOne) {
    const NatsServer server;
    NatsWorkers lab({.url = server.url(), .workers = 2});
    NatsWorkers other(
        {.url = server.url(), .name_space = "prod.eu", .component = "Decode", .first_id = 0x3000});
    const testing::ForeignService billing(server.url(), "billing");
    NatsSourceOptions options = options_for(server.url(), {});
    options.discovery_interval = 200ms;
    NatsMuster muster(std::move(options));
    EXPECT_TRUE(muster.sees(lab.worker_id(0), 100));
    EXPECT_TRUE(muster.sees(lab.worker_id(1), 101));
    EXPECT_TRUE(muster.sees(other.worker_id(0), 100));
    // Later searches ask nobody again what it is.
    const std::size_t asked = lab.info_questions();
    EXPECT_EQ(asked, 2U);
    const auto echoes = muster.counters()->asked.load();
    EXPECT_TRUE(
        wait_until(kPatience, [&] { return muster.counters()->asked.load() > echoes + 8; }));
    EXPECT_EQ(lab.info_questions(), asked);
    EXPECT_EQ(lab.questions_without_reply() + other.questions_without_reply(), 0U);
    // What is not of Dynamo is found and named, asked once what it is, and never for a load.
    EXPECT_TRUE(wait_until(kPatience, [&] {
        return muster.source_info().foreign_services == std::vector<std::string>{"billing"};
    }));
    const std::size_t pings = billing.pings();
    EXPECT_TRUE(wait_until(kPatience, [&] { return billing.pings() >= pings + 3; }));
    EXPECT_EQ(billing.info_questions(), 1U);
    EXPECT_EQ(billing.stats_questions(), 0U);
    EXPECT_EQ(muster.view()->size(), 3U);
}

TEST(NatsSource, PushesAreASecondRoad) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    Collector::Options rules;
    rules.rules.interval = 5s;  // So that only a push can be in time.
    NatsMuster muster(options_for(server.url()), rules);
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    const Time before = steady_now();
    workers.push(0, 420);
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 420));
    EXPECT_LT(steady_now() - before, 4s);
    EXPECT_GE(muster.counters()->pushes.load(), 1U);
    const auto view = muster.view();
    EXPECT_EQ(view->road(view->find(workers.worker_id(0)).value()), Road::pushed_on_change);
}

TEST(NatsSource, APushThatWasHeldUpIsAsOldAsItMayBe) {
    const NatsServer server;
    testing::TcpRelay relay(server.port());
    NatsWorkers workers({.url = "nats://127.0.0.1:" + std::to_string(relay.port())});
    NatsMuster muster(options_for(server.url()));
    const std::string id = workers.worker_id(0);
    ASSERT_TRUE(muster.sees(id, 100));
    workers.set_mute(true);  // No answer follows at once and hides what the push was taken for.
    relay.freeze();
    workers.push(0, 420);
    const Time pushed = steady_now();
    ASSERT_TRUE(wait_until(kPatience, [&] {
        const auto view = muster.view();
        return view->slot(view->find(id).value()).missed() >= 2;
    }));
    EXPECT_EQ(muster.active_blocks(id), 100U);
    relay.thaw();
    ASSERT_TRUE(muster.sees(id, 420));
    const auto view = muster.view();
    EXPECT_LE(view->known_at(view->find(id).value()).value(), pushed);
    EXPECT_EQ(muster.counters()->reconnects.load(), 0U) << "nothing was wrong with our connection";
    workers.set_mute(false);
    EXPECT_TRUE(wait_until(kPatience, [&] {
        const auto now = muster.view();
        return now->known_at(now->find(id).value()).value() > pushed;
    }));
}

TEST(NatsSource, WhatIsNotAnAnswerIsCountedNotApplied) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    NatsMuster muster(options_for(server.url()));
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    // Where we listen is learnt from a question, as a stranger in the account could.
    std::vector<std::string> questions;
    ASSERT_TRUE(wait_until(kPatience, [&] {
        questions = workers.take_questions();
        return !questions.empty();
    }));
    const std::string reply = questions.front();
    const std::string inbox = reply.substr(0, reply.find(".s."));
    const std::string honest = workers.stats_payload(0);
    const auto counted = [&](RejectReason reason, const std::string& subject,
                             const std::string& payload) {
        const auto before = muster.rejected(reason);
        workers.publish(subject, payload);
        return wait_until(kPatience, [&] { return muster.rejected(reason) > before; });
    };
    EXPECT_TRUE(counted(RejectReason::unsolicited, inbox + ".x.1", honest));
    EXPECT_TRUE(counted(RejectReason::unsolicited, inbox + ".s.77.1", honest));
    EXPECT_TRUE(counted(RejectReason::unsolicited, inbox + ".s.0.99999", honest));
    std::string foreign = honest;
    for (std::size_t at = 0; (at = foreign.find("lab_backend", at)) != std::string::npos;) {
        foreign.replace(at, 11, "lab_kcabned");
    }
    EXPECT_TRUE(counted(RejectReason::foreign_name, reply, foreign));
    std::string other_subject = honest;
    const std::string load_subject = "\"subject\":\"lab_backend.load_metrics-1000\"";
    other_subject.replace(other_subject.find(load_subject), load_subject.size(),
                          "\"subject\":\"lab_backend.load_metrics-zzzz\"");
    EXPECT_TRUE(counted(RejectReason::foreign_subject, reply, other_subject));
    EXPECT_TRUE(counted(RejectReason::not_json, reply, "{\"name\":"));
    EXPECT_TRUE(counted(RejectReason::not_utf8, reply, "{\"name\":\"\xFF\xFE\"}"));
    EXPECT_EQ(muster.view()->size(), 1U);
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 100));
}

/// Keeps the lines it is given.
class KeptLog final : public Log {
public:
    void write(LogLevel, std::string_view what,
               std::span<const LogField> fields) noexcept override {
        std::string line(what);
        for (const LogField& field : fields) {
            line.append(" ").append(field.key).append("=").append(field.value);
        }
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }
    std::size_t count(std::string_view words) const {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::ranges::count_if(
            lines_, [&](const auto& line) { return line.find(words) != std::string::npos; }));
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

TEST(NatsSource, TenThousandBadRepliesAreCountedAndLoggedOnce) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    KeptLog log;
    NatsSourceOptions options = options_for(server.url());
    options.log = &log;
    NatsMuster muster(std::move(options));
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    std::string question;
    ASSERT_TRUE(wait_until(kPatience, [&] {
        const auto questions = workers.take_questions();
        if (!questions.empty()) question = questions.back();
        return !question.empty();
    }));
    std::string bad = workers.stats_payload(0);
    const std::string good_field = "\"num_requests_waiting\":4";
    bad.replace(bad.find(good_field), good_field.size(), "\"num_requests_waiting\":null");
    for (int i = 0; i < 10'000; ++i) workers.publish(question, bad);
    EXPECT_TRUE(wait_until(kPatience, [&] {
        return muster.rejected(RejectReason::field_null) >= 10'000;
    })) << muster.rejected(RejectReason::field_null);
    EXPECT_EQ(log.count("reason=field_null"), 1U);
    // A slow machine may say more of this worker: that it answers an old question.
    EXPECT_EQ(log.count("reason=field_null from=" + workers.worker_id(0)), 1U);
    EXPECT_EQ(log.count("what=num_requests_waiting"), 1U);
    EXPECT_EQ(log.count("connected"), 1U);
}

/// Holds up whoever writes a line that begins with "not taken", until it is let go.
class BlockingLog final : public Log {
public:
    void write(LogLevel, std::string_view what, std::span<const LogField>) noexcept override {
        if (!what.starts_with("not taken")) return;
        std::unique_lock lock(mutex_);
        blocked_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return released_; });
    }
    bool is_blocked() {
        const std::lock_guard lock(mutex_);
        return blocked_;
    }
    void release() {
        const std::lock_guard lock(mutex_);
        released_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool blocked_ = false;
    bool released_ = false;
};

TEST(NatsSource, WhatASlowReaderLosesIsCountedAndWorded) {
    // The broker gives up whoever takes nothing for a second.
    const NatsServer server({.config = "write_deadline: \"1s\"\n"});
    NatsWorkers workers({.url = server.url()});
    BlockingLog log;
    NatsSourceOptions options = options_for(server.url());
    options.log = &log;
    NatsMuster muster(std::move(options));
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    const std::string inbox = testing::inbox_of_who_asks(workers);
    ASSERT_FALSE(inbox.empty());
    workers.publish(inbox + ".x.0", "");
    ASSERT_TRUE(wait_until(kPatience, [&] { return log.is_blocked(); }));
    const Time blocked = steady_now();
    const std::string much(100'000, 'x');
    const auto gave_us_up = [&] {
        workers.publish(inbox + ".x.1", much);
        return server.log().find("Slow Consumer Detected") != std::string::npos;
    };
    ASSERT_TRUE(wait_until(kPatience, gave_us_up)) << server.log();
    ASSERT_TRUE(wait_until(kPatience, [&] { return steady_now() - blocked > 1s; }));
    EXPECT_EQ(muster.counters()->dropped.load(), 0U);
    log.release();
    const std::string said = muster.says("raise --interval");
    EXPECT_NE(said.find("connection lost (messages came faster than we read them"),
              std::string::npos)
        << said;
    EXPECT_TRUE(wait_until(kPatience, [&] { return muster.counters()->dropped.load() == 1; }));
    // It connects again and goes on with what comes next.
    workers.set_active_blocks(0, 555);
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 555));
    EXPECT_TRUE(muster.is(SourceState::connected));
}

TEST(NatsSource, AnAnswerFiveRoundsLateIsMatchedWithItsTrueAge) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    NatsMuster muster(options_for(server.url()));
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    workers.hold();
    ASSERT_TRUE(wait_until(kPatience, [&] { return workers.held() >= 6; }));
    const auto view = muster.view();
    const auto row = view->find(workers.worker_id(0)).value();
    const auto late_before = muster.counters()->late_answers.load();
    const Time alive_before = view->slot(row).alive_at();
    workers.set_active_blocks(0, 555);
    workers.release(1);  // To the oldest of six questions.
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 555));
    const auto after = muster.view();
    const auto now_row = after->find(workers.worker_id(0)).value();
    // Five intervals of 250 ms have passed since that question was sent.
    EXPECT_GE(after->age_at(now_row, steady_now()).value(), 1250ms);
    EXPECT_GT(after->slot(now_row).alive_at(), alive_before);
    EXPECT_GT(muster.counters()->late_answers.load(), late_before);
}

TEST(NatsSource, AnOlderAnswerBehindANewerOneIsCountedNotApplied) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    NatsMuster muster(options_for(server.url()));
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    workers.hold();
    ASSERT_TRUE(wait_until(kPatience, [&] { return workers.held() >= 3; }));
    workers.set_active_blocks(0, 777);
    workers.release_newest();
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 777));
    const auto before = muster.rejected(RejectReason::old_question);
    const auto answered = muster.counters()->answered.load();
    workers.set_active_blocks(0, 444);
    workers.release(1);  // To a question that was asked before that one.
    EXPECT_TRUE(wait_until(
        kPatience, [&] { return muster.rejected(RejectReason::old_question) == before + 1; }));
    EXPECT_EQ(muster.counters()->answered.load(), answered + 1);
    // A worker that comes now is seen in a view that is later than the old answer.
    const NatsWorkers witness({.url = server.url(), .first_id = 0x2000});
    ASSERT_TRUE(muster.sees(witness.worker_id(0), 100));
    EXPECT_EQ(muster.active_blocks(workers.worker_id(0)), 777U);
}

TEST(NatsSource, StopsInUnderASecondInTheMiddleOfARound) {
    NatsServer server;
    NatsWorkers workers({.url = server.url()});
    workers.set_delay(400ms, 400ms);
    auto muster = std::make_unique<NatsMuster>(options_for(server.url()));
    ASSERT_TRUE(wait_until(kPatience, [&] { return !workers.take_questions().empty(); }));
    const Time before = steady_now();
    muster.reset();
    EXPECT_LT(steady_now() - before, 1s);
}

TEST(NatsSource, StopsInUnderASecondWhileTheBrokerIsPausedOrAway) {
    NatsServer server;
    server.pause();
    NatsMuster paused(options_for(server.url()));
    NatsMuster away(options_for("nats://127.0.0.1:1"));
    EXPECT_TRUE(paused.is(SourceState::disconnected));
    const Time before = steady_now();
    paused.source().stop();
    away.source().stop();
    EXPECT_LT(steady_now() - before, 1s);
    server.resume();
}

std::size_t entries_in(const char* folder) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
    return count;
}

TEST(NatsSource, TwoHundredStartsAndStopsLeaveNothingBehind) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    std::size_t threads = 0;
    std::size_t descriptors = 0;
    std::size_t heap = 0;
    for (int i = 0; i < 200; ++i) {
        NatsMuster muster(options_for(server.url()));
        ASSERT_TRUE(muster.sees(workers.worker_id(0), 100)) << i;
        muster.source().stop();
        if (i != 20) continue;
        threads = entries_in("/proc/self/task");
        descriptors = entries_in("/proc/self/fd");
        heap = ::mallinfo2().uordblks;
    }
    // Delivery threads of nats.c end a moment after their subscription.
    EXPECT_TRUE(wait_until(kPatience, [&] { return entries_in("/proc/self/task") <= threads; }));
    EXPECT_LE(entries_in("/proc/self/fd"), descriptors);
    // 180 of them leaked would be some megabytes; a sanitizer's own heap shows nothing here.
    EXPECT_LE(::mallinfo2().uordblks, heap + 200'000);
}

}  // namespace
}  // namespace muster
