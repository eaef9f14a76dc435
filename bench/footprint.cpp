// How many bytes of the heap a worker takes: the state's records and identity strings, the
// published view, and what each further view costs that somebody holds. Asked of the allocator,
// its own overhead included, events (history) left out. Prints JSON.
//
// usage: bench_footprint --workers N
#include <fmt/format.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "arguments.hpp"
#include "muster/fleet/fleet_state.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster::bench {
namespace {

using namespace std::chrono_literals;

std::size_t heap_in_use() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

class Fleet {
public:
    Fleet() {
        source_ = state_.add_source(
            {.id = "nats-1", .kind = "nats", .target = "nats://127.0.0.1:4222"}, now_);
        component_ = state_.add_component(source_, {.name = "dynamo/backend"}, now_);
        state_.connected(source_, now_);
    }
    /// All workers answer one question, with news, as workers of 0.5.1 do.
    FleetViewPtr round(std::size_t workers) {
        now_ += 250ms;
        const RoundId round = state_.begin_round(component_, now_).round;
        for (std::size_t i = 0; i < workers; ++i) answer(round, kFirstLease + i);
        state_.step(now_);
        (void)
            state_.take_events();  // What happened is history: somebody else's, with its own bound.
        return state_.freeze(now_);
    }

private:
    static constexpr std::uint64_t kFirstLease = 0x694d988806b90000;

    void answer(RoundId round, std::uint64_t id) {
        ++news_;
        const std::string address = "nats:" + endpoint_subject("dynamo_backend", kLoadEndpoint, id);
        const std::string service_id = "vorotsp4pBO4c7Kcx9l8R0";
        Load load;
        load.set_count(LoadField::running, news_ % 256);
        load.set_count(LoadField::slots, 256);
        load.set_count(LoadField::waiting, news_ % 17);
        load.set_count(LoadField::kv_active_blocks, news_ % 27'000);
        load.set_count(LoadField::kv_total_blocks, 27'814);
        load.set_fraction(LoadField::kv_usage, 0.25);
        load.set_fraction(LoadField::prefix_hit_rate, 0.5);
        Answer said;
        said.component = component_;
        said.round = round;
        said.received = now_;
        said.instance = {.id = id, .name = service_id};
        said.service_id = service_id;
        said.started = 1'795'427'138'722'199'694;
        said.requests_total = news_;
        said.load = &load;
        said.address = address;
        said.engine = "dynamo";
        (void)state_.apply(said);
    }

    std::uint64_t news_ = 0;
    Time now_ = Time{} + 24h;
    FleetState state_{{}, now_};
    SourceId source_;
    ComponentId component_;
};

int run(const Arguments& arguments) {
    const std::size_t workers = arguments.count("workers");
    Fleet fleet;
    const std::size_t empty = heap_in_use();
    FleetViewPtr published;
    // Several rounds, so that what grows for a while has grown.
    for (int i = 0; i < 20; ++i) published = fleet.round(workers);
    const std::size_t with_fleet = heap_in_use();
    const FleetViewPtr held = published;
    published = fleet.round(workers);
    const std::size_t with_held_view = heap_in_use();
    const auto per_worker = [&](std::size_t bytes) {
        return static_cast<double>(bytes) / static_cast<double>(workers);
    };
    fmt::print(R"({{"state_and_view":{:.1f},"further_view":{:.1f}}})"
               "\n",
               per_worker(with_fleet - empty), per_worker(with_held_view - with_fleet));
    return held->size() == workers && published->size() == workers ? 0 : 1;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
