// From a message to the collector, without a broker: for each reason why something is not taken,
// the message that brings it about, the counter, and the log line with the field or subject that it
// names. docs/guide/rejections.md explains the reasons to people.
#include "muster/io/nats/nats_receiver.hpp"

#include <gmock/gmock.h>
#include <malloc.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "muster/base/limits.hpp"
#include "muster/io/runtime/log.hpp"
#include "support/golden.hpp"
#include "support/manual_clock.hpp"
#include "support/wire_rows.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ManualClock;
using testing_support::golden;
using testing_support::replaced;

constexpr std::uint64_t kInstance = 0x1eeea207cad8b605;  // Of the recorded worker.
const std::string kWorker = "lab/BackEnd_x/" + std::to_string(kInstance);
const std::string kPusher = "namespace.lab.kv_metrics/" + std::to_string(kInstance);

std::string recorded_reply() {
    return golden("dynamo/0.5.1/stats.nested-no-rank-no-spec.json");
}
std::string recorded_push() {
    return golden("dynamo/0.5.1/kv_metrics.plain.json");
}
std::string with(std::string_view from, std::string_view to) {
    return replaced(recorded_reply(), from, to);
}
std::string with_rank(std::uint32_t rank) {
    return with("\"data_parallel_rank\":null", "\"data_parallel_rank\":" + std::to_string(rank));
}
/// The recorded worker as one of another service.
std::string of_service(const std::string& name) {
    std::string text = recorded_reply();
    const std::string own = "lab_backend_x";
    for (std::size_t at = 0; (at = text.find(own, at)) != std::string::npos; at += name.size()) {
        text.replace(at, own.size(), name);
    }
    return text;
}

class KeptLog final : public Log {
public:
    void write(LogLevel level, std::string_view what,
               std::span<const LogField> fields) noexcept override {
        std::string line = level == LogLevel::debug ? "debug: " : "";
        line += what;
        for (const LogField& field : fields) {
            if (field.key == "source" || (field.key == "suppressed" && field.value == "0"))
                continue;
            line.append(" ").append(field.key).append("=").append(field.value);
        }
        lines.push_back(std::move(line));
    }
    std::vector<std::string> lines;
};

class SilentSource final : public Source {
public:
    bool ask(const Question& question) override {
        rounds[question.component.value] = question.round;
        return true;
    }
    bool echo(EchoId) override { return true; }
    std::map<std::uint32_t, RoundId> rounds;  // The last of each component.
};

class NoPort final : public NatsReceiverPort {
public:
    void on_target(const NatsTarget&) override {}
    void ask_info(const std::string&) override {}
    void on_echo(EchoId) override {}
};

/// A receiver with one component, which was asked once, on a collector with a hand-moved clock.
struct Bench {
    Bench() {
        options.log = &log;
        collector.connected(source, clock.now());
        (void)add("BackEnd_x");
        ask();
    }
    ComponentId add(const std::string& name) {
        NatsTarget target{.component = {}, .name = {"lab", name}, .service = {}};
        target.service = service_name(target.name);
        target.component =
            collector.add_component(source, {.name = to_string(target.name)}, clock.now());
        receiver.add_target(target);
        return target.component;
    }
    /// A new question to all, as the timer would ask it; its echo is back at once.
    void ask() {
        collector.step(clock.advance(300ms));
        for (std::uint64_t echo = 1; echo < 100; ++echo) {
            collector.echo_received(source, EchoId{echo}, clock.now());
        }
        clock.advance(1ms);
    }
    [[nodiscard]] RoundId round(ComponentId component = {0}) const {
        return sent.rounds.at(component.value);
    }
    void answer(const std::string& payload, RoundId to, ComponentId component = {0}) {
        receiver.receive(format_reply_subject("box", {ReplyKind::stats, component, to.value}),
                         payload, clock.now());
    }
    void answer(const std::string& payload) { answer(payload, round()); }
    void push(const std::string& payload) {
        clock.advance(1ms);
        receiver.receive("namespace.lab.kv_metrics", payload, clock.now());
    }
    [[nodiscard]] std::uint64_t counted(RejectReason reason) const {
        return counters->rejected[static_cast<std::size_t>(reason)].load();
    }
    [[nodiscard]] std::uint64_t all_counted() const {
        std::uint64_t sum = 0;
        for (const auto& count : counters->rejected) sum += count.load();
        return sum;
    }
    [[nodiscard]] FleetViewPtr view() {
        collector.step(clock.advance(50ms));
        return collector.view_cell().current();
    }

