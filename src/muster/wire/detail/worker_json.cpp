// Writes rows: the room is measured once per row, then everything is copied without a check.
//
// Pure; any thread.
#include "muster/wire/detail/worker_json.hpp"

#include <array>
#include <cassert>
#include <cstring>
#include <optional>

#include "muster/fleet/report.hpp"
#include "muster/wire/detail/text_cursor.hpp"
#include "muster/wire/json_writer.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster::detail {

namespace {

/// Names of members, punctuation, constants and numbers of a row with every flag set: below 1,300
/// bytes in all; wire/fleet_json_test writes the largest row there is.
constexpr std::size_t kRowRoom = 1'600;
constexpr std::size_t kLoadRoom = 400;

template <typename Write>
void append_within(std::string& out, std::size_t room, Write write) {
    const std::size_t before = out.size();
    out.resize_and_overwrite(before + room, [&](char* text, std::size_t) -> std::size_t {
        TextCursor to(text + before);
        write(to);
        assert(to.at() <= text + before + room);
        return static_cast<std::size_t>(to.at() - text);
    });
}

std::size_t row_room(const RowContext& context, std::size_t row) noexcept {
    const WorkerIdentity& identity = context.view.identity(row);
    std::size_t room = kRowRoom + kLoadRoom + string_room(identity.id.size()) +
                       string_room(identity.component.size()) +
                       string_room(identity.engine.size()) + string_room(identity.address.size()) +
                       string_room(context.source_of(identity).size());
    for (const std::string& model : identity.models) room += string_room(model.size()) + 1;
    for (const auto& [name, value] : identity.labels) {
        room += string_room(name.size()) + string_room(value.size()) + 2;
    }
    return room;
}

void write_identity(TextCursor& to, const WorkerIdentity& identity, WorkerMembers members) {
    to.literal("\"id\":");
    to.string(identity.id);
    if (members.has(WorkerMember::component)) {
        to.literal(",\"component\":");
        to.string(identity.component);
    }
    if (members.has(WorkerMember::instance_id)) {
        if (identity.instance_id) {
            to.literal(",\"instance_id\":\"");
            to.integer(*identity.instance_id);
            to.literal("\"");
        } else {
            to.literal(",\"instance_id\":null");
        }
    }
    if (members.has(WorkerMember::rank)) {
        to.literal(",\"rank\":");
        if (identity.rank)
            to.integer(*identity.rank);
        else
            to.literal("null");
    }
    if (members.has(WorkerMember::engine)) {
        to.literal(",\"engine\":");
        to.string(identity.engine);
    }
    if (members.has(WorkerMember::address)) {
        to.literal(",\"address\":");
        to.string(identity.address);
    }
    if (members.has(WorkerMember::models)) {
        to.literal(",\"models\":[");
        for (std::size_t i = 0; i < identity.models.size(); ++i) {
            if (i != 0) to.literal(",");
            to.string(identity.models[i]);
        }
        to.literal("]");
    }
    if (members.has(WorkerMember::labels)) {
        to.literal(",\"labels\":{");
        bool first = true;
        for (const auto& [name, value] : identity.labels) {
            if (!first) to.literal(",");
            first = false;
            to.string(name);
            to.literal(":");
            to.string(value);
        }
        to.literal("}");
    }
}

void write_flags(TextCursor& to, const FleetView& view, std::size_t row, const WallAnchor& anchor) {
    const WorkerFlags flags = view.flags(row);
    if (!flags.any()) {
        to.literal(",\"flags\":[]");
        return;
    }
    const RowExtras* extras = view.extras(row);
    std::string names;
    std::string since;
    JsonWriter since_writer(since);
    for (std::size_t i = 0; i < kWorkerFlagCount; ++i) {
        const auto flag = static_cast<WorkerFlag>(i);
        if (!flags.has(flag)) continue;
        if (!names.empty()) names += ',';
        append_json_string(names, name_of(flag));
        since_writer.key(name_of(flag));
        if (extras == nullptr || extras->flag_times[i] == kNever) {
            since_writer.null();
            continue;
        }
        std::string when;
        append_rfc3339(when, anchor.wall_at(extras->flag_times[i]));
        since_writer.string(when);
    }
    to.literal(",\"flags\":[");
    to.raw(names);
    to.literal("],\"flags_since\":{");
    to.raw(since);
    to.literal("}");
}

void write_age(TextCursor& to, std::optional<Duration> age) {
    if (age)
        to.tenths_of_ms(*age);
    else
        to.literal("null");
}

void write_state(TextCursor& to, const RowContext& context, WorkerState state) {
    if (!context.members.has(WorkerMember::state)) return;
    to.literal(",\"state\":\"");
    to.raw(name_of(state));
    to.literal("\"");
}

void write_standing(TextCursor& to, const RowContext& context, std::size_t row) {
    if (context.members.has(WorkerMember::flags)) {
        write_flags(to, context.view, row, context.moment.anchor);
    }
    if (context.members.has(WorkerMember::generation)) {
        to.literal(",\"generation\":");
        to.integer(context.view.generation(row));
    }
    if (!context.members.has(WorkerMember::first_seen)) return;
    const Time first_seen = context.view.identity(row).first_seen;
    to.literal(",\"first_seen\":");
    if (first_seen == kNever) {
        to.literal("null");
        return;
    }
    std::string when;
    append_rfc3339(when, context.moment.anchor.wall_at(first_seen));
    to.string(when);
}

/// What passes with time: docs/guide/http.md calls it volatile.
AgePlaces write_passing(TextCursor& to, const RowContext& context, std::size_t row,
                        std::optional<Duration> age) {
    const FleetView& view = context.view;
    const Time now = context.moment.now;
    const char* const begin = to.at();
    AgePlaces places;
    const auto wants = [&](WorkerMember member) { return context.members.has(member); };
    const auto write_placed = [&](AgePlace& place, std::optional<Duration> known) {
        const char* const at = to.at();
        write_age(to, known);
        if (!known) return;
        place = {.at = static_cast<std::uint16_t>(at - begin),
                 .size = static_cast<std::uint16_t>(to.at() - at)};
    };
    if (wants(WorkerMember::age_ms)) {
        to.literal(",\"age_ms\":");
        write_placed(places.age, age);
        if (view.block(row / kBlockRows).triggers_only[row % kBlockRows]) {
            to.literal(",\"record_age_ms\":");
            write_age(to, view.record_age_at(row, now));
        }
    }
    if (wants(WorkerMember::captured_age_ms)) {
        to.literal(",\"captured_age_ms\":");
        write_age(to, view.captured_age_at(row, now));
    }
    if (wants(WorkerMember::alive_age_ms)) {
        to.literal(",\"alive_age_ms\":");
        const Duration alive = view.alive_age_at(row, now);
        write_placed(places.alive, alive == Duration::max() ? std::nullopt : std::optional(alive));
    }
    if (wants(WorkerMember::rtt_ms)) {
        to.literal(",\"rtt_ms\":");
        write_age(to, view.slot(row).rtt());
    }
    if (wants(WorkerMember::missed)) {
        to.literal(",\"missed\":");
        to.integer(view.slot(row).missed());
    }
    return places;
}

std::optional<Duration> age_of(const RowContext& context, std::size_t row) {
    return context.view.age_at(row, context.moment.now);
}

void write_asking(TextCursor& to, const RowContext& context, std::size_t row) {
    const FleetView& view = context.view;
    const auto wants = [&](WorkerMember member) { return context.members.has(member); };
    if (wants(WorkerMember::interval_ms)) {
        to.literal(",\"interval_ms\":");
        to.exact_ms(view.interval(row));
    }
    if (wants(WorkerMember::patience_ms)) {
        to.literal(",\"patience_ms\":");
        to.exact_ms(view.patience(row));
    }
    if (const RowExtras* extras = view.extras(row);
        extras != nullptr && extras->silent_since != kNever && wants(WorkerMember::silent_since)) {
        std::string when;
        append_rfc3339(when, context.moment.anchor.wall_at(extras->silent_since));
        to.literal(",\"silent_since\":");
        to.string(when);
    }
    if (wants(WorkerMember::source)) {
        to.literal(",\"source\":");
        const std::string_view source = context.source_of(view.identity(row));
        if (source.data() == nullptr)
            to.literal("null");
        else
            to.string(source);
    }
    if (wants(WorkerMember::road)) {
        to.literal(",\"road\":\"");
        to.raw(name_of(view.road(row)));
        to.literal("\"");
    }
}

void write_load(TextCursor& to, const Load& load) {
    const auto count = [&](LoadField field, std::uint64_t value) {
        if (load.known.has(field))
            to.integer(value);
        else
            to.literal("null");
    };
    const auto fraction = [&](LoadField field, double value) {
        if (load.known.has(field))
            to.fraction(value);
        else
            to.literal("null");
    };
    to.literal("{\"running\":");
    count(LoadField::running, load.running);
    to.literal(",\"slots\":");
    count(LoadField::slots, load.slots);
    to.literal(",\"waiting\":");
    count(LoadField::waiting, load.waiting);
    to.literal(",\"kv_active_blocks\":");
    count(LoadField::kv_active_blocks, load.kv_active_blocks);
    to.literal(",\"kv_total_blocks\":");
    count(LoadField::kv_total_blocks, load.kv_total_blocks);
    to.literal(",\"kv_usage\":");
    fraction(LoadField::kv_usage, load.kv_usage);
    to.literal(",\"prefix_hit_rate\":");
    fraction(LoadField::prefix_hit_rate, load.prefix_hit_rate);
    to.literal("}");
}

void append_cordon(std::string& out, const Cordon& cordon, const WallAnchor& anchor) {
    out += ",\"cordon\":";
    append_cordon_json(out, cordon, anchor);
}

void write_rest(TextCursor& to, const RowContext& context, std::size_t row) {
    write_asking(to, context, row);
    if (!context.members.has(WorkerMember::load)) return;
    to.literal(",\"load\":");
    write_load(to, context.view.load(row));
}

void append_spec_decode(std::string& out, const SpecDecodeStats& stats) {
    JsonWriter writer(out);
    const auto member = [&](std::string_view name, const std::optional<std::uint32_t>& value) {
        writer.key(name);
        if (value)
            writer.integer(*value);
        else
            writer.null();
    };
    out += ",\"spec_decode\":{";
    member("num_spec_tokens", stats.num_spec_tokens);
    member("num_drafts", stats.num_drafts);
    member("num_draft_tokens", stats.num_draft_tokens);
    member("num_accepted_tokens", stats.num_accepted_tokens);
    writer.key("num_accepted_tokens_per_pos");
    if (stats.num_accepted_tokens_per_pos) {
        writer.begin_array();
        for (const std::uint32_t tokens : *stats.num_accepted_tokens_per_pos) {
            writer.integer(tokens);
        }
        writer.end_array();
    } else {
        writer.null();
    }
    out += '}';
}

void append_trouble(std::string& out, const WorkerTrouble& trouble, const WallAnchor& anchor) {
    std::string since;
    append_rfc3339(since, anchor.wall_at(trouble.since));
    out += ",\"trouble\":";
    JsonWriter writer(out);
    writer.begin_object().key("kind").string(trouble.kind).key("since").string(since);
    writer.key("what").string(trouble.what).end_object();
}

void append_rate(JsonWriter& writer, std::string_view name, std::optional<double> rate) {
    writer.key(name);
    if (rate)
        writer.number(*rate);
    else
        writer.null();
}

void append_activity(std::string& out, const WorkerActivity& activity, const WallAnchor& anchor) {
    out += ",\"activity\":";
    JsonWriter writer(out);
    writer.begin_object();
    append_rate(writer, "requests_per_s", activity.rates.requests_per_s);
    append_rate(writer, "prompt_tokens_per_s", activity.rates.prompt_tokens_per_s);
    append_rate(writer, "generated_tokens_per_s", activity.rates.generated_tokens_per_s);
    writer.key("unseen_bursts").integer(activity.unseen_bursts).key("last_unseen_burst");
    if (activity.last_unseen_burst == kNever) {
        writer.null();
    } else {
        std::string when;
        append_rfc3339(when, anchor.wall_at(activity.last_unseen_burst));
        writer.string(when);
    }
    writer.end_object();
}

void append_extra(std::string& out, const RowContext& context, std::size_t row) {
    const RowExtras* extras = context.view.extras(row);
    if (extras != nullptr && extras->cordon && context.members.has(WorkerMember::flags)) {
        append_cordon(out, *extras->cordon, context.moment.anchor);
    }
    if (extras != nullptr && extras->spec_decode &&
        context.members.has(WorkerMember::spec_decode)) {
        append_spec_decode(out, *extras->spec_decode);
    }
    if (extras != nullptr && extras->trouble && context.members.has(WorkerMember::trouble)) {
        append_trouble(out, *extras->trouble, context.moment.anchor);
    }
    if (extras != nullptr && extras->activity && context.members.has(WorkerMember::activity)) {
        append_activity(out, *extras->activity, context.moment.anchor);
    }
}

}  // namespace

