// The loop: workers come and go by what discovery says.
#include "muster/io/http/beast/scrape_loop.hpp"

#include <pthread.h>

#include <functional>
#include <set>
#include <utility>

#include "muster/io/runtime/secret_file.hpp"

namespace muster {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;
// A token may be replaced while we run; a worker that refuses it is no reason to read all day.
constexpr Duration kTokenReadEvery = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<ScrapeLoop>> ScrapeLoop::make(HttpSourceOptions options,
                                                     Collector& collector, const Clock& clock,
                                                     NameResolver& names, Source& source) {
    std::string token = options.token;
    if (!options.token_file.empty()) {
        auto read = read_secret_file(options.token_file);
        if (!read) return std::unexpected(std::move(read.error()));
        token = std::move(*read);
    }
    auto tls = TlsContext::for_client(options.tls);
    if (!tls) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "TLS for --worker: " + tls.error().what);
    }
    return std::make_unique<ScrapeLoop>(Passkey{}, std::move(options), std::move(token),
                                        std::move(*tls), collector, clock, names, source);
}

ScrapeLoop::ScrapeLoop(Passkey /*key*/, HttpSourceOptions options, std::string token,
                       std::shared_ptr<const TlsContext> tls, Collector& collector,
                       const Clock& clock, NameResolver& names, Source& source)
    : options_(std::move(options)),
      collector_(collector),
      clock_(clock),
      shared_{.context = context_,
              .gate = std::make_shared<HttpLoopGate>(context_),
              .clock = clock,
              .names = names,
              .tls = std::move(tls),
              .token = std::move(token),
              .scratch = std::string(kScratchBytes, '\0')},
      limits_{.interval = options_.interval, .patience = options_.patience} {
    const Time now = clock_.now();
    source_ = collector_.add_source(
        {.id = options_.id, .kind = options_.kind, .target = options_.target, .own_beat = true},
        source, now);
    counters_ = collector_.counters(source_);
    component_ = collector_.add_component(
        source_, {.name = "http", .engine = "unknown", .pinned = options_.pinned}, now);
}

ScrapeLoop::~ScrapeLoop() {
    stop();
}

void ScrapeLoop::start() {
    work_.emplace(asio::make_work_guard(context_));
    thread_ = std::thread([this] {
        shared_.gate->enter();
        context_.run();  // Until stop(), and what it cut off has ended.
    });
    pthread_setname_np(thread_.native_handle(), "muster-http");
}

void ScrapeLoop::stop() {
    if (!thread_.joinable()) return;
    shared_.gate->post([this] {
        for (const auto& [name, worker] : workers_) worker->stop();
        workers_.clear();
        work_.reset();
    });
    thread_.join();
    shared_.gate->close();
    collector_.detach_source(source_, "stopped", clock_.now());
}

void ScrapeLoop::end(const std::shared_ptr<ScrapeWorker>& worker) {
    worker->stop();
    if (worker->first()) on_first_outcome();
}

void ScrapeLoop::set_targets(std::vector<ScrapeTarget> targets, std::string why_gone) {
    shared_.gate->post([this, targets = std::move(targets), why = std::move(why_gone)]() mutable {
        take_targets(std::move(targets), why);
    });
}

/// Its worker says the same once more, which changes nothing.
std::expected<void, RejectReason> ScrapeLoop::announce(const ScrapeTarget& target) {
    const std::string name = target.name();
    const std::string address = target.url.to_text();
    return collector_.announce(
        component_,
        {.instance = {.id = {}, .name = name}, .address = address, .labels = target.labels},
        clock_.now());
}

void ScrapeLoop::take_targets(std::vector<ScrapeTarget> targets, const std::string& why_gone) {
    const Time now = clock_.now();
    if (!std::exchange(connected_, true) || std::exchange(in_doubt_, false)) {
        collector_.connected(source_, now);
    }
    std::set<std::string, std::less<>> named;
    for (ScrapeTarget& target : targets) {
        std::string name = target.name();
        const auto known = workers_.find(name);
        if (known != workers_.end() && known->second->target().url.tls == target.url.tls) {
            named.insert(std::move(name));
            known->second->set_labels(std::move(target.labels));
            continue;
        }
        if (!named.insert(name).second) continue;
        if (known != workers_.end()) end(known->second);  // http became https, or back.
        auto worker = std::make_shared<ScrapeWorker>(*this, std::move(target));
        workers_.insert_or_assign(std::move(name), worker);
        ++first_outcomes_missing_;
        worker->start();
    }
    for (auto at = workers_.begin(); at != workers_.end();) {
        if (named.contains(at->first)) {
            ++at;
            continue;
        }
        end(at->second);
        collector_.withdraw(component_, {.id = {}, .name = at->first}, why_gone, now);
        at = workers_.erase(at);
    }
    if (workers_.empty()) collector_.all_asked(source_, now);
}

void ScrapeLoop::discovery_failed(std::string why) {
    shared_.gate->post([this, why = std::move(why)] {
        const Time now = clock_.now();
        collector_.set_last_error(source_, why, now);
        if (connected_) {
            in_doubt_ = true;
            collector_.suspect(source_, why, now);
        } else {
            collector_.disconnected(source_, why, now);
        }
    });
}

void ScrapeLoop::set_pace(ScrapePace::Limits limits) {
    shared_.gate->post([this, limits] {
        limits_ = limits;
        for (const auto& [name, worker] : workers_) worker->set_limits(limits);
    });
}

void ScrapeLoop::on_first_outcome() {
    if (--first_outcomes_missing_ == 0) collector_.all_asked(source_, clock_.now());
}

void ScrapeLoop::on_unauthorized() {
    const Time now = clock_.now();
    const bool lately =
        token_read_at_ != kNever && age_between(token_read_at_, now) < kTokenReadEvery;
    if (options_.token_file.empty() || lately) return;
    token_read_at_ = now;
    if (auto token = read_secret_file(options_.token_file)) shared_.token = std::move(*token);
}

}  // namespace muster
