// The documents around the rows: statistics, tombstones, sources, components.
//
// Pure; any thread.
#include "muster/wire/fleet_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "muster/fleet/statistics.hpp"
#include "muster/wire/detail/fleet_parts_json.hpp"
#include "muster/wire/detail/worker_json.hpp"
#include "muster/wire/json_writer.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {

namespace {

/// What a row takes with usual names; so that `out` grows once.
constexpr std::size_t kRowBytes = 640;

void write_time(JsonWriter& writer, WallTime time) {
    std::string text;
    append_rfc3339(text, time);
    writer.string(text);
}

void write_time(JsonWriter& writer, const WallAnchor& anchor, Time when) {
    if (when == kNever)
        writer.null();
    else
        write_time(writer, anchor.wall_at(when));
}

void write_or_null(JsonWriter& writer, std::string_view text) {
    if (text.empty())
        writer.null();
    else
        writer.string(text);
}

/// A mean is no integer, even when it is one: "30.0".
void write_decimal(JsonWriter& writer, double value) {
    constexpr double kFixedBelow = 1e17;  // Beyond it digits before the point are made up.
    std::array<char, 64> text;
    const bool fixed = value == 0.0 || (std::fabs(value) >= 1e-6 && std::fabs(value) < kFixedBelow);
    auto* end = fixed ? std::to_chars(text.data(), text.data() + text.size() - 2, value,
                                      std::chars_format::fixed)
                            .ptr
                      : std::to_chars(text.data(), text.data() + text.size() - 2, value).ptr;
    if (std::find(text.data(), end, '.') == end && std::find(text.data(), end, 'e') == end) {
        *end++ = '.';
        *end++ = '0';
    }
    writer.raw(std::string_view(text.data(), end));
}

/// Sums of counts are integers, exact up to 2^53.
void write_whole(JsonWriter& writer, double value) {
    constexpr double kTwoTo63 = 9223372036854775808.0;
    if (value >= 0.0 && value < kTwoTo63)
        writer.integer(static_cast<std::uint64_t>(value));
    else
        writer.number(value);
}

enum class StatisticOf : std::uint8_t { counts, fractions };

void write_statistic(JsonWriter& writer, std::string_view name, const Statistic& statistic,
                     StatisticOf kind) {
    const auto value = [&](std::string_view key, std::optional<double> figure, bool whole) {
        writer.key(key);
        if (!figure || !std::isfinite(*figure))
            writer.null();
        else if (whole)
            write_whole(writer, *figure);
        else
            write_decimal(writer, *figure);
    };
    const bool whole = kind == StatisticOf::counts;
    writer.key(name).begin_object().key("count").integer(statistic.count);
    value("avg", statistic.mean, false);
    value("std", statistic.stddev, false);
    value("min", statistic.min, whole);
    value("max", statistic.max, whole);
    value("sum", statistic.sum, whole);
    writer.end_object();
}

template <typename T>
bool is_among(const std::vector<T>& wanted, const T& value) {
    return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

bool chooses_identity(const FleetFilter& filter, const WorkerIdentity& identity) {
    if (!is_among(filter.components, identity.component)) return false;
    // One value of each name that is asked for.
    return std::ranges::all_of(filter.labels, [&](const auto& wanted) {
        return std::ranges::any_of(identity.labels, [&](const auto& label) {
            return label.first == wanted.first &&
                   std::ranges::find(filter.labels, label) != filter.labels.end();
        });
    });
}

/// `append_members(row, state)` writes a row without its braces.
template <typename AppendMembers>
void write_workers(JsonWriter& writer, std::string& out, const FleetView& view, Time now,
                   const FleetFilter& filter, AppendMembers append_members) {
    out.reserve(out.size() + view.size() * kRowBytes + 4 * kRowBytes);
    writer.key("workers").begin_array();
    bool first = true;
    for (std::size_t row = 0; row < view.size(); ++row) {
        const WorkerState state = view.state_at(row, now);
        if (!chooses(filter, view.identity(row), state)) continue;
        out += first ? "{" : ",{";
        first = false;
        append_members(row, state);
        out += '}';
    }
    writer.end_array();
}

void write_workers(JsonWriter& writer, std::string& out, const FleetView& view,
                   const FleetMoment& moment, const FleetFilter& filter) {
    const detail::RowContext context = detail::row_context(view, moment, filter.members);
    write_workers(writer, out, view, moment.now, filter, [&](std::size_t row, WorkerState state) {
        detail::append_worker_members(out, context, row, state);
    });
}

void write_lost(JsonWriter& writer, std::string& out, const FleetView& view,
                const FleetMoment& moment, const FleetFilter& filter) {
    writer.key("lost").begin_array();
    bool first = true;
    for (const Tombstone& tombstone : view.tombstones()) {
        if (!chooses_lost(filter, tombstone)) continue;
        if (!first) out += ',';
        first = false;
        append_lost_json(out, tombstone, moment.anchor);
    }
    writer.end_array();
}

std::string_view source_id(const FleetView& view, SourceId id) {
    const auto found = std::ranges::find(view.sources(), id, &SourceInfo::source);
    return found == view.sources().end() ? std::string_view() : std::string_view(found->id);
}

void write_components(JsonWriter& writer, std::string& out, const FleetView& view,
                      const FleetMoment& moment) {
    writer.key("components").begin_array();
    for (const ComponentInfo& component : view.components()) {
        writer.begin_object();
        writer.key("name").string(component.name);
        writer.key("source");
        write_or_null(writer, source_id(view, component.source));
        writer.key("interval_ms");
        detail::append_exact_ms_json(out, component.interval);
        writer.key("patience_ms");
        detail::append_exact_ms_json(out, component.patience);
        writer.key("without_load").begin_array();
        for (const InstanceWithoutLoad& instance : component.without_load) {
            writer.begin_object();
            writer.key("id").string(instance.id);
            writer.key("since");
            write_time(writer, moment.anchor, instance.since);
            writer.end_object();
        }
        writer.end_array().end_object();
    }
    writer.end_array();
}

void write_counters(JsonWriter& writer, const SourceCounters& counters) {
    const auto count = [&](std::string_view name, const std::atomic<std::uint64_t>& value) {
        writer.key(name).integer(value.load(std::memory_order_relaxed));
    };
    count("asked", counters.asked);
    count("answered", counters.answered);
    count("late_answers", counters.late_answers);
    count("pushes", counters.pushes);
    count("echoes", counters.echoes);
    count("no_responders", counters.no_responders);
    count("reconnects", counters.reconnects);
    count("dropped", counters.dropped);
    count("permission_errors", counters.permission_errors);
    writer.key("rejected").begin_object();
    for (std::size_t i = 0; i < kRejectReasonCount; ++i) {
        count(kRejectReasonNames[i], counters.rejected[i]);
    }
    writer.end_object();
}

}  // namespace

namespace detail {

void begin_document(JsonWriter& writer, const FleetView& view, const FleetMoment& moment) {
    writer.begin_object();
    writer.key("epoch").string(moment.epoch);
    writer.key("version").integer(view.version());
    writer.key("time");
    write_time(writer, moment.anchor.wall_at(moment.now));
    if (!moment.past) return;
    writer.key("as_of");
    write_time(writer, moment.anchor.wall_at(moment.now));
}

void write_statistics(JsonWriter& writer, std::string& out, const FleetStatistics& statistics) {
    const auto of = [&](WorkerState state) {
        return statistics.workers[static_cast<std::size_t>(state)];
    };
    writer.key("stats").begin_object().key("workers").begin_object();
    for (const WorkerState state :
         {WorkerState::fresh, WorkerState::late, WorkerState::stale, WorkerState::unknown}) {
        writer.key(name_of(state)).integer(of(state));
    }
    writer.key("lost").integer(statistics.lost).end_object();
    write_statistic(writer, "kv_active_blocks", statistics.kv_active_blocks, StatisticOf::counts);
    write_statistic(writer, "waiting", statistics.waiting, StatisticOf::counts);
    write_statistic(writer, "running", statistics.running, StatisticOf::counts);
    write_statistic(writer, "kv_usage", statistics.kv_usage, StatisticOf::fractions);
    writer.key("oldest_age_ms");
    if (statistics.oldest_age)
        detail::append_age_json(out, *statistics.oldest_age);
    else
        writer.null();
    writer.end_object();
}

void write_sources(JsonWriter& writer, std::string& out, const FleetView& view,
                   const FleetMoment& moment) {
    writer.key("sources").begin_array();
    bool first = true;
    for (const SourceInfo& source : view.sources()) {
        if (!first) out += ',';
        first = false;
        append_source_json(out, source, moment.anchor);
    }
    writer.end_array();
}

void write_expected(JsonWriter& writer, const FleetView& view, const WallAnchor& anchor) {
    if (view.expected().empty()) return;
    writer.key("expected").begin_array();
    for (const ExpectedInfo& info : view.expected()) {
        writer.begin_object();
        writer.key("component").string(info.component);
        writer.key("workers").integer(info.workers);
        writer.key("present").integer(info.present);
        writer.key("missing");
        if (info.missing)
            writer.integer(*info.missing);
        else
            writer.null();
        writer.key("since");
        write_time(writer, anchor, info.since);
        writer.key("why");
        write_or_null(writer, info.why);
        writer.key("missing_ids").begin_array();
        for (const std::string& id : info.missing_ids) writer.string(id);
        writer.end_array().end_object();
    }
    writer.end_array();
}

void write_after_workers(JsonWriter& writer, std::string& out, const FleetView& view,
                         const FleetMoment& moment, const FleetFilter& filter) {
    write_lost(writer, out, view, moment, filter);
    write_sources(writer, out, view, moment);
    write_components(writer, out, view, moment);
    writer.end_object();
}

}  // namespace detail

bool chooses(const FleetFilter& filter, const WorkerIdentity& identity, WorkerState state) {
    if (filter.chooses_states() && std::ranges::find(filter.states, state) == filter.states.end()) {
        return false;
    }
    return chooses_identity(filter, identity);
}

bool chooses_lost(const FleetFilter& filter, const Tombstone& tombstone) {
    return (filter.lost || filter.states.empty()) && chooses_identity(filter, *tombstone.identity);
}

void append_fleet_json(std::string& out, const FleetView& view, const FleetMoment& moment,
                       const FleetFilter& filter) {
    JsonWriter writer(out);
    detail::begin_document(writer, view, moment);
    detail::write_statistics(writer, out, statistics_at(view, moment.now));
    detail::write_expected(writer, view, moment.anchor);
    write_workers(writer, out, view, moment, filter);
    detail::write_after_workers(writer, out, view, moment, filter);
}

void append_fleet_json(std::string& out, const RowTexts& texts, const FleetMoment& moment,
                       const FleetFilter& filter) {
    const FleetView& view = texts.view();
    JsonWriter writer(out);
    detail::begin_document(writer, view, moment);
    detail::write_statistics(writer, out, statistics_at(view, moment.now));
    detail::write_expected(writer, view, moment.anchor);
    const detail::RowContext context = detail::row_context(view, moment, texts.members());
    write_workers(writer, out, view, moment.now, filter, [&](std::size_t row, WorkerState state) {
        detail::append_row_text(out, texts.text(row), context, row, state);
    });
    detail::write_after_workers(writer, out, view, moment, filter);
}

void append_rest_json(std::string& out, const FleetView& view, const FleetMoment& moment) {
    out += ',';
    JsonWriter writer(out);
    write_components(writer, out, view, moment);
    if (view.expected().empty())
        writer.key("expected").null();
    else
        detail::write_expected(writer, view, moment.anchor);
}

void append_workers_json(std::string& out, const FleetView& view, const FleetMoment& moment,
                         const FleetFilter& filter) {
    JsonWriter writer(out);
    detail::begin_document(writer, view, moment);
    write_workers(writer, out, view, moment, filter);
    writer.end_object();
}

void append_worker_json(std::string& out, const FleetView& view, std::size_t row,
                        const FleetMoment& moment, WorkerMembers members) {
    JsonWriter writer(out);
    detail::begin_document(writer, view, moment);
    out += ',';
    detail::append_worker_members(out, detail::row_context(view, moment, members), row,
                                  view.state_at(row, moment.now));
    writer.end_object();
}

void append_sources_json(std::string& out, const FleetView& view, const FleetMoment& moment) {
    JsonWriter writer(out);
    detail::begin_document(writer, view, moment);
    detail::write_sources(writer, out, view, moment);
    write_components(writer, out, view, moment);
    writer.end_object();
}

void append_lost_json(std::string& out, const Tombstone& tombstone, const WallAnchor& anchor) {
    JsonWriter writer(out);
    writer.begin_object();
    writer.key("id").string(tombstone.identity->id);
    writer.key("component").string(tombstone.identity->component);
    writer.key("since");
    write_time(writer, anchor, tombstone.since);
    writer.key("cause").string(name_of(tombstone.reason));
    writer.key("reason").string(tombstone.detail);
    writer.key("generation").integer(tombstone.generation);
    writer.key("load");
    detail::append_load_json(out, tombstone.last_load);
    writer.end_object();
}

void append_cordon_json(std::string& out, const Cordon& cordon, const WallAnchor& anchor) {
    JsonWriter writer(out);
    writer.begin_object();
    writer.key("why").string(cordon.why);
    writer.key("by");
    write_or_null(writer, cordon.by);
    writer.key("since");
    write_time(writer, anchor, cordon.since);
    writer.end_object();
}

void append_cordons_json(std::string& out, const FleetView& view, const FleetMoment& moment) {
    JsonWriter writer(out);
    detail::begin_document(writer, view, moment);
    writer.key("cordons").begin_array();
    for (const CordonPtr& cordon : view.cordons()) {
        writer.begin_object();
        writer.key("id").string(cordon->worker);
        writer.key("present").boolean(view.find(cordon->worker).has_value());
        writer.key("why").string(cordon->why);
        writer.key("by");
        write_or_null(writer, cordon->by);
        writer.key("since");
        write_time(writer, moment.anchor, cordon->since);
        writer.end_object();
    }
    writer.end_array().end_object();
}

void append_source_json(std::string& out, const SourceInfo& source, const WallAnchor& anchor) {
    JsonWriter writer(out);
    writer.begin_object();
    writer.key("id").string(source.id);
    writer.key("kind").string(source.kind);
    writer.key("target").string(source.target);
    writer.key("state").string(name_of(source.state));
    writer.key("since");
    write_time(writer, anchor, source.since);
    writer.key("reason");
    write_or_null(writer, source.reason);
    writer.key("last_error");
    write_or_null(writer, source.last_error.value_or(std::string()));
    writer.key("asked_once").boolean(source.asked_once);
    writer.key("mass_silences").begin_array();
    for (const MassSilence& silence : source.mass_silences) {
        writer.begin_object();
        writer.key("component").string(silence.component);
        writer.key("silent").integer(silence.silent);
        writer.key("total").integer(silence.total);
        writer.key("since");
        write_time(writer, anchor, silence.since);
        writer.end_object();
    }
    writer.end_array();
    writer.key("foreign_services").begin_array();
    for (const std::string& name : source.foreign_services) writer.string(name);
    writer.end_array();
    if (source.counters != nullptr) write_counters(writer, *source.counters);
    writer.end_object();
}

}  // namespace muster