RowContext row_context(const FleetView& view, const FleetMoment& moment, WorkerMembers members) {
    RowContext context{view, moment, members, {}};
    for (const SourceInfo& source : view.sources()) {
        if (context.source_ids.size() <= source.source.value) {
            context.source_ids.resize(source.source.value + std::size_t{1});
        }
        context.source_ids[source.source.value] = source.id;
    }
    return context;
}

std::string_view RowContext::source_of(const WorkerIdentity& identity) const noexcept {
    return identity.source.value < source_ids.size() ? source_ids[identity.source.value]
                                                     : std::string_view();
}

void append_worker_members(std::string& out, const RowContext& context, std::size_t row,
                           WorkerState state) {
    append_within(out, row_room(context, row), [&](TextCursor& to) {
        write_identity(to, context.view.identity(row), context.members);
        write_state(to, context, state);
        write_standing(to, context, row);
        write_passing(to, context, row, age_of(context, row));
        write_rest(to, context, row);
    });
    append_extra(out, context, row);
}

void write_row_text(RowText& text, const RowContext& context, std::size_t row) {
    text.text.clear();
    append_within(text.text, row_room(context, row), [&](TextCursor& to) {
        const char* const begin = to.at();
        write_identity(to, context.view.identity(row), context.members);
        text.state_at = static_cast<std::uint32_t>(to.at() - begin);
        write_standing(to, context, row);
        text.passing_at = static_cast<std::uint32_t>(to.at() - begin);
        write_rest(to, context, row);
    });
    append_extra(text.text, context, row);
}

