// CollectorThread: the collector's timer thread.
//
// Calls Collector::step whenever it is due, sleeps in between, and is woken earlier by wake_by.
// Order of life: make it, make the Collector with it as waker, start(); stop() before the
// Collector dies. CollectorHost (collector_host.hpp) does that for you.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "muster/base/clock.hpp"
#include "muster/collect/collector.hpp"

namespace muster {

class CollectorThread final : public StepWaker {
public:
    /// `clock` must outlive this.
    explicit CollectorThread(const Clock& clock);
    ~CollectorThread() override;
    CollectorThread(const CollectorThread&) = delete;
    CollectorThread& operator=(const CollectorThread&) = delete;

    /// REQUIRES: not started yet; `collector` lives until stop().
    void start(Collector& collector);
    /// Ends the thread and waits for it: as long as one step takes. Safe to call twice.
    /// Thread rule: not from a step.
    void stop();

    /// Thread rule: any. Costs one atomic load if a step is due by then anyway.
    void wake_by(Time when) noexcept override;

private:
    void run(const std::stop_token& stop, Collector& collector);

    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any due_;
    std::atomic<Time> next_{Time::min()};  // When the thread steps next, at the latest.
    std::jthread thread_;
};

}  // namespace muster
