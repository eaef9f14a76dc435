// Waits for the question, then for the end, each on one condition.
#include "stop_deadline.hpp"

#include <pthread.h>

#include <utility>

#include "muster/base/duration_text.hpp"

namespace muster {

StopDeadline::StopDeadline(std::stop_token stop, const Clock& clock, Limits limits,
                           std::function<void(std::string)> end)
    : clock_(clock), limits_(limits), end_(std::move(end)), thread_([this, stop] { run(stop); }) {
    pthread_setname_np(thread_.native_handle(), "muster-deadline");
}

StopDeadline::~StopDeadline() {
    {
        const std::lock_guard lock(mutex_);
        done_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void StopDeadline::watch(std::shared_ptr<const CollectorPulse> pulse) {
    const std::lock_guard lock(mutex_);
    if (pulse_ != pulse) pulse_ = std::move(pulse);
}

Duration StopDeadline::silence() const {
    if (pulse_ == nullptr) return Duration::zero();
    return age_between(pulse_->last_step(), clock_.now());
}

void StopDeadline::run(const std::stop_token& asked) {
    const auto done = [this] { return done_; };
    std::unique_lock lock(mutex_);
    if (changed_.wait(lock, asked, done)) return;
    if (changed_.wait_for(lock, limits_.hung, done)) return;
    // A collector that ended well has not stepped since either, but not for so long.
    const Duration silent = silence();
    const bool hung = silent > kSilent + limits_.hung;
    if (!hung && changed_.wait_for(lock, limits_.slow - limits_.hung, done)) return;
    lock.unlock();
    const std::string what =
        hung ? "the collector has not stepped for " +
                   print_duration(silent - silent % std::chrono::seconds(1)) + " and does not stop"
             : "something does not stop within " + print_duration(limits_.slow);
    end_("ended by force: " + what + ": the journal is whole but for its last second");
}

}  // namespace muster
