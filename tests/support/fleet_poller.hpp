// A poller of `GET /v1/fleet`: asks every 10 ms from a thread and over a connection of its own, and
// remembers what a user who does the same would have seen. Its twin for the library is ViewPoller.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "support/http_socket.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

class FleetPoller {
public:
    struct SourceSeen {
        Time when{};
        std::string state;
        std::string reason;
        std::string since;  ///< RFC 3339.
    };

    /// `address`: of a FleetServer that outlives the poller.
    explicit FleetPoller(const std::string& address)
        : socket_(address), thread_([this](const std::stop_token& stop) { run(stop); }) {}

    /// The smallest number of workers in any answer since the last reset.
    [[nodiscard]] std::size_t fewest_workers() const {
        const std::lock_guard lock(mutex_);
        return fewest_;
    }
    /// The greatest number of tombstones.
    [[nodiscard]] std::size_t most_lost() const {
        const std::lock_guard lock(mutex_);
        return most_lost_;
    }
    /// When the (first) source was first seen in another state than connected; its words.
    [[nodiscard]] std::optional<SourceSeen> first_trouble() const {
        const std::lock_guard lock(mutex_);
        return trouble_;
    }
    /// Answers since the last reset; and those that were none.
    [[nodiscard]] std::size_t answers() const {
        const std::lock_guard lock(mutex_);
        return answers_;
    }
    [[nodiscard]] std::size_t failures() const {
        const std::lock_guard lock(mutex_);
        return failures_;
    }
    void reset() {
        const std::lock_guard lock(mutex_);
        fewest_ = std::numeric_limits<std::size_t>::max();
        most_lost_ = answers_ = failures_ = 0;
        trouble_.reset();
    }

private:
    void run(const std::stop_token& stop) {
        (void)wait_until(
            std::chrono::hours(1),
            [&] {
                look();
                return stop.stop_requested();
            },
            std::chrono::milliseconds(10));
    }
    void look() {
        socket_.get("/v1/fleet");
        const SocketResponse response = socket_.response();
        const auto fleet = nlohmann::json::parse(response.body, nullptr, false);
        const std::lock_guard lock(mutex_);
        if (response.status != 200 || !fleet.is_object()) {
            ++failures_;
            return;
        }
        ++answers_;
        fewest_ = std::min(fewest_, fleet["workers"].size());
        most_lost_ = std::max(most_lost_, fleet["lost"].size());
        if (trouble_ || fleet["sources"].empty()) return;
        const auto& source = fleet["sources"][0];
        if (source["state"] == "connected") return;
        trouble_ = SourceSeen{steady_now(), source["state"],
                              source["reason"].is_string() ? source["reason"] : "",
                              source["since"].is_string() ? source["since"] : ""};
    }

    mutable std::mutex mutex_;
    std::size_t fewest_ = std::numeric_limits<std::size_t>::max();
    std::size_t most_lost_ = 0;
    std::size_t answers_ = 0;
    std::size_t failures_ = 0;
    std::optional<SourceSeen> trouble_;
    HttpSocket socket_;
    std::jthread thread_;
};

}  // namespace muster::testing
