// The series of the fleet as a whole, of its sources and of the collector.
//
// Pure; any thread.
#include "muster/wire/fleet_metrics.hpp"

#include <array>
#include <atomic>
#include <string>
#include <string_view>

#include "muster/fleet/statistics.hpp"
#include "muster/wire/detail/worker_metrics.hpp"

namespace muster {

namespace {

/// A worker's lines, with usual names, and those of a tombstone.
constexpr std::size_t kWorkerBytes = 2'000;
constexpr std::size_t kTombstoneBytes = 700;
constexpr std::size_t kPageBytes = 16'384;

struct CounterFamily {
    std::atomic<std::uint64_t> SourceCounters::* counter;
    MetricFamily family;
};

constexpr std::array kCounters = {
    CounterFamily{&SourceCounters::asked,
                  {.name = "muster_questions",
                   .type = MetricType::counter,
                   .help = "Questions sent, each to all workers of one component."}},
    CounterFamily{&SourceCounters::answered,
                  {.name = "muster_answers",
                   .type = MetricType::counter,
                   .help = "Answers matched to a question."}},
    CounterFamily{&SourceCounters::late_answers,
                  {.name = "muster_late_answers",
                   .type = MetricType::counter,
                   .help = "Answers that came after the patience."}},
    CounterFamily{&SourceCounters::no_responders,
                  {.name = "muster_no_responders",
                   .type = MetricType::counter,
                   .help = "Questions to which the broker said that nobody listens."}},
    CounterFamily{
        &SourceCounters::pushes,
        {.name = "muster_pushes", .type = MetricType::counter, .help = "Pushed records applied."}},
    CounterFamily{
        &SourceCounters::echoes,
        {.name = "muster_echoes", .type = MetricType::counter, .help = "Own echoes received."}},
    CounterFamily{&SourceCounters::reconnects,
                  {.name = "muster_reconnects",
                   .type = MetricType::counter,
                   .help = "Times that the connection was made again."}},
    CounterFamily{&SourceCounters::dropped,
                  {.name = "muster_dropped_messages",
                   .type = MetricType::counter,
                   .help = "Messages lost, at least: one each time a broker gave us up."}},
    CounterFamily{&SourceCounters::permission_errors,
                  {.name = "muster_permission_errors",
                   .type = MetricType::counter,
                   .help = "Times that the broker refused a subject to our account."}}};

/// `{source="..."}` of each source.
std::string source_label(const SourceInfo& source) {
    std::string label;
    append_label(label, "source", source.id);
    return label;
}

template <typename Counts, typename Names>
void write_counts_by(PrometheusWriter& writer, std::string_view source, std::string_view label,
                     const Counts& counts, const Names& names) {
    std::string own;
    for (std::size_t i = 0; i < names.size(); ++i) {
        own.clear();
        append_label(own, label, names[i]);
        writer.count({source, own}, counts[i].load(std::memory_order_relaxed));
    }
}

void write_source_states(PrometheusWriter& writer, const FleetView& view) {
    writer.family({.name = "muster_source_state", .help = "1 for the state the source is in."});
    for (const SourceInfo& source : view.sources()) {
        const std::string label = source_label(source);
        for (std::size_t i = 0; i < kSourceStateNames.size(); ++i) {
            std::string own;
            append_label(own, "state", kSourceStateNames[i]);
            writer.yes_no({label, own}, static_cast<std::size_t>(source.state) == i);
        }
    }
    writer.family({.name = "muster_source_up", .help = "1 only while the source is connected."});
    for (const SourceInfo& source : view.sources()) {
        writer.yes_no({source_label(source)}, source.state == SourceState::connected);
    }
}

void write_source_counters(PrometheusWriter& writer, const FleetView& view) {
    for (const CounterFamily& counter : kCounters) {
        writer.family(counter.family);
        for (const SourceInfo& source : view.sources()) {
            if (source.counters == nullptr) continue;
            writer.count({source_label(source)},
                         ((*source.counters).*counter.counter).load(std::memory_order_relaxed));
        }
    }
    writer.family({.name = "muster_reports",
                   .type = MetricType::counter,
                   .help = "Reports of workers, by what became of them."});
    for (const SourceInfo& source : view.sources()) {
        if (source.counters == nullptr) continue;
        write_counts_by(writer, source_label(source), "outcome", source.counters->reports,
                        kOutcomeNames);
    }
    writer.family({.name = "muster_rejected",
                   .type = MetricType::counter,
                   .help = "What was not taken of reports, whole or in part, by reason."});
    for (const SourceInfo& source : view.sources()) {
        if (source.counters == nullptr) continue;
        write_counts_by(writer, source_label(source), "reason", source.counters->rejected,
                        kRejectReasonNames);
    }
}

void write_statistics(PrometheusWriter& writer, const FleetView& view, Time now) {
    const FleetStatistics statistics = statistics_at(view, now);
    writer.family({.name = "muster_fleet_workers", .help = "Workers by state."});
    std::string own;
    const auto workers = [&](std::string_view state, std::size_t count) {
        own.clear();
        append_label(own, "state", state);
        writer.count({.own = own}, count);
    };
    for (std::size_t i = 0; i < kWorkerStateCount; ++i) {
        workers(kWorkerStateNames[i], statistics.workers[i]);
    }
    workers("lost", statistics.lost);
    writer.family({.name = "muster_fleet_kv_blocks_active_avg",
                   .help = "Mean of the KV-cache blocks in use over fresh and late workers."});
    if (const auto mean = statistics.kv_active_blocks.mean) writer.number({}, *mean);
    writer.family({.name = "muster_fleet_kv_blocks_active_std",
                   .help = "Their population standard deviation."});
    if (const auto stddev = statistics.kv_active_blocks.stddev) writer.number({}, *stddev);
}

void write_expected(PrometheusWriter& writer, const FleetView& view) {
    const auto label_of = [](const ExpectedInfo& expected) {
        std::string label;
        append_label(label, "component", expected.component);
        return label;
    };
    writer.family({.name = "muster_fleet_expected_workers",
                   .help = "Workers that the configuration expects, by component."});
    for (const ExpectedInfo& expected : view.expected()) {
        writer.count({label_of(expected)}, expected.workers);
    }
    writer.family({.name = "muster_fleet_missing_workers",
                   .help = "How many of these there are too few, where that can be known."});
    for (const ExpectedInfo& expected : view.expected()) {
        if (expected.missing) writer.count({label_of(expected)}, *expected.missing);
    }
}

void write_collector(PrometheusWriter& writer, const FleetView& view, Time now) {
    writer.family({.name = "muster_view_version",
                   .help = "Version of the view that this page shows; 0 before the first."});
    writer.count({}, view.version());
    writer.family({.name = "muster_collector_step_age_seconds",
                   .help = "Since the collector last stepped. More than a second: it hangs.",
                   .unit = "seconds"});
    if (view.collector_step() != Time{}) {
        writer.age({}, age_between(view.collector_step(), now));
    }
    writer.family({.name = "muster_answer_delay_seconds",
                   .type = MetricType::histogram,
                   .help = "From a question to each answer, late ones included.",
                   .unit = "seconds"});
    writer.histogram(view.pulse().answer_delay);
    writer.family({.name = "muster_publish_delay_seconds",
                   .type = MetricType::histogram,
                   .help = "From the first change that a view shows to its publication.",
                   .unit = "seconds"});
    writer.histogram(view.pulse().publish_delay);
}

}  // namespace

void write_fleet_metrics(PrometheusWriter& writer, const FleetView& view, Time now) {
    write_statistics(writer, view, now);
    write_expected(writer, view);
    write_collector(writer, view, now);
    write_source_states(writer, view);
    write_source_counters(writer, view);
    detail::write_worker_metrics(writer, view, now);
}

std::size_t fleet_metrics_bytes(const FleetView& view) noexcept {
    return kPageBytes + view.size() * kWorkerBytes + view.tombstones().size() * kTombstoneBytes;
}

}  // namespace muster
