// Putting the parts together, and waiting for a first complete picture.
#include "fleet_collector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <random>
#include <utility>

#include "first_picture.hpp"
#include "muster/fleet/watcher.hpp"

namespace muster {
namespace {

std::string random_word() {
    std::random_device device;
    const auto high = static_cast<std::uint64_t>(device()) << 32;
    return fmt::format("{:012x}", (high | device()) & 0xffff'ffff'ffffULL);
}

std::unexpected<Error> stopped() {
    return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
}

// How long a wait for a publication may sleep past the moment that ends it.
constexpr Duration kLook = std::chrono::milliseconds(50);
// An engine's slow page is load: its first answer may take all of the deadline. A broker that does
// not bring our own question back for so long has lost its connection before (no answer to pings).
constexpr Duration kAskedWithin = kScrapeDeadline + std::chrono::seconds(1);

std::vector<std::string> unreached_sources(const FleetView& view) {
    std::vector<std::string> reasons;
    for (const SourceInfo& source : view.sources()) {
        if (source.state != SourceState::disconnected) continue;
        // What the source says is a whole sentence.
        reasons.push_back(source.last_error.value_or("no answer: " + source.target +
                                                     ": is nats-server running there?"));
    }
    return reasons;
}

std::vector<std::string> unheard_sources(const FleetView& view) {
    std::vector<std::string> reasons;
    for (const SourceInfo& source : view.sources()) {
        if (!is_unheard(view, source)) continue;
        reasons.push_back("no answer: " + source.target + ": it is reached, " +
                          (source.reason.empty() ? "but not asked in time" : source.reason) +
                          ": is it too busy?");
    }
    return reasons;
}

/// One line, however many workers it is about: their rows tell each one's trouble.
std::string silent_workers(const FleetView& view) {
    std::string first;
    std::size_t count = 0;
    for (std::size_t row = 0; row < view.size(); ++row) {
        const RowExtras* const extras = view.extras(row);
        if (extras == nullptr || !extras->trouble || view.has_load(row)) continue;
        if (count++ == 0) first = extras->trouble->what;
    }
    if (count > 1) first += " (and " + std::to_string(count - 1) + " more workers tell no load)";
    return first;
}

/// How every engine is asked, whoever names it.
HttpSourceOptions common_options(const HttpOptions& options, const FleetRules& rules) {
    HttpSourceOptions common;
    common.interval = rules.interval;
    common.patience = rules.patience;
    common.tls = options.tls;
    common.token_file = options.token_file;
    common.token = options.token;
    return common;
}

}  // namespace

FleetCollector::FleetCollector(Passkey /*key*/, Collector::Options options)
    : host_(options),
      wall_clock_(host_.clock()),
      patience_(options.rules.patience),
      epoch_(random_word()),
      events_(host_.collector()) {}

Result<std::unique_ptr<FleetCollector>> FleetCollector::start(CollectOptions options,
                                                              std::optional<JournalOptions> journal,
                                                              std::optional<RestPlace> rest) {
    auto fleet = std::make_unique<FleetCollector>(Passkey{}, options.collector);
    if (journal) fleet->open_journal(std::move(*journal), options.sources);
    for (NatsSourceOptions& nats : options.sources) {
        const Duration longest =
            nats.connect.connect_timeout * static_cast<std::int64_t>(nats.connect.servers.size());
        fleet->connect_patience_ = std::max(fleet->connect_patience_, longest);
        auto source = NatsSource::start(std::move(nats), fleet->collector(), fleet->host_.clock());
        if (!source) return std::unexpected(std::move(source.error()));
        fleet->sources_.push_back(std::move(*source));
    }
    if (options.http.rest && !rest) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "nobody can name workers here: --discover rest: only muster serve takes them "
                    "over REST");
    }
    const HttpSourceOptions common = common_options(options.http, options.collector.rules);
    if (auto started = fleet->start_http(options.http, common); !started) {
        return std::unexpected(std::move(started.error()));
    }
    if (rest) {
        auto started = fleet->start_rest(std::move(*rest), options.http, common);
        if (!started) return std::unexpected(std::move(started.error()));
    }
    // Whoever reads first finds what the journal told: after a restart no fleet looks empty.
    fleet->collector().publish_now(fleet->clock().now());
    fleet->host_.start();
    if (fleet->journal_) fleet->journal_->start(fleet->view_cell());
    return fleet;
}

void FleetCollector::open_journal(JournalOptions options, std::vector<NatsSourceOptions>& sources) {
    options.epoch = epoch_;
    journal_ = std::make_unique<Journal>(std::move(options), host_.clock(), wall_clock_);
    events_.add([this](const std::vector<FleetEvent>& events) { journal_->note(events); });
    auto restored = journal_->open();
    if (!restored) return;
    for (NatsSourceOptions& nats : sources) {
        nats.known = known_services(*restored, nats.id, shown_target(nats.connect));
    }
    collector().restore(std::move(*restored), clock().now());
}

