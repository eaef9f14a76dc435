// How large the journal of a day is, and what it costs: a fleet whose clock is moved by hand goes
// through the real state and the real encoder, a day in a few minutes.
//
// usage: bench_journal_size [WORKERS [HOURS [SECONDS_PER_CHANGE]]]   default: 1000 24 1
// Every worker answers once a second; its load moves by the simulator's queueing model. Prints
// bytes kept after that time (an hour fine, all of the day), and CPU per sample.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "muster/collect/journal_series.hpp"
#include "muster/fleet/fleet_state.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/sim/load_model.hpp"

namespace {

using namespace muster;
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

double mib(std::uint64_t bytes) {
    return static_cast<double>(bytes) / (1024.0 * 1024.0);
}

}  // namespace

int main(int argc, char** argv) {
    const auto number = [&](int index, double otherwise) {
        return argc > index ? std::strtod(argv[index], nullptr) : otherwise;
    };
    const auto workers = static_cast<std::size_t>(number(1, 1'000));
    const auto seconds = static_cast<std::int64_t>(number(2, 24) * 3'600);
    const double per_change = number(3, 1);

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
        options.changes_per_second = 1.0 / per_change;
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
    std::printf("%zu workers, %.1f h, a load changes every %.0f s:\n", workers,
                static_cast<double>(seconds) / 3'600.0, per_change);
    std::printf("  fine (1 s, the last hour)  %8.1f MiB\n", mib(fine.bytes()));
    std::printf("  day (10 s, and events)     %8.1f MiB\n", mib(day.bytes()));
    std::printf("  all                        %8.1f MiB\n", mib(fine.bytes() + day.bytes()));
    std::printf("  CPU for a second of it     %8.1f us\n",
                to_ms(encoding) * 1e3 / static_cast<double>(seconds));
    return 0;
}
