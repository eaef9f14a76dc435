// StopDeadline: the end of a program that was asked to stop and cannot, because a part of it hangs.
//
// Who supervises muster waits for some seconds before it kills; whoever types ^C waits for less. A
// healthy stop takes well below a second. Where the collector had already stopped stepping, its
// thread cannot be joined: then the process ends without it, says so, and gives the code of
// trouble. What the journal holds is whole, up to its last second.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "muster/base/clock.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/collector_pulse.hpp"

namespace muster {

class StopDeadline {
public:
    struct Limits {
        /// From the question to the end of a process whose collector hangs.
        Duration hung = std::chrono::milliseconds(900);
        /// The same where it stepped until then, so that the machine may only be slow: less than
        /// the 5 s after which systemd kills.
        Duration slow = std::chrono::seconds(4);
    };
    /// A collector that did not step for so long when the question came does not step any more: by
    /// the same measure /healthz gives it up.
    static constexpr Duration kSilent = std::chrono::seconds(2);

    /// Watches `stop` on a thread of its own. `end` gets the line to say, and does not return from
    /// what it ends; it is called at most once. `clock` must outlive this.
    StopDeadline(std::stop_token stop, const Clock& clock, Limits limits,
                 std::function<void(std::string)> end);
    /// In time.
    ~StopDeadline();
    StopDeadline(const StopDeadline&) = delete;
    StopDeadline& operator=(const StopDeadline&) = delete;

    /// Whose steps tell that it lives. Thread rule: any.
    void watch(std::shared_ptr<const CollectorPulse> pulse);

private:
    void run(const std::stop_token& asked);
    /// For how long the collector has been silent; zero where nobody knows one.
    [[nodiscard]] Duration silence() const;

    const Clock& clock_;
    const Limits limits_;
    std::function<void(std::string)> end_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool done_ = false;                            // By mutex_.
    std::shared_ptr<const CollectorPulse> pulse_;  // By mutex_.
    std::thread thread_;
};

}  // namespace muster
