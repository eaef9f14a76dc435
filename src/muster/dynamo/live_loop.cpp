#include "muster/dynamo/live_loop.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <utility>

#include "muster/fleet/watcher.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/log.hpp"

namespace muster::dynamo {
namespace {

/// Without a new view the set still changes: what is held is let go, and receivers leave.
constexpr Duration kLookAgain = std::chrono::milliseconds(100);
/// Copying a set takes at most one part in so many of a core (the rule of publication).
constexpr int kCpuShare = 20;

/// Says when workers appear and when the last one is gone, each time and for each collection.
class Presence {
public:
    Presence(Log* log, std::string subject) : log_(log), subject_(std::move(subject)) {}

    void note(std::size_t workers) {
        const bool present = workers > 0;
        if (told_ && present_ == present) return;
        told_ = true;
        present_ = present;
        write_log(log_, LogLevel::debug,
                  present ? fmt::format("found {} of {}", workers, subject_)
                          : fmt::format("no worker offers {} now", subject_));
    }

private:
    Log* log_;
    std::string subject_;
    bool told_ = false;
    bool present_ = false;
};

void rest(Duration time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never_notified;
    std::unique_lock lock(mutex);
    (void)never_notified.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

void SetFacts::put(FleetViewPtr view, SetRows rows) {
    const std::lock_guard lock(mutex_);
    std::swap(view_, view);
    rows_ = std::move(rows);
}

std::optional<Duration> SetFacts::oldest_age(LiveSet::Kind kind, Time now) const {
    const std::lock_guard lock(mutex_);
    if (view_ == nullptr) return std::nullopt;
    return LiveSet::oldest_age(*view_, rows_, kind, now);
}

LiveSet::Kind set_kind_of(const std::string& endpoint) noexcept {
    return endpoint == kLoadEndpoint ? LiveSet::Kind::loads : LiveSet::Kind::instances;
}

void run_live(const Component& component, EndpointsSender sender, const std::stop_token& stop,
              const std::string& endpoint, LiveFeed& feed, SetFacts& facts) {
    Log* const log = component.runtime().options().log;
    const ThreadCpuMeter meter;
    Watcher watcher(feed.view_cell());
    LiveSet set(
        {.kind = set_kind_of(endpoint), .service = component.service_name(), .endpoint = endpoint});
    Presence presence(log, component.endpoint(endpoint).subject());
    std::optional<ProcessedEndpoints> last_sent;
    while (!stop.stop_requested()) {
        FleetViewPtr view = watcher.wait(kLookAgain, stop);
        if (stop.stop_requested()) return;
        if (sender.receiver_count() == 0) {
            write_log(log, LogLevel::debug, "no receiver is left: the collection ends");
            return;
        }
        if (view == nullptr) view = feed.view_cell().current();
        const Duration before = meter.thread_cpu();
        ProcessedEndpoints processed = set.update(*view, feed.clock().now());
        facts.put(std::move(view), set.rows());
        if (set.has_asked() || !processed.endpoints.empty()) {
            presence.note(processed.endpoints.size());
            if (!last_sent || !(*last_sent == processed)) {
                if (!sender.send(processed)) continue;  // Seen as such at the next turn.
                last_sent = std::move(processed);
            }
        }
        rest(kCpuShare * (meter.thread_cpu() - before), stop);
    }
}

}  // namespace muster::dynamo
