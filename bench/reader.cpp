// What a user of the library runs: a NatsSource, a collector, and, with --spin FILE, a reader that
// spins on the version and writes down when it saw which load. Prints what it cost, as JSON.
//
// usage: bench_reader --nats URL --component NS/NAME --workers N --interval TIME --time TIME
//                     [--inbox PREFIX] [--push yes] [--spin FILE]
// Says `ready` once every worker is in the view, then measures for --time.
#include <fmt/format.h>

#include <memory>

#include "arguments.hpp"
#include "muster/fleet/watcher.hpp"
#include "muster/io/nats/nats_source.hpp"
#include "muster/io/runtime/collector_host.hpp"
#include "process_cost.hpp"
#include "sightings.hpp"

namespace muster::bench {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 60s;
/// Left out at the start: tables grow, pages are touched for the first time.
constexpr Duration kWarmUp = 500ms;

NatsSourceOptions source_options(const Arguments& arguments) {
    NatsSourceOptions options;
    options.connect.servers = {arguments.text("nats")};
    const auto component = parse_component_name(arguments.text("component"));
    if (!component) give_up(component.error().what);
    options.components = {*component};
    options.kv_metrics = arguments.has("push");
    options.inbox_prefix = arguments.text("inbox", "_INBOX");
    return options;
}

bool complete(const FleetView& view, std::size_t workers) {
    if (view.size() != workers) return false;
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (!view.has_load(row)) return false;
    }
    return true;
}

void wait_for_fleet(CollectorHost& host, std::size_t workers) {
    Watcher watcher(host.view_cell());
    const Time end = host.clock().now() + kPatience;
    for (Time now = host.clock().now(); now < end; now = host.clock().now()) {
        const FleetViewPtr view = watcher.wait(end - now);
        if (view && complete(*view, workers)) return;
    }
    give_up("the fleet did not get complete within 60 s");
}

/// Notes each load that came into view, until `end_ns`.
class Spinner {
public:
    explicit Spinner(ViewCell& cell) : reader_(cell), shown_(reader_.hold()) {}

    void run(std::int64_t end_ns) {
        for (std::int64_t now = monotonic_ns(); now < end_ns; now = monotonic_ns()) {
            if (reader_.current().version() == shown_->version()) continue;
            // The moment at which the reader has the new view in its hands.
            now = monotonic_ns();
            note(now);
        }
    }
    [[nodiscard]] const Sightings& sightings() const noexcept { return sightings_; }

private:
    void note(std::int64_t now) {
        FleetViewPtr view = reader_.hold();
        const auto& before = shown_->parts().blocks;
        for (std::size_t b = 0; b < view->block_count(); ++b) {
            const FleetBlock& block = view->block(b);
            if (b < before.size() && before[b].get() == &block) continue;
            for (std::size_t i = 0; i < block.rows; ++i) {
                const std::size_t row = b * kBlockRows + i;
                if (row < shown_->size() && shown_->sequence(row) == view->sequence(row)) continue;
                sightings_.add(now, view->identity(row).instance_id.value_or(0), view->load(row));
            }
        }
        shown_ = std::move(view);
    }

    ViewReader reader_;
    FleetViewPtr shown_;
    Sightings sightings_{1'000'000};
};

/// Reports that should have been taken. An answer that something newer overtook is no fault, and
/// neither is a push from before the worker's first answer: so only what the window adds counts.
std::uint64_t refused(const SourceCounters& counters) {
    std::uint64_t sum = 0;
    for (const auto& count : counters.rejected) sum += count;
    for (const RejectReason passed :
         {RejectReason::overtaken_by_push, RejectReason::old_question}) {
        sum -= counters.rejected[static_cast<std::size_t>(passed)];
    }
    return sum;
}

int run(const Arguments& arguments) {
    Collector::Options options;
    options.rules.interval = arguments.duration("interval");
    CollectorHost host(options);
    const auto source =
        NatsSource::start(source_options(arguments), host.collector(), host.clock());
    if (!source) give_up(source.error().what);
    host.start();
    const std::size_t workers = arguments.count("workers");
    wait_for_fleet(host, workers);
    pause_for(kWarmUp);
    std::puts("ready");
    std::fflush(stdout);

    const auto counters = host.collector().counters((*source)->id());
    const Duration time = arguments.duration("time");
    const std::uint64_t answered = counters->answered;
    const std::uint64_t pushes = counters->pushes;
    const std::uint64_t refused_before = refused(*counters);
    const std::uint64_t version = host.view_cell().version();
    std::unique_ptr<Spinner> spinner;
    if (arguments.has("spin")) spinner = std::make_unique<Spinner>(host.view_cell());
    const ProcessCost begin = cost_until_now();
    if (spinner)
        spinner->run(begin.at_ns + time.count());
    else
        pause_for(time);
    const ProcessCost end = cost_until_now();
    const std::uint64_t rejected = refused(*counters) - refused_before;
    fmt::print(
        R"({{"reports":{},"pushes":{},"publications":{},"rejected":{},"dropped":{},"cpu_s":{},)"
        R"("begin_ns":{},"end_ns":{},"switches":{},"peak_kib":{},"workers":{}}})"
        "\n",
        counters->answered - answered, counters->pushes - pushes,
        host.view_cell().version() - version, rejected, counters->dropped.load(),
        end.cpu_s - begin.cpu_s, begin.at_ns, end.at_ns, end.switches - begin.switches,
        end.peak_memory, host.view_cell().current()->size());
    if (spinner) spinner->sightings().write(arguments.text("spin"));
    return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
