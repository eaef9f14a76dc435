// What a response costs before it reaches a socket: the JSON of 1,000 workers.
#include "muster/wire/fleet_json.hpp"

#include <benchmark/benchmark.h>

#include "muster/fleet/view_cell.hpp"
#include "muster/wire/row_texts.hpp"

namespace muster {
namespace {

/// A fresh fleet with usual names; rows are made here, so that a bench needs no test support.
FleetViewPtr fleet_of(std::size_t workers, Time now) {
    FleetView::Parts parts;
    auto directory = std::make_shared<Directory>();
    std::vector<std::shared_ptr<FleetBlock>> blocks;
    for (std::size_t row = 0; row < workers; ++row) {
        auto identity = std::make_shared<WorkerIdentity>();
        identity->component = "dynamo/backend";
        identity->instance_id = 7'587'888'657'184'900'000 + row;
        identity->id = identity->component + "/" + std::to_string(*identity->instance_id);
        identity->engine = "dynamo";
        identity->address = "nats:dynamo_backend.load_metrics-694d988806b92e39";
        auto slot = std::make_shared<RowSlot>(now - std::chrono::hours(1));
        slot->confirm(1, now - std::chrono::microseconds(41'630 + row));
        slot->set_alive(now - std::chrono::microseconds(41'630 + row));
        slot->set_rtt(std::chrono::microseconds(400));
        directory->push_back({std::move(identity), std::move(slot)});
        if (row % kBlockRows == 0) blocks.push_back(std::make_shared<FleetBlock>());
        FleetBlock& block = *blocks.back();
        const std::size_t i = block.rows++;
        block.sequence[i] = 1;
        block.as_of[i] = now - std::chrono::seconds(1);
        block.running[i] = row % 256;
        block.slots[i] = 256;
        block.waiting[i] = row % 7;
        block.kv_active_blocks[i] = 60 + row;
        block.kv_total_blocks[i] = 27'814;
        block.kv_usage[i] = static_cast<double>(static_cast<float>(60 + row) / 27'814.0F);
        block.prefix_hit_rate[i] = static_cast<double>(0.4125F);
        block.interval_us[i] = 250'000;
        block.patience_us[i] = 300'000;
        block.generation[i] = 1;
        block.known[i] = LoadFields(0x7f);
        block.flags[i] = WorkerFlags{};
        block.road[i] = Road::polled;
        block.cut_off[i] = false;
        block.triggers_only[i] = false;
    }
    parts.version = 1;
    parts.stale_after = std::chrono::seconds(2);
    parts.directory = std::move(directory);
    parts.blocks.assign(blocks.begin(), blocks.end());
    const FleetView empty;
    parts.tombstones = empty.parts().tombstones;
    parts.sources = empty.parts().sources;
    parts.components = empty.parts().components;
    parts.pulse = empty.parts().pulse;
    return std::make_shared<const FleetView>(std::move(parts));
}

void write_fleet(benchmark::State& state) {
    constexpr Time kNow = Time{} + std::chrono::hours(24);
    const auto view = fleet_of(static_cast<std::size_t>(state.range(0)), kNow);
    const FleetMoment moment{kNow, {kNow, WallTime{}}, "7f3a9c"};
    std::size_t bytes = 0;
    for ([[maybe_unused]] auto _ : state) {
        std::string out;
        append_fleet_json(out, *view, moment);
        benchmark::DoNotOptimize(out.data());
        bytes = out.size();
    }
    state.counters["bytes"] = static_cast<double>(bytes);
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_fleet)->Arg(1)->Arg(1'000)->Arg(10'000);

/// The same from kept texts, as a serving thread has them when nothing changed.
void write_kept_fleet(benchmark::State& state) {
    constexpr Time kNow = Time{} + std::chrono::hours(24);
    const auto view = fleet_of(static_cast<std::size_t>(state.range(0)), kNow);
    const FleetMoment moment{kNow, {kNow, WallTime{}}, "7f3a9c"};
    RowTexts texts(WorkerMembers::all());
    texts.update(view, moment.anchor);
    std::size_t bytes = 0;
    for ([[maybe_unused]] auto _ : state) {
        std::string out;
        append_fleet_json(out, texts, moment);
        benchmark::DoNotOptimize(out.data());
        bytes = out.size();
    }
    state.counters["bytes"] = static_cast<double>(bytes);
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_kept_fleet)->Arg(1)->Arg(1'000)->Arg(10'000);

}  // namespace
}  // namespace muster
