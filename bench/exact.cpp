// Dynamo's own loop (`muster::dynamo` in exact mode) in the reader's place: when did which load
// come into its set? The reference that muster exists to beat. Prints JSON as bench_reader does.
//
// usage: bench_exact --nats URL --component NS/NAME --workers N --time TIME --spin FILE
#include <fmt/format.h>

#include <map>

#include "arguments.hpp"
#include "muster/dynamo/metrics_aggregator.hpp"
#include "process_cost.hpp"
#include "sightings.hpp"

namespace muster::bench {
namespace {

using namespace std::chrono_literals;

Load load_of(const dynamo::ForwardPassMetrics& metrics) {
    Load load;
    load.running = metrics.worker_stats.request_active_slots;
    load.waiting = metrics.worker_stats.num_requests_waiting;
    load.kv_active_blocks = metrics.kv_stats.kv_active_blocks;
    return load;
}

void wait_for_fleet(dynamo::EndpointsReceiver& receiver, std::size_t workers) {
    for (int sets = 0; sets < 100; ++sets) {
        (void)receiver.changed(1s);
        if (receiver.borrow()->endpoints.size() == workers) return;
    }
    give_up("the fleet did not get complete");
}

int run(const Arguments& arguments) {
    dynamo::RuntimeOptions options;
    options.connect.servers = {arguments.text("nats")};
    options.mode = dynamo::Mode::exact;
    const auto runtime = dynamo::Runtime::start(options);
    if (!runtime) give_up(runtime.error().what);
    const auto name = parse_component_name(arguments.text("component"));
    if (!name) give_up(name.error().what);
    const auto component = (*runtime)->component(name->name_space, name->component);
    if (!component) give_up(component.error().what);
    const auto aggregator = dynamo::KvMetricsAggregator::start(*component, {});
    if (!aggregator) give_up(aggregator.error().what);
    dynamo::EndpointsReceiver receiver = aggregator->endpoints_watcher();
    wait_for_fleet(receiver, arguments.count("workers"));
    std::puts("ready");
    std::fflush(stdout);

    const ProcessCost begin = cost_until_now();
    const std::int64_t end_ns = begin.at_ns + arguments.duration("time").count();
    Sightings sightings(1'000'000);
    std::map<std::uint64_t, Load> last;
    std::uint64_t reports = 0;
    while (monotonic_ns() < end_ns) {
        if (receiver.changed(100ms) != dynamo::Changed::changed) continue;
        const std::int64_t now = monotonic_ns();
        const dynamo::EndpointsPtr set = receiver.borrow();
        for (const auto& [id, endpoint] : set->endpoints) {
            const dynamo::ForwardPassMetrics* metrics = endpoint.data.engine_load_metrics();
            if (metrics == nullptr) continue;
            ++reports;
            const Load load = load_of(*metrics);
            const auto [at, is_new] = last.try_emplace(id.id, load);
            if (!is_new && at->second == load) continue;
            at->second = load;
            sightings.add(now, id.id, load);
        }
    }
    const ProcessCost end = cost_until_now();
    fmt::print(R"({{"reports":{},"cpu_s":{},"begin_ns":{},"end_ns":{}}})"
               "\n",
               reports, end.cpu_s - begin.cpu_s, begin.at_ns, end.at_ns);
    sightings.write(arguments.text("spin"));
    return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
