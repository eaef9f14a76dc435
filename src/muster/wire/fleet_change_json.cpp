// The documents of the event stream; see the header.
//
// Pure; any thread.
#include "muster/wire/fleet_change_json.hpp"

#include <algorithm>

#include "muster/fleet/statistics.hpp"
#include "muster/wire/detail/fleet_parts_json.hpp"
#include "muster/wire/detail/worker_json.hpp"
#include "muster/wire/json_writer.hpp"

namespace muster {

namespace {

void append_age_or_null(std::string& out, std::optional<Duration> age) {
    if (age)
        detail::append_age_json(out, *age);
    else
        out += "null";
}

/// `"name":[...]`, one element for each row.
template <typename Append>
void write_column(JsonWriter& writer, std::string& out, std::string_view name,
                  std::span<const ToldRow> rows, Append append) {
    writer.key(name).begin_array();
    bool first = true;
    for (const ToldRow& told : rows) {
        if (!first) out += ',';
        first = false;
        append(told.row);
    }
    writer.end_array();
}

}  // namespace

void append_change_json(std::string& out, const RowTexts& texts, const FleetChange& change,
                        const FleetMoment& moment) {
    const FleetView& view = texts.view();
    JsonWriter writer(out);
    detail::begin_document(writer, view, moment);
    detail::write_statistics(writer, out, statistics_at(view, moment.now));
    writer.key("workers").begin_array();
    const detail::RowContext context = detail::row_context(view, moment, texts.members());
    bool first = true;
    for (const ToldRow& told : change.workers) {
        out += first ? "{" : ",{";
        first = false;
        detail::append_row_text(out, texts.text(told.row), context, told.row, told.state);
        out += '}';
    }
    writer.end_array();
    writer.key("left").begin_array();
    for (const LeftWorker& left : change.left) {
        writer.begin_object();
        writer.key("id").string(left.id);
        writer.key("cause").string(left.cause);
        writer.key("reason").string(left.reason);
        writer.end_object();
    }
    writer.end_array();
    if (!change.lost.empty() || !change.lost_ended.empty()) {
        writer.key("lost_ended").begin_array();
        for (const std::string_view id : change.lost_ended) writer.string(id);
        writer.end_array();
        writer.key("lost").begin_array();
        for (const Tombstone* tombstone : change.lost) {
            if (tombstone != change.lost.front()) out += ',';
            append_lost_json(out, *tombstone, moment.anchor);
        }
        writer.end_array();
    }
    detail::write_sources(writer, out, view, moment);
    out += change.rest;
    writer.end_object();
}

void append_ages_json(std::string& out, const FleetView& view, std::span<const ToldRow> rows,
                      const FleetMoment& moment) {
    JsonWriter writer(out);
    detail::begin_document(writer, view, moment);
    write_column(writer, out, "age_ms", rows,
                 [&](std::size_t row) { append_age_or_null(out, view.age_at(row, moment.now)); });
    const auto has_two_ages = [&](const ToldRow& told) {
        return view.block(told.row / kBlockRows).triggers_only[told.row % kBlockRows];
    };
    if (std::ranges::any_of(rows, has_two_ages)) {
        write_column(writer, out, "record_age_ms", rows, [&](std::size_t row) {
            append_age_or_null(out, view.record_age_at(row, moment.now));
        });
    }
    write_column(writer, out, "alive_age_ms", rows, [&](std::size_t row) {
        const Duration alive = view.alive_age_at(row, moment.now);
        append_age_or_null(out, alive == Duration::max() ? std::nullopt : std::optional(alive));
    });
    write_column(writer, out, "missed", rows,
                 [&](std::size_t row) { out += std::to_string(view.slot(row).missed()); });
    writer.end_object();
}

}  // namespace muster