Result<void> FleetCollector::start_http(HttpOptions options, const HttpSourceOptions& common) {
    if (options.workers.empty() && options.discover.empty()) return {};
    auto names = NameResolver::start(options.names, clock());
    if (!names) return std::unexpected(std::move(names.error()));
    names_ = std::move(*names);
    const auto begin = [&](HttpSourceOptions wanted) -> Result<HttpSource*> {
        auto source = HttpSource::start(std::move(wanted), collector(), clock(), *names_);
        if (!source) return std::unexpected(std::move(source.error()));
        http_sources_.push_back(std::move(*source));
        return http_sources_.back().get();
    };
    if (!options.workers.empty()) {
        HttpSourceOptions named = common;
        named.pinned = true;
        HttpOptions alone;
        alone.workers = options.workers;
        named.target = shown_workers(alone);
        auto source = begin(std::move(named));
        if (!source) return std::unexpected(std::move(source.error()));
        (*source)->set_targets(std::move(options.workers), "not named any more");
    }
    std::map<DiscoveryKind, int> numbers;
    for (DiscoveryPlace& place : options.discover) {
        HttpSourceOptions found = common;
        found.kind = name_of(place.kind);
        found.id = found.kind + '-' + std::to_string(++numbers[place.kind]);
        found.target = place.text;
        auto source = begin(std::move(found));
        if (!source) return std::unexpected(std::move(source.error()));
        discoveries_.push_back(Discovery::start(std::move(place), **source, clock(), *names_));
    }
    return {};
}

Result<void> FleetCollector::start_rest(RestPlace place, const HttpOptions& http,
                                        HttpSourceOptions common) {
    auto rest = RestWorkers::start({.source = std::move(common),
                                    .names = http.names,
                                    .directory = std::move(place.directory),
                                    .at_once = http.rest},
                                   collector(), clock());
    if (!rest) return std::unexpected(std::move(rest.error()));
    rest_ = std::move(*rest);
    return {};
}

void FleetCollector::set_options(const Collector::Options& options) {
    collector().set_options(options, clock().now());
    for (const auto& source : http_sources_) {
        source->set_pace(options.rules.interval, options.rules.patience);
    }
    if (rest_) rest_->set_pace(options.rules.interval, options.rules.patience);
}

FleetCollector::~FleetCollector() {
    discoveries_.clear();
    if (rest_) rest_->stop();
    for (const auto& source : http_sources_) source->stop();
    for (const auto& source : sources_) source->stop();
    host_.stop();
    collector().finish(clock().now());
    events_.pump();
    if (journal_) journal_->stop();
}

FleetMoment FleetCollector::moment() const {
    return {host_.clock().now(), wall_clock_.anchor(), epoch_};
}

std::vector<std::string> FleetCollector::unreached(const FleetView& view) const {
    std::vector<std::string> reasons = unreached_sources(view);
    std::ranges::move(unheard_sources(view), std::back_inserter(reasons));
    if (std::string workers = silent_workers(view); !workers.empty()) {
        reasons.push_back(std::move(workers));
    }
    return reasons;
}

Result<FleetViewPtr> FleetCollector::wait_connected(const std::stop_token& stop) {
    Watcher watcher(view_cell());
    // An attempt may take nearly twice the connection's limit; one second more, so that its reason
    // is heard.
    Time deadline = clock().now() + 2 * connect_patience_ + std::chrono::seconds(1);
    for (;;) {
        FleetViewPtr view = view_cell().current();
        const auto decided = [](const SourceInfo& source) {
            return source.state != SourceState::disconnected || source.last_error.has_value();
        };
        const bool all_told = view->sources().size() == source_count() &&
                              std::ranges::all_of(view->sources(), decided);
        if (all_told || clock().now() > deadline) {
            std::vector<std::string> reasons = unreached_sources(*view);
            if (reasons.size() < source_count()) return view;
            return fail(ErrorKind::closed, ErrorOrigin::upstream,
                        reasons.empty() ? "no answer: muster: no source began" : reasons.front());
        }
        if (stop.stop_requested()) return stopped();
        const Time woken_by = clock().now() + kLook;
        (void)watcher.wait(kLook, stop);
        // While we ourselves did not run, whoever connects did not either.
        deadline += age_between(woken_by, clock().now());
    }
}

Result<FleetViewPtr> FleetCollector::wait_settled(const std::stop_token& stop) {
    auto connected = wait_connected(stop);
    if (!connected) return connected;
    Watcher watcher(view_cell());
    FirstPicture picture({.patience = patience_, .asked_within = kAskedWithin});
    for (;;) {
        FleetViewPtr view = view_cell().current();
        const Time now = clock().now();
        const Time ready = picture.ready_at(*view, now);
        if (ready <= now) return view;
        if (stop.stop_requested()) return stopped();
        const Duration pause = std::min(kLook, ready - now);
        (void)watcher.wait(pause, stop);
        picture.note_late(age_between(now + pause, clock().now()));
    }
}

}  // namespace muster
