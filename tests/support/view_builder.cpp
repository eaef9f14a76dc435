// Builds views by hand; see the header.
#include "support/view_builder.hpp"

#include <algorithm>
#include <utility>

namespace muster::testing {

namespace {

std::shared_ptr<const WorkerIdentity> identity_of(const BuiltRow& row, Time now) {
    auto identity = std::make_shared<WorkerIdentity>();
    identity->id = make_worker_id(row.component, row.instance_id, row.instance_name, row.rank);
    identity->component = row.component;
    identity->instance_id = row.instance_id;
    identity->instance_name = row.instance_name;
    identity->rank = row.rank;
    identity->engine = row.engine;
    identity->address = row.address;
    identity->models = row.models;
    identity->labels = row.labels;
    identity->source = row.source;
    identity->component_id = row.component_id;
    if (row.first_seen_ago) identity->first_seen = now - *row.first_seen_ago;
    return identity;
}

std::uint32_t micros(Duration duration) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

CordonPtr cordon_of(const BuiltRow& row) {
    if (!row.cordon) return nullptr;
    Cordon cordon = *row.cordon;
    cordon.worker = make_worker_id(row.component, row.instance_id, row.instance_name, row.rank);
    return std::make_shared<const Cordon>(std::move(cordon));
}

RowExtrasPtr extras_of(const BuiltRow& row, Time now) {
    if (row.flags.empty() && !row.silent_for && !row.spec_decode && !row.cordon && !row.trouble &&
        !row.activity) {
        return nullptr;
    }
    auto extras = std::make_shared<RowExtras>();
    for (const auto& [flag, age] : row.flags) {
        extras->flag_times[static_cast<std::size_t>(flag)] = now - age;
    }
    if (row.silent_for) extras->silent_since = now - *row.silent_for;
    if (row.cordon) {
        extras->cordon = cordon_of(row);
        extras->flag_times[static_cast<std::size_t>(WorkerFlag::cordoned)] = row.cordon->since;
    }
    extras->spec_decode = row.spec_decode;
    extras->trouble = row.trouble;
    extras->activity = row.activity;
    return extras;
}

void fill(FleetBlock& block, std::size_t i, const BuiltRow& row, Time now) {
    const Load load = row.load.value_or(Load{});
    block.sequence[i] = 1;
    block.as_of[i] = row.load ? now - row.age : kNever;
    block.running[i] = load.running;
    block.slots[i] = load.slots;
    block.waiting[i] = load.waiting;
    block.kv_active_blocks[i] = load.kv_active_blocks;
    block.kv_total_blocks[i] = load.kv_total_blocks;
    block.kv_usage[i] = load.kv_usage;
    block.prefix_hit_rate[i] = load.prefix_hit_rate;
    block.interval_us[i] = micros(row.interval);
    block.patience_us[i] = micros(row.patience);
    block.generation[i] = row.generation;
    block.known[i] = load.known;
    block.flags[i] = WorkerFlags{};
    for (const auto& [flag, age] : row.flags) block.flags[i].set(flag, true);
    if (row.cordon) block.flags[i].set(WorkerFlag::cordoned, true);
    block.road[i] = row.road;
    block.cut_off[i] = row.cut_off;
    block.triggers_only[i] = row.triggers_only;
}

std::shared_ptr<RowSlot> slot_of(const BuiltRow& row, Time now) {
    auto slot = std::make_shared<RowSlot>(now - std::chrono::hours(1));
    if (row.confirmed_age) slot->confirm(1, now - *row.confirmed_age);
    slot->set_alive(now - row.alive_age);
    if (row.rtt) slot->set_rtt(*row.rtt);
    slot->set_captured_lag(row.captured_lag);
    slot->set_missed(row.missed);
    return slot;
}

}  // namespace

ViewBuilder& ViewBuilder::lost(const BuiltRow& row, Duration ago, LostReason reason,
                               std::string detail) {
    tombstones_.push_back({identity_of(row, now_), now_ - ago, reason, std::move(detail),
                           row.load.value_or(Load{}), row.generation, 1});
    return *this;
}

FleetViewPtr ViewBuilder::build() const {
    std::vector<std::pair<std::shared_ptr<const WorkerIdentity>, const BuiltRow*>> rows;
    rows.reserve(rows_.size());
    for (const BuiltRow& row : rows_) rows.emplace_back(identity_of(row, now_), &row);
    std::ranges::sort(rows, {},
                      [](const auto& row) -> const std::string& { return row.first->id; });

    auto directory = std::make_shared<Directory>();
    std::vector<std::shared_ptr<FleetBlock>> blocks;
    std::vector<std::shared_ptr<FleetBlock::Column<RowExtrasPtr>>> extras;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i % kBlockRows == 0) {
            blocks.push_back(std::make_shared<FleetBlock>());
            extras.push_back(std::make_shared<FleetBlock::Column<RowExtrasPtr>>());
            blocks.back()->extras = extras.back();
        }
        const BuiltRow& row = *rows[i].second;
        fill(*blocks.back(), i % kBlockRows, row, now_);
        ++blocks.back()->rows;
        (*extras.back())[i % kBlockRows] = extras_of(row, now_);
        directory->push_back({rows[i].first, slot_of(row, now_)});
    }
    auto cordons = std::make_shared<Cordons>();
    for (const auto& [identity, row] : rows) {
        if (row->cordon) cordons->push_back(cordon_of(*row));
    }
    FleetView::Parts parts = parts_;
    parts.cordons = std::move(cordons);
    parts.frozen_at = now_;
    parts.stale_after = std::chrono::seconds(2);
    parts.directory = std::move(directory);
    parts.blocks.assign(blocks.begin(), blocks.end());
    parts.tombstones = std::make_shared<Tombstones>(tombstones_);
    parts.sources = std::make_shared<std::vector<SourceInfo>>(sources_);
    parts.components = std::make_shared<std::vector<ComponentInfo>>(components_);
    if (!expected_.empty()) {
        parts.expected = std::make_shared<std::vector<ExpectedInfo>>(expected_);
    }
    return std::make_shared<const FleetView>(std::move(parts));
}

Load load_of(std::uint64_t running, std::uint64_t waiting, std::uint64_t kv_active_blocks,
             double kv_usage) {
    Load load;
    load.set_count(LoadField::running, running);
    load.set_count(LoadField::slots, 256);
    load.set_count(LoadField::waiting, waiting);
    load.set_count(LoadField::kv_active_blocks, kv_active_blocks);
    load.set_count(LoadField::kv_total_blocks, 27'814);
    load.set_fraction(LoadField::kv_usage, kv_usage);
    load.set_fraction(LoadField::prefix_hit_rate, static_cast<double>(0.4125F));
    return load;
}

}  // namespace muster::testing