void append_row_text(std::string& out, const RowText& text, const RowContext& context,
                     std::size_t row, WorkerState state) {
    const std::string_view whole = text.text;
    append_within(out, whole.size() + kStateRoom + kPassingRoom, [&](TextCursor& to) {
        to.raw(whole.substr(0, text.state_at));
        write_state(to, context, state);
        to.raw(whole.substr(text.state_at, text.passing_at - text.state_at));
        write_passing(to, context, row, age_of(context, row));
        to.raw(whole.substr(text.passing_at));
    });
}

std::string_view state_text(std::span<char, kPassingRoom> room, const RowContext& context,
                            WorkerState state) {
    TextCursor to(room.data());
    write_state(to, context, state);
    return {room.data(), to.at()};
}

std::string_view passing_text(std::span<char, kPassingRoom> room, const RowContext& context,
                              std::size_t row, std::optional<Duration> age, AgePlaces& places) {
    TextCursor to(room.data());
    places = write_passing(to, context, row, age);
    return {room.data(), to.at()};
}

bool put_age(char* at, std::size_t size, Duration age) noexcept {
    std::array<char, kNumberRoom> text;
    TextCursor to(text.data());
    to.tenths_of_ms(age);
    if (to.at() != text.data() + size) return false;
    std::memcpy(at, text.data(), size);
    return true;
}

void append_load_json(std::string& out, const Load& load) {
    append_within(out, kLoadRoom, [&](TextCursor& to) { write_load(to, load); });
}

void append_age_json(std::string& out, Duration age) {
    append_within(out, kNumberRoom + 2, [&](TextCursor& to) { to.tenths_of_ms(age); });
}

void append_exact_ms_json(std::string& out, Duration duration) {
    append_within(out, kNumberRoom + 4, [&](TextCursor& to) { to.exact_ms(duration); });
}

}  // namespace muster::detail
