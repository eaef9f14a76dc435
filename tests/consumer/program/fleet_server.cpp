// A user's program that serves a fleet: says where, and ends with its standard input.
#include <cstdio>

#include "muster/fleet/view_cell.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"

int main() {
    muster::ViewCell cell;
    const muster::BootClock clock;
    const muster::WallClock wall(clock);
    muster::FleetServerOptions options;
    options.http.listen = "127.0.0.1:0";
    const auto server = muster::FleetServer::start(cell, clock, wall, "c0ffee", options);
    if (!server) {
        std::fprintf(stderr, "%s\n", server.error().what.c_str());
        return 1;
    }
    std::printf("%s\n", (*server)->address().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return 0;
}
