// Orders: judged, kept, followed, in this order.
#include "muster/io/discovery/rest_workers.hpp"

#include <algorithm>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/fleet/watcher.hpp"
#include "muster/io/discovery/detail/kept_file.hpp"

namespace muster {
namespace {

using Kind = RestRefusal::Kind;

constexpr const char* kFileName = "rest-workers.json";
constexpr std::string_view kComponent = "http";
constexpr Duration kShownWithin = std::chrono::seconds(1);
constexpr Duration kLook = std::chrono::milliseconds(20);

/// The row of that server, or of one of its ranks.
std::optional<std::size_t> row_of_server(const FleetView& view, std::string_view server) {
    for (std::size_t row = 0; row < view.size(); ++row) {
        const WorkerIdentity& identity = view.identity(row);
        if (identity.component == kComponent && identity.instance_name == server) return row;
    }
    return std::nullopt;
}

std::string source_of(const FleetView& view, std::size_t row) {
    for (const SourceInfo& source : view.sources()) {
        if (source.source == view.identity(row).source) {
            return source.id + " (" + source.target + ')';
        }
    }
    return "another source";
}

std::string reason_of(std::string_view by, std::string_view why) {
    std::string reason = "taken away over REST";
    if (!by.empty()) reason.append(" by ").append(by);
    if (!why.empty()) reason.append(": ").append(why);
    return reason;
}

RestRefusal named_elsewhere(std::string_view id, const std::string& source,
                            std::string_view advice) {
    return {Kind::named_elsewhere,
            std::string(id) + ": " + source + " has it: " + std::string(advice)};
}

RestRefusal too_many(std::string what) {
    return {Kind::too_many, std::move(what)};
}

}  // namespace

RestWorkers::RestWorkers(RestWorkersOptions options, Collector& collector, const Clock& clock)
    : options_(std::move(options)), collector_(collector), clock_(clock) {
    options_.source.id = "rest-1";
    options_.source.kind = "rest";
    options_.source.target = "POST /v1/workers";
    if (options_.directory.empty()) return;
    file_ = std::make_unique<KeptFile>(options_.directory, kFileName);
}

RestWorkers::~RestWorkers() {
    stop();
}

Result<std::unique_ptr<RestWorkers>> RestWorkers::start(RestWorkersOptions options,
                                                        Collector& collector, const Clock& clock) {
    std::unique_ptr<RestWorkers> workers(new RestWorkers(std::move(options), collector, clock));
    if (auto restored = workers->restore(); !restored) {
        return std::unexpected(std::move(restored.error()));
    }
    return workers;
}

Result<void> RestWorkers::restore() {
    const auto wrong = [&](std::string what) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "workers named over REST not read: " + file_->path() + ": " + std::move(what) +
                        ": mend it, or take it away");
    };
    const auto text = file_ ? file_->read() : std::string();
    if (!text) return std::unexpected(text.error());
    if (!text->empty()) {
        auto read = parse_rest_workers(*text);
        if (!read) return wrong(read.error().what);
        for (RestWorker& worker : *read) {
            auto target = parse_scrape_target(worker.url);
            if (!target) return wrong(worker.url + ": " + target.error().what);
            target->labels = worker.labels;
            const std::string id = target->worker_id();
            entries_.insert_or_assign(id, Entry{std::move(worker), std::move(*target)});
        }
    }
    if (entries_.empty() && !options_.at_once) return {};
    if (auto begun = begin(); !begun) return begun;
    tell("");
    return {};
}

Result<void> RestWorkers::begin() {
    if (source_ != nullptr) return {};
    auto names = NameResolver::start(options_.names, clock_);
    if (!names) return std::unexpected(std::move(names.error()));
    auto source = HttpSource::start(options_.source, collector_, clock_, **names);
    if (!source) return std::unexpected(std::move(source.error()));
    names_ = std::move(*names);
    source_ = std::move(*source);
    return {};
}

void RestWorkers::tell(std::string why_gone) {
    std::vector<ScrapeTarget> targets;
    for (const auto& [id, entry] : entries_) targets.push_back(entry.target);
    source_->set_targets(std::move(targets), std::move(why_gone));
}

std::expected<void, RestRefusal> RestWorkers::keep(const Entries& entries) {
    if (file_ == nullptr) return {};
    std::vector<RestWorker> workers;
    for (const auto& [id, entry] : entries) workers.push_back(entry.worker);
    if (auto written = file_->write(print_rest_workers(workers)); !written) {
        return std::unexpected(RestRefusal{Kind::not_kept, written.error().what});
    }
    return {};
}

