// See collector_thread.hpp.
#include "muster/io/runtime/collector_thread.hpp"

#include <pthread.h>

#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {

CollectorThread::CollectorThread(const Clock& clock) : clock_(clock) {}

CollectorThread::~CollectorThread() {
    stop();
}

void CollectorThread::start(Collector& collector) {
    thread_ =
        std::jthread([this, &collector](const std::stop_token& stop) { run(stop, collector); });
    pthread_setname_np(thread_.native_handle(), "muster-collect");
}

void CollectorThread::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

void CollectorThread::wake_by(Time when) noexcept {
    if (when >= next_.load(std::memory_order_relaxed)) return;
    {
        // Under the lock, so that the thread is either before its look at next_ or asleep.
        const std::lock_guard lock(mutex_);
        if (when >= next_.load(std::memory_order_relaxed)) return;
        next_.store(when, std::memory_order_relaxed);
    }
    due_.notify_one();
}

void CollectorThread::run(const std::stop_token& stop, Collector& collector) {
    const SigpipeBlock no_sigpipe;  // Sources write to their sockets within step.
    while (!stop.stop_requested()) {
        {
            // From here on a wake_by concerns the step after this one, whatever this step returns.
            const std::lock_guard lock(mutex_);
            next_.store(Time::max(), std::memory_order_relaxed);
        }
        const Time wanted = collector.step(clock_.now());
        std::unique_lock lock(mutex_);
        if (wanted < next_.load(std::memory_order_relaxed)) {
            next_.store(wanted, std::memory_order_relaxed);
        }
        for (;;) {
            const Time next = next_.load(std::memory_order_relaxed);
            const Time now = clock_.now();
            if (next <= now || stop.stop_requested()) break;
            // Ends early when woken for something sooner, when stopped, or for no reason at all.
            due_.wait_for(lock, stop, next - now,
                          [this, next] { return next_.load(std::memory_order_relaxed) < next; });
        }
    }
}

}  // namespace muster
