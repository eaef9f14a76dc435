// The records of FleetState: sources, components, instances (processes) and worker rows. Plain
// data; the rules over them are the free functions beside this file. One caller at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/fleet_rules.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/fleet/load.hpp"
#include "muster/fleet/raw_record.hpp"
#include "muster/fleet/row_slot.hpp"
#include "muster/fleet/source_info.hpp"
#include "muster/fleet/state/flat_table.hpp"
#include "muster/fleet/state/round_log.hpp"
#include "muster/fleet/state/row_list.hpp"
#include "muster/fleet/state/state_news.hpp"
#include "muster/fleet/state/told.hpp"
#include "muster/fleet/worker_flags.hpp"
#include "muster/fleet/worker_identity.hpp"
#include "muster/fleet/worker_trouble.hpp"

namespace muster {

/// One echo of ours that is under way.
struct EchoUnderway {
    EchoId id;
    Time sent{};
    Duration limit{};       // Older than this, the source is suspect.
    bool of_round = false;  // Else an echo alone.
    ComponentId component;
    RoundId round;
};

struct SourceRecord {
    SourceSpec spec;
    SourceState state = SourceState::disconnected;
    Time since{};
    std::string reason = "not connected yet";
    std::optional<std::string> last_error;
    std::vector<std::string> foreign_services;
    std::shared_ptr<SourceCounters> counters = std::make_shared<SourceCounters>();
    std::vector<ComponentId> components;

    std::deque<EchoUnderway> echoes;  // Under way, oldest first.
    EchoId last_echo;
    Time echo_alone_at = kNever;  // When the last echo alone was sent.
    Time last_good_echo_sent = kNever;
    Time connected_at = kNever;  // The newest connection.
    int timely_echoes = 0;       // In a row, while suspect.
    bool in_doubt = true;        // No timely echo since it was suspect or away.
    bool connected_once = false;
    bool asked_once = false;
    Duration listened{};           // Time connected, while our own steps were close together.
    Time listened_until{};         // The moment up to which that is counted.
    std::uint32_t push_epoch = 1;  // Another number: pushes may be missing in between.
};

/// One worker's row: what a view shows of it, and what it is judged by.
struct WorkerRow {
    std::shared_ptr<const WorkerIdentity> identity;
    std::shared_ptr<RowSlot> slot;
    std::optional<std::uint32_t> rank;  // The identity's: looked at for each report.
    std::uint32_t position = 0;         // In Roster's order; meaningful while membership stands.

    // Shown.
    std::uint32_t generation = 1;
    Load load;
    Time as_of = kNever;
    std::uint64_t sequence = 0;
    Duration interval{};
    Duration patience{};
    RowExtrasPtr shared_extras;  // Null where all of it is as in RowExtras{}: nearly everywhere.

    // Judged by.
    Time known_at = kNever;     // The newest confirmation; the slot says the same.
    Time heard_at = kNever;     // The last record of this very rank, by receipt.
    RoundId load_round;         // The question that gave the newest pulled load.
    Time pushed_at = kNever;    // Receipt of the newest push of this generation.
    Time equal_since = kNever;  // Equal busy records since.
    Told<std::uint64_t> requests_at_start;
    Told<std::uint64_t> progress;  // Of the newest record that told one.
    std::uint32_t push_epoch = 0;  // The source's, at the newest push; 0: may have missed some.

    // Of both kinds, together because they are small.
    Road road = Road::polled;
    WorkerFlags flags;
    bool cut_off = false;
    bool triggers_only = false;
    WorkerState published_state = WorkerState::unknown;
    bool started_up = false;            // A record that was not all zero came.
    bool moved = false;                 // The load differed from its start value once.
    std::uint8_t counters_awaited = 0;  // So many loads may yet come without `progress`.
    bool removed = false;               // Roster's.
    bool is_shown = false;  // The newest view has this sequence: RowSlot's invariant (5).

