// A user's program that follows a fleet: here only made and ended, since no broker is needed to
// know that it links and starts.
#include <cstdio>

#include "muster/io/nats/nats_source.hpp"
#include "muster/io/runtime/collector_host.hpp"

int main() {
    muster::CollectorHost host;
    muster::NatsSourceOptions options;
    options.connect.servers = {"nats://127.0.0.1:1"};
    const auto source = muster::NatsSource::start(options, host.collector(), host.clock());
    if (!source) {
        std::fprintf(stderr, "%s\n", source.error().what.c_str());
        return 1;
    }
    host.start();
    std::printf("sources %zu\n", host.view_cell().current()->sources().size());
    return 0;
}
