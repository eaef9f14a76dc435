// The smallest program that follows a fleet: connects to a broker, waits for views, prints what
// changed hands since the last one.
//
// usage: example_smallest_reader [nats://HOST:PORT]      try it: make demo in another terminal
#include <cinttypes>
#include <cstdio>

#include "muster/fleet/watcher.hpp"
#include "muster/io/nats/nats_source.hpp"
#include "muster/io/runtime/collector_host.hpp"

namespace {

void print(const muster::FleetView& view, muster::Time now) {
    std::printf("version %" PRIu64 "\n", view.version());
    for (const muster::SourceInfo& source : view.sources()) {
        std::printf("  %s is %s\n", source.target.c_str(), name_of(source.state).data());
    }
    for (std::size_t row = 0; row < view.size(); ++row) {
        // A number that nobody reported is unknown, never 0: so every count is optional.
        const auto running = view.load(row).count(muster::LoadField::running);
        const auto age = view.age_at(row, now);
        std::printf("  %s %s", view.identity(row).id.c_str(),
                    name_of(view.state_at(row, now)).data());
        if (running && age) {
            std::printf(" runs %" PRIu64 ", known %.0f ms ago", *running, muster::to_ms(*age));
        }
        std::printf("\n");
    }
}

}  // namespace

int main(int argc, char** argv) {
    muster::CollectorHost host;
    muster::NatsSourceOptions options;  // No component named: it finds every Dynamo service.
    if (argc > 1) options.connect.servers = {argv[1]};
    const auto source = muster::NatsSource::start(options, host.collector(), host.clock());
    if (!source) {
        std::fprintf(stderr, "%s\n", source.error().what.c_str());
        return 2;
    }
    host.start();

    // Latest value only, like a watch channel; a stop token or a timeout would end the wait.
    muster::Watcher watcher(host.view_cell());
    while (true) {
        const muster::FleetViewPtr view = watcher.wait(std::chrono::hours(1));
        if (view) print(*view, host.clock().now());
    }
}
