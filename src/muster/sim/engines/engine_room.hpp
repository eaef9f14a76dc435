// The machine room of SimulatedEngines: the engines, their sockets, what is on its way, and the one
// thread that drives them. `state_` guards all of it; the thread lets go of it while it waits.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/sim/engine_fleet.hpp"
#include "muster/sim/engines/engine_place.hpp"
#include "muster/sim/engines/engine_sockets.hpp"

namespace muster {

class SimulatedEngines::Room {
public:
    explicit Room(SimulatedEnginesOptions options) : options_(std::move(options)) {}
    ~Room() { stop(); }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

    Result<void> start();
    void stop();
    Result<void> change(std::uint32_t worker,
                        const std::function<void(detail::EnginePlace&, Time)>& how);
    [[nodiscard]] std::string address(std::uint32_t worker) const;
    [[nodiscard]] EngineTruth truth(std::uint32_t worker, std::uint32_t rank) const;
    [[nodiscard]] SimulatedEnginesCounters counters() const;

private:
    struct Place {
        explicit Place(detail::EnginePlace one) : engine(std::move(one)) {}
        detail::EnginePlace engine;
        std::uint16_t port = 0;
        std::uint64_t changes = 0;
        std::int64_t changed_at_ns = 0;
        std::vector<detail::EngineSockets::Request> held;
    };
    /// Bytes that are sent later, or a few at a time.
    struct Pending {
        std::uint64_t connection = 0;
        std::string bytes;
        bool closes = false;
        bool drips = false;
    };

    Result<void> make_places(Time now);
    void run(const std::stop_token& stop);
    // All below: with `state_` held.
    void hear(detail::EngineSockets::Request request, Time now);
    void send_pending(Time now);
    void step(std::uint32_t worker, Time now);
    void tell_truth(std::uint32_t worker);
    void follow_openness(std::uint32_t worker);
    [[nodiscard]] EngineTruth truth_of(std::uint32_t worker, std::uint32_t rank) const;
    [[nodiscard]] Time next_due() const;

    SimulatedEnginesOptions options_;
    BootClock clock_;
    WallClock wall_{clock_};

    mutable std::mutex state_;
    std::vector<Place> places_;
    std::multimap<Time, Pending> pending_;
    SimulatedEnginesCounters counters_;
    detail::EngineSockets sockets_;
    std::jthread thread_;
};

}  // namespace muster
