// A program that has an event loop of its own, here poll(2) on standard input, and watches the
// fleet from it: no thread of the program waits for muster. Ends when its input ends.
//
// usage: example_event_loop [nats://HOST:PORT]           every line typed is answered by one number
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>

#include "muster/io/nats/nats_source.hpp"
#include "muster/io/runtime/collector_host.hpp"
#include "muster/io/runtime/view_descriptor.hpp"

namespace {

// The queued requests of all workers whose load is young enough to be used.
std::uint64_t waiting_requests(const muster::FleetView& view, muster::Time now) {
    std::uint64_t waiting = 0;
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (view.state_at(row, now) != muster::WorkerState::fresh) continue;
        waiting += view.load(row).count(muster::LoadField::waiting).value_or(0);
    }
    return waiting;
}

}  // namespace

int main(int argc, char** argv) {
    muster::CollectorHost host;
    muster::NatsSourceOptions options;
    if (argc > 1) options.connect.servers = {argv[1]};
    const auto source = muster::NatsSource::start(options, host.collector(), host.clock());
    const auto views = muster::ViewDescriptor::open(host.view_cell());
    if (!source || !views) {
        std::fprintf(stderr, "%s\n", (source ? views.error() : source.error()).what.c_str());
        return 2;
    }
    host.start();

    muster::ViewReader reader(host.view_cell());
    std::array<pollfd, 2> waits{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{(*views)->fd(), POLLIN, 0}};
    while (poll(waits.data(), waits.size(), -1) > 0) {
        if (waits[1].revents != 0) {
            (*views)->drain();  // First drain, then read: no publication is missed in between.
            std::printf("view %" PRIu64 "\n", reader.current().version());
        }
        if (waits[0].revents != 0) {
            std::array<char, 256> line{};
            if (read(STDIN_FILENO, line.data(), line.size()) <= 0) return 0;
            std::printf("%" PRIu64 " waiting\n",
                        waiting_requests(reader.current(), host.clock().now()));
        }
        std::fflush(stdout);
    }
    return 1;
}
