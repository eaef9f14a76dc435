#include "muster/serve/metrics_page.hpp"

#include "muster/wire/fleet_metrics.hpp"

#ifndef MUSTER_VERSION
#error "MUSTER_VERSION comes from src/muster/CMakeLists.txt"
#endif

namespace muster {

namespace {

void write_count(PrometheusWriter& writer, const MetricFamily& family,
                 std::optional<std::uint64_t> value) {
    writer.family(family);
    if (value) writer.count({}, *value);
}

/// The names that the client libraries of Prometheus have given these for years.
void write_process(PrometheusWriter& writer, const ProcessFigures& process) {
    writer.family({.name = "process_cpu_seconds",
                   .type = MetricType::counter,
                   .help = "CPU time of this process, user and system.",
                   .unit = "seconds"});
    if (process.cpu) writer.seconds({}, *process.cpu);
    writer.family({.name = "process_start_time_seconds",
                   .help = "When this process started, since 1970.",
                   .unit = "seconds"});
    if (process.started) writer.seconds({}, process.started->time_since_epoch());
    write_count(
        writer,
        {.name = "process_virtual_memory_bytes", .help = "Address space in use.", .unit = "bytes"},
        process.virtual_bytes);
    write_count(
        writer,
        {.name = "process_resident_memory_bytes", .help = "Memory in use.", .unit = "bytes"},
        process.resident_bytes);
    write_count(writer, {.name = "process_threads", .help = "Threads."}, process.threads);
    write_count(writer, {.name = "process_open_fds", .help = "Open file descriptors."},
                process.open_descriptors);
    write_count(writer, {.name = "process_max_fds", .help = "The most of these there may be."},
                process.descriptors_max);
}

/// No samples where no journal is kept.
void write_journal(PrometheusWriter& writer, const std::optional<JournalStatus>& journal) {
    using Count = std::optional<std::uint64_t>;
    write_count(writer,
                {.name = "muster_journal_writing",
                 .help = "1 while the journal is written, 0 while it cannot be."},
                journal ? Count(journal->state == JournalState::writing) : std::nullopt);
    write_count(writer,
                {.name = "muster_journal_bytes", .help = "Its size on disk.", .unit = "bytes"},
                journal ? Count(journal->bytes) : std::nullopt);
    write_count(writer,
                {.name = "muster_journal_limit_bytes",
                 .help = "What it may have: --journal-size.",
                 .unit = "bytes"},
                journal ? Count(journal->bytes_max) : std::nullopt);
    write_count(writer,
                {.name = "muster_journal_events_lost",
                 .type = MetricType::counter,
                 .help = "Events that were not written, because too many waited."},
                journal ? Count(journal->events_lost) : std::nullopt);
}

void write_build(PrometheusWriter& writer, const BuildInfo& build) {
    writer.family({.name = "muster_build", .type = MetricType::info, .help = "What is running."});
    std::string labels;
    append_label(labels, "version", build.version);
    append_label(labels, "compiler", build.compiler);
    writer.count({.own = labels}, 1);
}

}  // namespace

BuildInfo build_info() noexcept {
#if defined(__clang__)
    return {.version = MUSTER_VERSION, .compiler = __VERSION__};
#else
    return {.version = MUSTER_VERSION, .compiler = "g++ " __VERSION__};
#endif
}

std::string metrics_page_text(PrometheusFormat format, const MetricsPage& page) {
    std::string text;
    text.reserve(fleet_metrics_bytes(page.view));
    PrometheusWriter writer(text, format);
    write_fleet_metrics(writer, page.view, page.now);
    write_journal(writer, page.journal);
    write_process(writer, page.process);
    write_build(writer, page.build);
    writer.finish();
    return text;
}

}  // namespace muster
