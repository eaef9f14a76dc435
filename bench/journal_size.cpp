// How large the journal of a day is, and what it costs: a fleet whose clock is moved by hand goes
// through the real state and the real encoder, a day in a few minutes.
//
// usage: bench_journal_size --workers N --time 24h --change 1s
// Every worker answers once a second; its load moves by the simulator's queueing model, once in
// --change. Prints JSON: bytes kept after that time (an hour by seconds; all of it, at most a day,
// by ten seconds with the events), and CPU for a second of it.
#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "muster/collect/journal_series.hpp"
#include "muster/fleet/fleet_state.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/sim/load_model.hpp"

namespace muster::bench {
namespace {

using namespace std::chrono_literals;

// The segments of one series that a journal would still have.
struct Kept {
    explicit Kept(const JournalSeriesRules& rules)
        : writer(rules, {.series = {}, .base = {}, .boot = "b", .epoch = "e", .software = "s"}) {}

    void step(const FleetView& view, const std::vector<FleetEvent>& events, const WallAnchor& now) {
        const JournalWriting writing = writer.step(view, events, now, std::size_t{64} << 20);
        if (writing.new_segment) segments.push_back({0, now.steady});
        if (!writing.replaces_quiet) segments.back().bytes += writing.bytes.size();
        segments.back().last = now.steady;
        while (now.steady - segments.front().last > writer.rules().kept_for) segments.pop_front();
    }
    [[nodiscard]] std::uint64_t bytes() const {
        std::uint64_t sum = 0;
        for (const Segment& segment : segments) sum += segment.bytes;
        return sum;
    }

    struct Segment {
        std::uint64_t bytes;
        Time last;
    };
    JournalSeriesWriter writer;
    std::deque<Segment> segments;
};

void ask_all(FleetState& state, ComponentId component, SourceId source,
             std::vector<LoadModel>& models, Time now) {
    const FleetState::BegunRound begun = state.begin_round(component, now);
    for (std::size_t i = 0; i < models.size(); ++i) {
        while (models[i].step(now)) {
        }
        Answer answer;
        answer.component = component;
        answer.round = begun.round;
        answer.received = now + 1ms;
        answer.instance = {.id = 7'587'888'657'184'927'289ULL + i, .name = {}};
        answer.started = 1'795'000'000'000'000'000;
        answer.requests_total = models[i].requests_total();
        answer.load = &models[i].load();
        answer.address = "nats:dynamo_backend.load_metrics-694d988806b92e39";
        answer.engine = "dynamo";
        state.apply(answer);
    }
    state.echo_received(source, begun.echo, now + 1ms);
}

struct Measured {
    std::uint64_t fine_bytes;
    std::uint64_t day_bytes;
    double cpu_us_a_second;
};

Measured keep_journal(std::size_t workers, std::int64_t seconds, Duration per_change) {
    Time now = Time{} + 1h;
    FleetRules rules;
    rules.interval = 1s;
    FleetState state(rules, now);
    const SourceId source =
        state.add_source({.id = "nats-1", .kind = "nats", .target = "nats://h:4222"}, now);
    const ComponentId component = state.add_component(source, {.name = "dynamo/backend"}, now);
    state.connected(source, now);
    std::vector<LoadModel> models;
    for (std::size_t i = 0; i < workers; ++i) {
        LoadModelOptions options;
        options.seed = i + 1;
        options.changes_per_second = 1e9 / static_cast<double>(per_change.count());
        models.emplace_back(options, now);
    }
    Kept fine(fine_series());
    Kept day(day_series());
    const ThreadCpuMeter meter;
    Duration encoding{};
    for (std::int64_t second = 0; second < seconds; ++second) {
        ask_all(state, component, source, models, now);
        state.step(now + 400ms);
        state.step(now + 900ms);
        const FleetViewPtr view = state.freeze(now + 900ms);
        const std::vector<FleetEvent> events = state.take_events();
        const WallAnchor anchor{now + 900ms, WallTime(1'795'000'000s) + now.time_since_epoch()};
        const Duration before = meter.thread_cpu();
        fine.step(*view, events, anchor);
        day.step(*view, events, anchor);
        encoding += meter.thread_cpu() - before;
        now += 1s;
    }
    return {fine.bytes(), day.bytes(), to_ms(encoding) * 1e3 / static_cast<double>(seconds)};
}

int run(const Arguments& arguments) {
    const std::size_t workers = arguments.count("workers");
    const auto seconds = arguments.duration("time") / 1s;
    const Duration per_change = arguments.duration("change");
    if (workers == 0 || seconds == 0 || per_change <= Duration::zero()) {
        give_up("nothing to measure: give --workers, --time (1s or more) and --change above 0");
    }
    const Measured measured = keep_journal(workers, seconds, per_change);
    fmt::print("{{\"fine_bytes\":{},\"day_bytes\":{},\"cpu_us_a_second\":{:.1f}}}\n",
               measured.fine_bytes, measured.day_bytes, measured.cpu_us_a_second);
    return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
