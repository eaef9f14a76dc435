#include "muster/collect/journal_fleet.hpp"

#include <algorithm>
#include <utility>

namespace muster {
namespace {

CordonPtr cordon_of(const JournalFleet& fleet, const std::string& worker) {
    const auto at = std::ranges::lower_bound(
        fleet.cordons, worker, {},
        [](const CordonPtr& cordon) -> const std::string& { return cordon->worker; });
    return at != fleet.cordons.end() && (*at)->worker == worker ? *at : nullptr;
}

RowExtrasPtr extras_of(const JournalFleet& fleet, const JournalRow& row) {
    if (!row.flags.any() && row.silent_since == kNever) return nullptr;
    auto extras = std::make_shared<RowExtras>();
    if (row.flags.has(WorkerFlag::cordoned)) {
        extras->cordon = cordon_of(fleet, row.identity->id);
    }
    extras->flag_times = row.flag_times;
    extras->silent_since = row.silent_since;
    return extras;
}

std::shared_ptr<RowSlot> slot_of(const JournalRow& row, Time now) {
    const Time alive = row.alive.moment(now);
    Time origin = alive == kNever ? now : std::min(now, alive);
    if (row.has_load()) origin = std::min(origin, row.known.moment(now));
    auto slot = std::make_shared<RowSlot>(origin);
    if (row.has_load()) slot->confirm(row.sequence, row.known.moment(now));
    slot->set_alive(alive == kNever ? origin : alive);
    slot->set_missed(row.missed);
    slot->set_process(row.started, row.requests_total);
    return slot;
}

void write_row(FleetBlock& block, std::size_t i, const JournalRow& row, Time now) {
    block.sequence[i] = row.sequence;
    const Time known_at = row.known.moment(now);
    const Time as_of = row.triggers_only ? std::min(row.as_of, known_at) : known_at;
    block.as_of[i] = row.has_load() ? as_of : kNever;
    block.running[i] = row.load.running;
    block.slots[i] = row.load.slots;
    block.waiting[i] = row.load.waiting;
    block.kv_active_blocks[i] = row.load.kv_active_blocks;
    block.kv_total_blocks[i] = row.load.kv_total_blocks;
    block.kv_usage[i] = row.load.kv_usage;
    block.prefix_hit_rate[i] = row.load.prefix_hit_rate;
    block.interval_us[i] = row.interval_us;
    block.patience_us[i] = row.patience_us;
    block.generation[i] = row.generation;
    block.known[i] = row.load.known;
    block.flags[i] = row.flags;
    block.road[i] = row.road;
    block.cut_off[i] = row.cut_off;
    block.triggers_only[i] = row.triggers_only;
}

std::shared_ptr<const FleetBlock> block_of(const JournalFleet& fleet, std::size_t first) {
    auto block = std::make_shared<FleetBlock>();
    const std::size_t rows = std::min(kBlockRows, fleet.rows.size() - first);
    block->rows = static_cast<std::uint32_t>(rows);
    std::shared_ptr<FleetBlock::Column<RowExtrasPtr>> extras;
    for (std::size_t i = 0; i < rows; ++i) {
        const JournalRow& row = fleet.rows[first + i];
        write_row(*block, i, row, fleet.time());
        RowExtrasPtr of_row = extras_of(fleet, row);
        if (!of_row) continue;
        if (!extras) extras = std::make_shared<FleetBlock::Column<RowExtrasPtr>>();
        (*extras)[i] = std::move(of_row);
    }
    block->extras = std::move(extras);
    return block;
}

// A tombstone's source may not be there any more, and another may have its number.
constexpr std::uint32_t kNoHandle = 0xffff'ffffU;

std::string source_id(const JournalFleet& fleet, SourceId source) {
    const auto at = std::ranges::find(fleet.sources, source, &SourceInfo::source);
    return at == fleet.sources.end() ? std::string() : at->id;
}

Time moved(Time time, Duration shift) {
    return time == kNever ? kNever : time + shift;
}

RestoredWorker restored_worker(const JournalFleet& fleet, const JournalRow& row, Duration shift) {
    RestoredWorker worker;
    worker.identity = *row.identity;
    worker.identity.first_seen = moved(row.identity->first_seen, shift);
    worker.source = source_id(fleet, row.identity->source);
    worker.load = row.load;
    worker.known_at = moved(row.known.moment(fleet.time()), shift);
    worker.as_of = row.triggers_only ? moved(row.as_of, shift) : worker.known_at;
    worker.alive_at = moved(row.alive.moment(fleet.time()), shift);
    worker.generation = row.generation;
    worker.sequence = row.sequence;
    worker.interval = std::chrono::microseconds(row.interval_us);
    worker.patience = std::chrono::microseconds(row.patience_us);
    worker.road = row.road;
    worker.triggers_only = row.triggers_only;
    worker.started = row.started;
    worker.requests_total = row.requests_total;
    return worker;
}

}  // namespace

FleetViewPtr view_of(const JournalFleet& fleet) {
    FleetView::Parts parts;
    parts.version = fleet.version;
    parts.frozen_at = fleet.time();
    parts.stale_after = fleet.stale_after;
    auto directory = std::make_shared<Directory>();
    directory->reserve(fleet.rows.size());
    for (const JournalRow& row : fleet.rows) {
        directory->push_back({row.identity, slot_of(row, fleet.time())});
    }
    parts.directory = std::move(directory);
    for (std::size_t first = 0; first < fleet.rows.size(); first += kBlockRows) {
        parts.blocks.push_back(block_of(fleet, first));
    }
    parts.tombstones = std::make_shared<const Tombstones>(fleet.tombstones);
    parts.sources = std::make_shared<const std::vector<SourceInfo>>(fleet.sources);
    parts.components = std::make_shared<const std::vector<ComponentInfo>>(fleet.components);
    parts.cordons = std::make_shared<const Cordons>(fleet.cordons);
    if (!fleet.expected.empty()) {
        parts.expected = std::make_shared<const std::vector<ExpectedInfo>>(fleet.expected);
    }
    auto pulse = std::make_shared<CollectorPulse>();
    pulse->last_step_nanos = fleet.time().time_since_epoch().count();
    parts.pulse = std::move(pulse);
    return std::make_shared<const FleetView>(std::move(parts));
}

RestoredFleet restored_from(const JournalFleet& fleet, Duration shift) {
    RestoredFleet restored;
    restored.heard_until = fleet.time() + shift;
    for (const SourceInfo& source : fleet.sources) {
        restored.sources.push_back({source.id, source.target});
    }
    restored.workers.reserve(fleet.rows.size());
    for (const JournalRow& row : fleet.rows) {
        if (row.alive.moment(fleet.time()) == kNever) continue;
        restored.workers.push_back(restored_worker(fleet, row, shift));
    }
    for (const Tombstone& stone : fleet.tombstones) {
        auto identity = std::make_shared<WorkerIdentity>(*stone.identity);
        identity->first_seen = moved(identity->first_seen, shift);
        identity->source = {kNoHandle};
        identity->component_id = {kNoHandle};
        Tombstone moved_stone = stone;
        moved_stone.identity = std::move(identity);
        moved_stone.since = stone.since + shift;
        restored.tombstones.push_back(std::move(moved_stone));
    }
    for (const CordonPtr& cordon : fleet.cordons) {
        restored.cordons.push_back(*cordon);
        restored.cordons.back().since = moved(cordon->since, shift);
    }
    return restored;
}

}  // namespace muster
