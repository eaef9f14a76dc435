#include "muster/fleet/state/cordon_book.hpp"

#include "muster/base/limits.hpp"
#include "muster/fleet/state/fleet_parts.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

std::string words_of(const Cordon& cordon) {
    return cordon.by.empty() ? cordon.why : cordon.why + " (by " + cordon.by + ')';
}

void tell_raised(FleetParts& parts, const Cordon& cordon, Time now) {
    parts.chronicle.tell(FleetEventKind::flag_raised, now, cordon.worker,
                         std::string(name_of(WorkerFlag::cordoned)) + ": " + words_of(cordon));
}

/// Shows the cordon at the row, and tells it if the row had none.
void show(FleetParts& parts, WorkerRow& row, const CordonPtr& cordon, Time now) {
    if (row.extras().cordon == cordon) return;
    row.change_extras([&](RowExtras& extras) {
        extras.cordon = cordon;
        extras.flag_times[static_cast<std::size_t>(WorkerFlag::cordoned)] = cordon->since;
    });
    raise_flag(parts, row, WorkerFlag::cordoned, cordon->since, now, words_of(*cordon));
    parts.roster.touch(row);
}

}  // namespace

CordonOutcome make_cordon(FleetParts& parts, Cordon cordon, Time now) {
    const CordonPtr before = parts.cordons.find(cordon.worker);
    WorkerRow* const row = parts.roster.find(cordon.worker);
    if (before == nullptr) {
        if (row == nullptr && parts.graveyard.find(cordon.worker) == nullptr) {
            return CordonOutcome::unknown_worker;
        }
        if (parts.cordons.size() >= kCordonsMax) return CordonOutcome::too_many;
    } else {
        cordon.since = before->since;
        if (*before == cordon) return CordonOutcome::kept;
    }
    const auto made = std::make_shared<const Cordon>(std::move(cordon));
    parts.cordons.put(made);
    // A row that had none tells it itself.
    const bool told_by_row = row != nullptr && !row->flags.has(WorkerFlag::cordoned);
    if (!told_by_row) tell_raised(parts, *made, now);
    if (row != nullptr) show(parts, *row, made, now);
    return before == nullptr ? CordonOutcome::made : CordonOutcome::kept;
}

void restore_cordon(FleetParts& parts, Cordon cordon, Time now) {
    if (parts.cordons.size() >= kCordonsMax && !parts.cordons.find(cordon.worker)) return;
    const auto restored = std::make_shared<const Cordon>(std::move(cordon));
    parts.cordons.put(restored);
    if (WorkerRow* const row = parts.roster.find(restored->worker)) {
        show(parts, *row, restored, now);
    }
}

bool lift_cordon(FleetParts& parts, std::string_view worker, std::string_view by, Time now) {
    const CordonPtr before = parts.cordons.find(worker);
    if (before == nullptr) return false;
    parts.cordons.erase(worker);
    const std::string who = by.empty() ? "" : "by " + std::string(by);
    if (WorkerRow* const row = parts.roster.find(worker)) {
        row->change_extras([](RowExtras& extras) { extras.cordon = nullptr; });
        clear_flag(parts, *row, WorkerFlag::cordoned, now, who);
    } else {
        parts.chronicle.tell(
            FleetEventKind::flag_cleared, now, before->worker,
            std::string(name_of(WorkerFlag::cordoned)) + (who.empty() ? "" : ": ") + who);
    }
    return true;
}

void mark_cordoned(FleetParts& parts, WorkerRow& row, const std::string& old_id, Time now) {
    CordonPtr cordon = parts.cordons.find(row.identity->id);
    if (const CordonPtr of_old = parts.cordons.find(old_id); of_old && old_id != row.identity->id) {
        parts.cordons.erase(old_id);
        if (cordon == nullptr) {
            Cordon moved = *of_old;
            moved.worker = row.identity->id;
            cordon = std::make_shared<const Cordon>(std::move(moved));
            parts.cordons.put(cordon);
        }
    }
    if (cordon != nullptr) show(parts, row, cordon, now);
}

}  // namespace muster