    std::unique_ptr<WorkerRow> next_of_instance;  // RowList's.
    // Kept for people; null until one was kept.
    std::unique_ptr<RawRecord> raw;

    [[nodiscard]] const RowExtras& extras() const noexcept {
        static const RowExtras none;
        return shared_extras ? *shared_extras : none;
    }
    /// Views may share the old ones: `change` gets a copy of them.
    template <typename Change>
    void change_extras(Change change) {
        RowExtras changed = extras();
        change(changed);
        shared_extras = changed == RowExtras{}
                            ? nullptr
                            : std::make_shared<const RowExtras>(std::move(changed));
    }
};

/// What few instances have; a Dynamo worker without trouble has none of it.
struct RareFacts {
    std::string name;        // Where it has no id.
    RoundId rival_answered;  // The newest question that an older process of its name answered.
    Time withdrawn_at = kNever;
    std::uint32_t refusals = 0;  // In a row.
    Time refused_since = kNever;
    Time conflict_at = kNever;         // Two processes last answered one question; kNever: never.
    Time unproven_push_at = kNever;    // Receipt of the first push of a window (push_road.hpp).
    Time without_load_since = kNever;  // Listed as one that offers no load.
    // Of one that its source announced: what no answer tells.
    Time announced_at = kNever;
    std::string engine;
    std::vector<std::string> models;
    Labels labels;
    Duration own_interval{};  // Of its own beat; 0: its component's.
    Duration own_patience{};
    WorkerTroublePtr trouble;
};

/// One process.
struct InstanceRecord {
    std::optional<std::uint64_t> id;
    Told<std::int64_t> started;
    Told<std::uint64_t> requests_total;
    RoundId answered;  // The newest question it answered.
    Time alive_at = kNever;
    Duration heard_listened{};  // The source's listened time at the last proof of life.
    std::uint32_t generation = 1;
    std::uint32_t missed = 0;  // Questions in a row without an answer.
    std::uint32_t silent = 0;  // The same, but a push ends it too.
    bool in_mass = false;      // Fell silent with half of its component.
    bool withdrawn = false;    // By discovery.
    bool offers_load = true;
    RowList<WorkerRow> rows;

    [[nodiscard]] const RareFacts& rare() const noexcept {
        static const RareFacts none;
        return rare_ ? *rare_ : none;
    }
    [[nodiscard]] RareFacts& change_rare() {
        if (!rare_) rare_ = std::make_unique<RareFacts>();
        return *rare_;
    }

private:
    std::unique_ptr<RareFacts> rare_;  // Apart, so that a report touches less memory.
};

struct IdOfInstance {
    [[nodiscard]] std::uint64_t operator()(const InstanceRecord& instance) const noexcept {
        return *instance.id;
    }
};

/// A discovery update that took too much away, until it is seen again.
struct HeldWithdrawal {
    std::vector<std::uint64_t> ids;
    Time since = kNever;
};

struct ComponentRecord {
    ComponentId id;
    SourceId source;
    ComponentSpec spec;
    RoundLog rounds;
    Duration interval{};
    Time ask_at{};
    bool asked_once = false;
    Time first_push_at = kNever;  // Since when pushes come over an unbroken road.
    Time unpushed_difference_at = kNever;
    std::optional<MassSilence> mass_silence;
    HeldWithdrawal held;
    FlatTable<std::unique_ptr<InstanceRecord>, std::uint64_t, IdOfInstance> by_id;
    StateNews state_news;
    std::unordered_map<std::string, std::unique_ptr<InstanceRecord>> by_name;
    std::size_t row_count = 0;

    /// Calls `visit(InstanceRecord&)` for each; it must not add or remove any.
    template <typename Visit>
    void for_each_instance(Visit visit) {
        by_id.for_each(visit);
        for (auto& [key, instance] : by_name) visit(*instance);
    }
    [[nodiscard]] std::size_t instance_count() const { return by_id.size() + by_name.size(); }
};

}  // namespace muster