    ManualClock clock;
    testing::ManualCpuMeter meter;
    KeptLog log;
    SilentSource sent;
    NoPort port;
    Collector collector{{}, meter, clock.now()};
    SourceId source =
        collector.add_source({.id = "nats-1", .kind = "nats", .target = "t"}, sent, clock.now());
    NatsSourceOptions options;
    NatsReceiver receiver{options, collector, source, "box", port};
    std::shared_ptr<SourceCounters> counters = collector.counters(source);
};

TEST(NatsReceiver, WhatIsGoodIsTakenWithoutAWord) {
    Bench bench;
    bench.answer(recorded_reply());
    bench.push(recorded_push());
    const FleetViewPtr view = bench.view();
    ASSERT_EQ(view->size(), 1U);
    EXPECT_EQ(view->identity(0).id, kWorker);
    EXPECT_EQ(view->load(0).kv_active_blocks, 510U);
    EXPECT_THAT(bench.log.lines, IsEmpty());
    EXPECT_EQ(bench.all_counted(), 0U);
}

/// What is not taken: why, what the log says of it behind "not taken reason=NAME ", and how it
/// comes about.
struct Row {
    RejectReason reason;
    std::string line;
    std::function<void(Bench&)> act;
    std::uint64_t count = 1;
};

std::function<void(Bench&)> answered(const std::string& payload) {
    return [payload](Bench& bench) { bench.answer(payload); };
}

