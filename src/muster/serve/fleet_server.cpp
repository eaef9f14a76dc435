// Ties the handlers to a server; see the header.
//
// Destruction order: the server (and with it loops and handlers) goes before what they share.
#include "muster/serve/fleet_server.hpp"

#include <utility>

#include "muster/serve/fleet_handler.hpp"

namespace muster {

namespace {

class HttpFleetServer final : public FleetServer {
public:
    HttpFleetServer(ViewCell& cell, const Clock& clock, const WallClock& wall, std::string epoch,
                    FleetServerOptions options)
        : shared_{cell, clock, wall, std::move(epoch), std::move(options)} {}

    Result<void> start() {
        HttpServerOptions http = shared_.options.http;
        http.wall = &shared_.wall;
        auto started = HttpServer::start(std::move(http), shared_.clock, [this](HttpLoop& loop) {
            return std::make_unique<FleetHandler>(loop, shared_);
        });
        if (!started) return std::unexpected(std::move(started.error()));
        server_ = std::move(*started);
        return {};
    }

    const std::string& address() const noexcept override { return server_->address(); }
    HttpServer::Counters counters() const noexcept override { return server_->counters(); }
    void stop() override {
        // What still waits there is answered before the connections end.
        shared_.desk.stop();
        shared_.orders.stop();
        server_->stop();
    }

private:
    FleetHandlerShared shared_;
    std::unique_ptr<HttpServer> server_;
};

}  // namespace

Result<std::unique_ptr<FleetServer>> FleetServer::start(ViewCell& cell, const Clock& clock,
                                                        const WallClock& wall, std::string epoch,
                                                        FleetServerOptions options) {
    auto server =
        std::make_unique<HttpFleetServer>(cell, clock, wall, std::move(epoch), std::move(options));
    if (auto started = server->start(); !started) {
        return std::unexpected(std::move(started.error()));
    }
    return server;
}

}  // namespace muster
