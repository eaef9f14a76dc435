// The journal's thread; the files are JournalWriter's.
#include "muster/io/journal/journal.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "muster/io/journal/detail/journal_writer.hpp"
#include "muster/io/journal/journal_reader.hpp"

namespace muster {
namespace {

JournalHeader about(const JournalOptions& options) {
    JournalHeader header;
    header.boot = boot_id();
    header.epoch = options.epoch;
    header.software = options.software;
    return header;
}

/// What leads from the clock of the earlier run to ours; nothing if that cannot be told, because
/// the wall clock went back while the machine was started anew.
std::optional<Duration> shift_of(const LastRun& run, const WallAnchor& now) {
    const bool one_boot = !run.header.boot.empty() && run.header.boot == boot_id();
    if (one_boot && run.fleet.time() <= now.steady) return Duration::zero();
    const Duration gap = now.wall - run.fleet.anchor.wall;
    if (gap < Duration::zero()) return std::nullopt;
    return (now.steady - gap) - run.fleet.time();
}

std::string seconds_text(Time since, Time now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age_between(since, now));
    return std::to_string(seconds.count()) + " s";
}

/// Tells whoever reads the journal that something is missing, and why.
FleetEvent gap_after(const JournalStatus& trouble, Time now) {
    std::string what =
        "not written for " + seconds_text(trouble.since, now) + ": " + trouble.reason;
    if (trouble.events_lost > 0) {
        what += "; events lost so far: " + std::to_string(trouble.events_lost);
    }
    return {FleetEventKind::journal_gap, now, "journal", std::move(what)};
}

}  // namespace

Journal::Journal(JournalOptions options, const Clock& clock, const WallClock& wall)
    : options_(std::move(options)),
      clock_(clock),
      wall_(wall),
      writer_(std::make_unique<JournalWriter>(options_.directory, options_.bytes_max,
                                              about(options_))) {
    status_.directory = options_.directory;
    status_.bytes_max = options_.bytes_max;
    status_.since = clock_.now();
}

Journal::~Journal() {
    stop();
}

std::optional<RestoredFleet> Journal::open() {
    if (auto opened = writer_->open(); !opened) {
        set_state(JournalState::trouble, opened.error().what);
        return std::nullopt;
    }
    auto last = JournalReader(options_.directory).last_run();
    if (!last) {
        write_log(options_.log, LogLevel::warning, last.error().what);
        return std::nullopt;
    }
    if (!*last) return std::nullopt;
    const Time now = clock_.now();
    const WallAnchor here{now, wall_.wall_at(now)};
    const auto shift = shift_of(**last, here);
    // With an age that nobody knows, nothing is shown; the histories are remembered all the same.
    RestoredFleet restored =
        restored_from((*last)->fleet, shift.value_or(here.steady - (*last)->fleet.time()));
    if (!shift) restored.heard_until = kNever;
    before_ = shift ? "the run before was last seen " + seconds_text(restored.heard_until, now) +
                          " earlier"
                    : "the wall clock went back since the run before";
    return restored;
}

void Journal::start(ViewCell& cell) {
    FleetEvent started{FleetEventKind::muster_started, clock_.now(), "muster",
                       options_.software + ", epoch " + options_.epoch};
    if (!before_.empty()) started.detail += "; " + before_;
    note({&started, 1});
    thread_ = std::jthread([this, &cell](const std::stop_token& stop) { run(stop, cell); });
    pthread_setname_np(thread_.native_handle(), "muster-journal");
}

void Journal::note(std::span<const FleetEvent> events) {
    if (events.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        for (const FleetEvent& event : events) {
            waiting_.push_back(event);
            if (waiting_.size() <= kJournalWaitingMax) continue;
            waiting_.pop_front();
            ++status_.events_lost;
        }
    }
    noted_.notify_one();
}

void Journal::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

JournalStatus Journal::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void Journal::run(const std::stop_token& stop, ViewCell& cell) {
    while (!stop.stop_requested()) {
        turn(cell);
        std::unique_lock lock(mutex_);
        const bool ill = status_.state == JournalState::trouble;
        const auto until_due = [&] { return std::max(due_ - clock_.now(), Duration::zero()); };
        // Events end the wait; then a moment more, so that a burst becomes one record.
        const bool news =
            noted_.wait_for(lock, stop, until_due(), [&] { return !ill && !waiting_.empty(); });
        if (!news || stop.stop_requested()) continue;
        noted_.wait_for(lock, stop, std::min(options_.events_within, until_due()),
                        [] { return false; });
    }
    const FleetEvent stopped{FleetEventKind::muster_stopped, clock_.now(), "muster", ""};
    note({&stopped, 1});
    turn(cell);
}

void Journal::turn(ViewCell& cell) {
    const Time now = clock_.now();
    take_waiting();
    const JournalStatus before = status();
    auto written = writer_->open();
    if (written) {
        std::vector<FleetEvent> events(taken_.begin(), taken_.end());
        if (before.state == JournalState::trouble) {
            events.insert(events.begin(), gap_after(before, now));
        }
        const FleetViewPtr view = cell.current();
        written = writer_->write(*view, events, {now, wall_.wall_at(now)});
    }
    if (!written) {
        due_ = now + options_.retry_after;
        set_state(JournalState::trouble, written.error().what);
        return;
    }
    taken_.clear();
    due_ = writer_->next_due();
    set_state(JournalState::writing, "");
    const std::lock_guard lock(mutex_);
    status_.bytes = writer_->bytes();
}

void Journal::take_waiting() {
    const std::lock_guard lock(mutex_);
    taken_.insert(taken_.end(), std::make_move_iterator(waiting_.begin()),
                  std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    for (; taken_.size() > kJournalWaitingMax; taken_.pop_front()) ++status_.events_lost;
}

void Journal::set_state(JournalState state, const std::string& reason) {
    {
        const std::lock_guard lock(mutex_);
        if (status_.state == state && status_.reason == reason) return;
        const bool first = status_.state == JournalState::off;
        if (status_.state != state) status_.since = clock_.now();
        status_.state = state;
        status_.reason = reason;
        if (first && state == JournalState::writing) return;  // As it should be.
    }
    if (state == JournalState::trouble)
        write_log(options_.log, LogLevel::warning, reason);
    else
        write_log(options_.log, LogLevel::info, "the journal is written again");
}

}  // namespace muster