std::vector<Row> whole_replies() {
    const std::string from = "from=lab/BackEnd_x what=";
    const std::string load_subject = "\"subject\":\"lab_backend_x.load_metrics-1eeea207cad8b605\"";
    const auto with_subject = [&](const std::string& subject) {
        return with(load_subject, "\"subject\":\"" + subject + "\"");
    };
    return {
        {RejectReason::too_large, from + "payload",
         answered(recorded_reply() + std::string(kReplyBytesMax, ' '))},
        {RejectReason::not_utf8, from + "payload", answered(with("vorots", "\xFF"))},
        {RejectReason::not_json, from + "payload", answered(recorded_reply().substr(0, 300))},
        {RejectReason::bad_service, from + "id",
         answered(with(R"("id":"vorotsp4pBO4c7Kcx9l8R0")", R"("id":7)"))},
        {RejectReason::unsolicited, "from=nats-1 what=subject",
         [](Bench& b) { b.receiver.receive("box.x.1", recorded_reply(), b.clock.now()); }},
        {RejectReason::unsolicited, "from=nats-1 what=component",
         [](Bench& b) { b.answer(recorded_reply(), b.round(), ComponentId{77}); }},
        {RejectReason::unsolicited, "from=" + kWorker + " what=",
         [](Bench& b) { b.answer(recorded_reply(), RoundId{99'999}); }},
        {RejectReason::foreign_name, from + "somebody", answered(of_service("somebody"))},
        {RejectReason::foreign_subject, from + "lab_backend_x.clear_kv_blocks-1eeea207cad8b605",
         answered(with(R"("name":"lab_backend_x","id")", R"("name":"somebody","id")"))},
        {RejectReason::foreign_subject, from + "lab_backend_x.load_metrics-xyz",
         answered(with_subject("lab_backend_x.load_metrics-xyz"))},
        {RejectReason::foreign_subject, from + "lab_backend_x.load_metrics",
         answered(with_subject("lab_backend_x.load_metrics"))},
        {RejectReason::foreign_subject, from + "lab_backend_x.load_metrics-1f",
         answered(with_subject("lab_backend_x.load_metrics-1f"))},
    };
}

std::vector<Row> records() {
    return {
        {RejectReason::bad_metrics, "from=" + kWorker + " what=data",
         answered(with("\"data\":{", "\"data\":null,\"x\":{"))},
        {RejectReason::bad_metrics, "from=namespace.lab.kv_metrics what=worker_id",
         [](Bench& b) { b.push(replaced(recorded_push(), "\"worker_id\"", "\"id\"")); }},
        {RejectReason::bad_metrics, "from=namespace.lab.kv_metrics what=active_decode_blocks",
         [](Bench& b) {
             b.push(R"({"worker_id":2228897019946644997,"dp_rank":0,"active_decode_blocks":100,)"
                    R"("active_prefill_tokens":null,"kv_used_blocks":150})");
         }},
        {RejectReason::unknown_worker, "from=namespace.lab.kv_metrics/7 what=",
         [](Bench& b) { b.push(replaced(recorded_push(), std::to_string(kInstance), "7")); }},
        {RejectReason::ambiguous, "from=" + kPusher + " what=",
         [](Bench& b) {
             const ComponentId other = b.add("other");
             b.ask();
             b.answer(recorded_reply());
             b.answer(of_service("lab_other"), b.round(other), other);
             b.push(recorded_push());
         }},
        {RejectReason::rank_missing, "from=" + kWorker + " what=",
         [](Bench& b) {
             b.answer(with_rank(0));
             b.answer(with_rank(1));
             b.answer(recorded_reply());
         }},
        {RejectReason::old_process, "from=" + kWorker + " what=",
         [](Bench& b) {
             b.answer(recorded_reply());
             b.answer(with("T09:45", "T09:44"));
         }},
        {RejectReason::old_question, "from=" + kWorker + " what=",
         [](Bench& b) {
             const RoundId first = b.round();
             b.ask();
             b.answer(recorded_reply());
             b.answer(recorded_reply(), first);
         }},
        {RejectReason::overtaken_by_push, "from=" + kWorker + " what=",
         [](Bench& b) {
             b.answer(recorded_reply());
             b.ask();
             b.push(recorded_push());
             b.answer(recorded_reply());
         }},
        {RejectReason::too_many_workers, "from=" + kWorker + " what=",
         [](Bench& b) {
             for (std::uint32_t rank = 0; rank <= kRanksPerInstanceMax; ++rank) {
                 b.answer(with_rank(rank));
             }
         }},
    };
}

std::vector<Row> fields() {
    const std::string from = "from=" + kWorker + " what=";
    return {
        {RejectReason::field_null, from + "gpu_prefix_cache_hit_rate",
         answered(with("0.4124999940395355", "null"))},
        {RejectReason::field_wrong_type, from + "num_requests_waiting",
         answered(with("waiting\":4", "waiting\":\"4\""))},
        {RejectReason::field_missing, from + "kv_active_blocks",
         answered(with("\"kv_active_blocks\"", "\"x\""))},
        {RejectReason::field_out_of_range, from + "gpu_cache_usage_perc",
         answered(with("usage_perc\":0.", "usage_perc\":36."))},
        {RejectReason::field_above_total, from + "kv_active_blocks",
         answered(with("kv_active_blocks\":10234", "kv_active_blocks\":99999"))},
        {RejectReason::field_above_total, "from=" + kPusher + " what=request_active_slots",
         [](Bench& b) {
             b.answer(recorded_reply());
             b.push(replaced(recorded_push(), "active_slots\":37", "active_slots\":3700"));
         }},
        {RejectReason::field_zero_capacity, from + "kv_total_blocks",
         answered(with("kv_total_blocks\":27814", "kv_total_blocks\":0")), 2},
    };
}

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        SCOPED_TRACE(std::string(name_of(row.reason)) + " " + row.line);
        Bench bench;
        row.act(bench);
        const bool normal = row.reason == RejectReason::old_question ||
                            row.reason == RejectReason::overtaken_by_push ||
                            row.reason == RejectReason::unknown_worker;
        EXPECT_EQ(bench.counted(row.reason), row.count);
        EXPECT_EQ(bench.all_counted(), row.count) << "and nothing else";
        EXPECT_THAT(bench.log.lines,
                    ElementsAre((normal ? "debug: " : "") + std::string("not taken reason=") +
                                std::string(name_of(row.reason)) + " " + row.line));
    }
}

TEST(NatsReceiver, WhyAWholeReplyIsNotTaken) {
    check(whole_replies());
}
TEST(NatsReceiver, WhyARecordIsNotTaken) {
    check(records());
}
TEST(NatsReceiver, WhyAFieldIsNotTaken) {
    check(fields());
}

TEST(NatsReceiver, EveryReasonHasItsRow) {
    std::set<RejectReason> shown;
    for (const auto& rows : {whole_replies(), records(), fields()}) {
        for (const Row& row : rows) shown.insert(row.reason);
    }
    EXPECT_EQ(shown.size(), kRejectReasonCount);
}

TEST(NatsReceiver, AWorkerThatPushesBeforeItsFirstAnswerIsNothingToWarnOfUnlessItStaysUnknown) {
    Bench bench;
    const std::string push = replaced(recorded_push(), std::to_string(kInstance), "7");
    const std::string line =
        "not taken reason=unknown_worker from=namespace.lab.kv_metrics/7 what=";
    bench.push(push);
    EXPECT_THAT(bench.log.lines, ElementsAre("debug: " + line));
    bench.clock.advance(1min);
    bench.push(push);
    EXPECT_THAT(bench.log.lines, ElementsAre("debug: " + line, line));
    EXPECT_EQ(bench.counted(RejectReason::unknown_worker), 2U);
}

TEST(NatsReceiver, ABadFieldLeavesTheOthers) {
    Bench bench;
    bench.answer(with("0.4124999940395355", "null"));
    const FleetViewPtr view = bench.view();
    ASSERT_EQ(view->size(), 1U);
    EXPECT_FALSE(view->load(0).fraction(LoadField::prefix_hit_rate));
    EXPECT_EQ(view->load(0).count(LoadField::kv_active_blocks), 10'234U);
}

TEST(NatsReceiver, MessagesOfOtherKindsOnThePushedSubjectAreCountedAndChangeNothing) {
    struct Other {
        std::string file;
        RejectReason reason;
        std::string what;
    };
    for (const Other& other :
         {Other{"0.5.1/kv-hit-rate.json", RejectReason::bad_metrics, "data"},
          Other{"0.5.1/kv_event.stored-root-2blocks.json", RejectReason::bad_metrics, "data"},
          Other{"0.5.1/kv_event.removed.json", RejectReason::bad_metrics, "data"},
          Other{"1.6.1/nats.kv_metrics.2.msgpack", RejectReason::not_utf8, "payload"},
          Other{"1.6.1/nats.kv-events.1.msgpack", RejectReason::not_utf8, "payload"},
          Other{"1.6.1/nats.forward-pass-metrics.1.msgpack", RejectReason::not_utf8, "payload"}}) {
        SCOPED_TRACE(other.file);
        Bench bench;
        bench.answer(recorded_reply());
        bench.push(golden("dynamo/" + other.file));
        EXPECT_EQ(bench.counted(other.reason), 1U);
        EXPECT_EQ(bench.all_counted(), 1U);
        EXPECT_THAT(bench.log.lines,
                    ElementsAre("not taken reason=" + std::string(name_of(other.reason)) +
                                " from=namespace.lab.kv_metrics what=" + other.what));
        const FleetViewPtr view = bench.view();
        ASSERT_EQ(view->size(), 1U);
        EXPECT_EQ(view->load(0).count(LoadField::kv_active_blocks), 10'234U);
    }
}

TEST(NatsReceiver, ALineAMinuteAndAStrangersWordsInOneLine) {
    Bench bench;
    const std::string bad = of_service(R"(a\n\u001b[31m)" + std::string(200, 'x'));
    for (int i = 0; i < 100; ++i) bench.answer(bad);
    const std::string line =
        "not taken reason=foreign_name from=lab/BackEnd_x what=a??[31m" + std::string(80 - 7, 'x');
    EXPECT_THAT(bench.log.lines, ElementsAre(line));
    bench.clock.advance(1min);
    bench.answer(bad);
    EXPECT_THAT(bench.log.lines, ElementsAre(line, line + " suppressed=99"));
    EXPECT_EQ(bench.counted(RejectReason::foreign_name), 101U);
}

TEST(NatsReceiver, AHundredThousandLiesCostFewLinesAndNoMemory) {
    Bench bench;
    bench.answer(recorded_reply());
    const std::string cut = recorded_reply().substr(0, 300);
    const std::string null_field = with("0.4124999940395355", "null");
    const std::string push = recorded_push();
    const auto lie = [&](int i) {
        // By one known worker, by its component, and by workers that do not exist.
        bench.answer(null_field);
        bench.answer(cut);
        bench.push(replaced(push, std::to_string(kInstance), std::to_string(i)));
    };
    constexpr int kLies = 100'000;
    for (int i = 0; i < kLies / 3; ++i) {
        bench.clock.set(bench.clock.now() - 1ms);  // The push moves it: all within one minute.
        lie(i);
    }
    EXPECT_EQ(bench.all_counted(), 3ULL * (kLies / 3));
    std::map<std::string, int> by_reason;
    for (const std::string& line : bench.log.lines)
        ++by_reason[line.substr(0, line.find(" from="))];
    EXPECT_EQ(by_reason["not taken reason=field_null"], 1);
    EXPECT_EQ(by_reason["not taken reason=not_json"], 1);
    EXPECT_LE(by_reason["debug: not taken reason=unknown_worker"], 4096);
    EXPECT_EQ(by_reason["not taken, from more senders than are told apart reason=unknown_worker"],
              1);
    EXPECT_EQ(bench.view()->size(), 1U);
    bench.log.lines = {};
    const std::size_t heap = ::mallinfo2().uordblks;  // 0 under a sanitizer.
    for (int i = 0; i < kLies / 3; ++i) lie(kLies + i);
    EXPECT_LE(::mallinfo2().uordblks, heap + 100'000) << "and no more with the next ones";
}

}  // namespace
}  // namespace muster