std::optional<RestRefusal> RestWorkers::refuse_new(const std::string& id,
                                                   const ScrapeTarget& target) const {
    if (entries_.size() >= kRestWorkersMax) {
        return too_many(std::to_string(kRestWorkersMax) +
                        " workers are named over REST already: take some away");
    }
    const FleetViewPtr view = collector_.view_cell().current();
    const auto row = row_of_server(*view, target.name());
    if (!row) return std::nullopt;
    return named_elsewhere(id, source_of(*view, *row), "a worker is named once");
}

std::expected<void, RestRefusal> RestWorkers::put(const std::string& id, Entry entry) {
    const auto announced = source_->announce(entry.target);
    if (announced) {
        entries_.insert_or_assign(id, std::move(entry));
        tell("");
        return {};
    }
    // Another source was quicker, or the fleet is full: the file is as before.
    if (auto undone = keep(entries_); !undone) return undone;
    if (announced.error() == RejectReason::ambiguous) {
        return std::unexpected(named_elsewhere(id, "another source", "a worker is named once"));
    }
    return std::unexpected(too_many("the fleet has as many workers as muster watches"));
}

std::expected<RestWorkers::Added, RestRefusal> RestWorkers::add(RestWorker order, WallTime now) {
    auto target = parse_scrape_target(order.url);
    if (!target) {
        return std::unexpected(
            RestRefusal{Kind::bad_url, "url: not an engine's: " + target.error().what +
                                           ": give http://HOST:PORT or https://HOST:PORT"});
    }
    target->labels = order.labels;
    const std::string id = target->worker_id();
    const std::string server = target->name();
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(id);
    Added added{.worker = std::move(order),
                .id = id,
                .is_new = known == entries_.end(),
                .kept = file_ != nullptr};
    added.worker.since = now;
    if (added.is_new) {
        if (auto refused = refuse_new(id, *target)) return std::unexpected(std::move(*refused));
    } else {
        added.worker.by = known->second.worker.by;
        added.worker.since = known->second.worker.since;
    }
    Entries wanted = entries_;
    wanted.insert_or_assign(id, Entry{added.worker, *target});
    if (auto kept = keep(wanted); !kept) return std::unexpected(std::move(kept.error()));
    if (auto begun = begin(); !begun) {
        return std::unexpected(RestRefusal{Kind::not_kept, begun.error().what});
    }
    if (auto done = put(id, Entry{added.worker, std::move(*target)}); !done) {
        return std::unexpected(std::move(done.error()));
    }
    wait_shown(server, true);
    return added;
}

RestRefusal RestWorkers::refuse_removal(std::string_view id) const {
    const FleetViewPtr view = collector_.view_cell().current();
    const auto row = view->find(id);
    if (!row) {
        const bool was_there = view->find_tombstone(id) != nullptr;
        return {Kind::unknown_worker,
                std::string(id) +
                    (was_there ? ": it is lost already" : ": no such worker: see /v1/workers")};
    }
    const WorkerIdentity& identity = view->identity(*row);
    const std::string whole = identity.component + '/' + identity.instance_name;
    if (entries_.contains(whole)) {
        return {Kind::a_rank, std::string(id) + ": a rank of " + whole + ": take that away"};
    }
    return named_elsewhere(id, source_of(*view, *row),
                           "only workers named over REST are taken away over REST");
}

std::expected<void, RestRefusal> RestWorkers::remove(std::string_view worker_id,
                                                     std::string_view by, std::string_view why) {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(worker_id);
    if (known == entries_.end()) return std::unexpected(refuse_removal(worker_id));
    const std::string server = known->second.target.name();
    Entries wanted = entries_;
    wanted.erase(known->first);
    if (auto kept = keep(wanted); !kept) return kept;
    entries_ = std::move(wanted);
    tell(reason_of(by, why));
    wait_shown(server, false);
    return {};
}

void RestWorkers::wait_shown(const std::string& server, bool shown) const {
    Watcher watcher(collector_.view_cell());
    const Time until = clock_.now() + kShownWithin;
    for (Time now = clock_.now(); now < until; now = clock_.now()) {
        collector_.publish_now(now);
        if (row_of_server(*collector_.view_cell().current(), server).has_value() == shown) return;
        (void)watcher.wait(kLook);
    }
}

void RestWorkers::set_pace(std::optional<Duration> interval, Duration patience) {
    const std::lock_guard lock(mutex_);
    options_.source.interval = interval;
    options_.source.patience = patience;
    if (source_ != nullptr) source_->set_pace(interval, patience);
}

void RestWorkers::stop() {
    const std::lock_guard lock(mutex_);
    if (source_ != nullptr) source_->stop();
}

}  // namespace muster
