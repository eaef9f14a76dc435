// What a user of the library runs in front of engines: an HttpSource, a collector, a view. Prints
// what a page cost, sockets, reading, judging and publishing included, as JSON.
//
// usage: bench_scrape --urls FILE --interval TIME --time TIME
// Says `ready` once every worker has told its load, then measures for --time.
#include "muster/fleet/watcher.hpp"
#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/http_source.hpp"
#include "muster/io/runtime/collector_host.hpp"
#include "scrape_run.hpp"

namespace muster::bench {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 60s;
/// Left out at the start: each server is asked once for what it may offer beside its page.
constexpr Duration kWarmUp = 1s;

void wait_for_loads(CollectorHost& host, std::size_t workers) {
    Watcher watcher(host.view_cell());
    const Time end = host.clock().now() + kPatience;
    for (Time now = host.clock().now(); now < end; now = host.clock().now()) {
        const FleetViewPtr view = watcher.wait(end - now);
        std::size_t loaded = 0;
        for (std::size_t row = 0; view && row < view->size(); ++row) {
            if (view->has_load(row)) ++loaded;
        }
        if (loaded == workers) return;
    }
    give_up("not every server was read within 60 s");
}

int run(const Arguments& arguments) {
    allow_many_connections();
    CollectorHost host{Collector::Options{}};
    auto names = NameResolver::start({}, host.clock());
    if (!names) give_up(names.error().what);
    HttpSourceOptions options;
    options.interval = arguments.duration("interval");
    const auto source =
        HttpSource::start(std::move(options), host.collector(), host.clock(), **names);
    if (!source) give_up(source.error().what);
    host.start();
    std::vector<ScrapeTarget> targets;
    for (const std::string& url : urls_of(arguments)) {
        auto target = parse_scrape_target(url);
        if (!target) give_up(target.error().what);
        targets.push_back(std::move(*target));
    }
    const std::size_t workers = targets.size();
    (*source)->set_targets(std::move(targets), "not named");
    wait_for_loads(host, workers);
    pause_for(kWarmUp);
    const auto counters = host.collector().counters((*source)->id());
    measure_scrapes(arguments, [&] { return counters->answered.load(); });
    (*source)->stop();
    return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
