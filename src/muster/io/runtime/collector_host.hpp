// CollectorHost: a Collector that runs, with the machine's clocks and a thread of its own.
//
// What a program makes first: then its sources (over collector() and clock()), then start(), then
// readers on view_cell(). Sources must be gone before the host.
#pragma once

#include <utility>

#include "muster/collect/collector.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/collector_thread.hpp"

namespace muster {

class CollectorHost {
public:
    explicit CollectorHost(Collector::Options options = {})
        : thread_(clock_), collector_(std::move(options), meter_, clock_.now(), &thread_) {}

    ~CollectorHost() { stop(); }
    CollectorHost(const CollectorHost&) = delete;
    CollectorHost& operator=(const CollectorHost&) = delete;

    /// Begins to step. Until then nothing is asked, judged or (but for arrivals) published.
    void start() { thread_.start(collector_); }
    /// Ends stepping; the view stays readable. Safe to call twice; the destructor calls it.
    void stop() { thread_.stop(); }

    [[nodiscard]] Collector& collector() noexcept { return collector_; }
    [[nodiscard]] ViewCell& view_cell() noexcept { return collector_.view_cell(); }
    [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

private:
    // In this order: the thread is the collector's waker, and its step uses the collector.
    BootClock clock_;
    ThreadCpuMeter meter_;
    CollectorThread thread_;
    Collector collector_;
};

}  // namespace muster
