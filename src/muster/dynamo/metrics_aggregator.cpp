#include "muster/dynamo/metrics_aggregator.hpp"

#include <fmt/format.h>

#include <functional>
#include <thread>
#include <utility>

#include "muster/dynamo/exact_loop.hpp"
#include "muster/dynamo/live_loop.hpp"
#include "muster/io/runtime/log.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster::dynamo {

Result<std::vector<EndpointInfo>> collect_endpoints(const Component& component,
                                                    std::string_view subject, Duration timeout) {
    Result<ServiceSet> stream = component.scrape_stats(timeout);
    if (!stream) return std::unexpected(stream.error());
    std::vector<EndpointInfo> endpoints = keep_prefixed(stream->into_endpoints(), subject);
    component.runtime().note_scrape(!endpoints.empty());
    return endpoints;
}

void collect_endpoints_task(Component component, EndpointsSender sender, std::stop_token stop,
                            std::string subject) {
    Runtime& runtime = component.runtime();
    if (runtime.options().mode == Mode::exact) {
        run_exact(component, std::move(sender), stop, subject);
        return;
    }
    const auto feed = runtime.feed(component, subject);
    if (!feed) {
        write_log(runtime.options().log, LogLevel::error,
                  fmt::format("nothing is collected for {}: {}", subject, feed.error().what));
        return;
    }
    SetFacts facts;
    run_live(component, std::move(sender), stop, subject, **feed, facts);
}

/// The thread of one collection, and what it works on.
class CollectorTask {
public:
    CollectorTask(const Component& component, std::shared_ptr<LiveFeed> feed,
                  EndpointsSender sender, const std::stop_token& stop, std::string endpoint)
        : kind_(set_kind_of(endpoint)),
          feed_(std::move(feed)),
          thread_([this, component, sender = std::move(sender),
                   endpoint = std::move(endpoint)](const std::stop_token& own) mutable {
              if (feed_ == nullptr)
                  run_exact(component, std::move(sender), own, endpoint);
              else
                  run_live(component, std::move(sender), own, endpoint, *feed_, facts_);
          }),
          forward_(stop, [this] { thread_.request_stop(); }) {}

    [[nodiscard]] std::optional<Duration> oldest_age() const {
        if (feed_ == nullptr) return std::nullopt;
        return facts_.oldest_age(kind_, feed_->clock().now());
    }
    [[nodiscard]] FleetViewPtr view() const {
        return feed_ == nullptr ? nullptr : feed_->view_cell().current();
    }

private:
    LiveSet::Kind kind_;
    std::shared_ptr<LiveFeed> feed_;  // Null in exact mode.
    SetFacts facts_;
    std::jthread thread_;
    std::stop_callback<std::function<void()>> forward_;  // First to go: it calls the thread.
};

EndpointsCollection::EndpointsCollection(std::string service_name,
                                         std::unique_ptr<CollectorTask> task,
                                         EndpointsReceiver endpoints_rx)
    : service_name_(std::move(service_name)),
      endpoints_rx_(std::move(endpoints_rx)),
      task_(std::move(task)) {}

EndpointsCollection::EndpointsCollection(EndpointsCollection&&) noexcept = default;
EndpointsCollection& EndpointsCollection::operator=(EndpointsCollection&&) noexcept = default;
EndpointsCollection::~EndpointsCollection() = default;

Result<EndpointsCollection> EndpointsCollection::start(const Component& component,
                                                       const std::stop_token& stop,
                                                       std::string endpoint) {
    std::shared_ptr<LiveFeed> feed;
    if (component.runtime().options().mode == Mode::live) {
        auto started = component.runtime().feed(component, endpoint);
        if (!started) return std::unexpected(started.error());
        feed = std::move(*started);
    }
    EndpointsSender sender;
    EndpointsReceiver receiver = sender.subscribe();
    auto task = std::make_unique<CollectorTask>(component, std::move(feed), std::move(sender), stop,
                                                std::move(endpoint));
    return EndpointsCollection(component.service_name(), std::move(task), std::move(receiver));
}

std::optional<Duration> EndpointsCollection::oldest_age() const {
    return task_->oldest_age();
}

std::optional<SourceState> EndpointsCollection::source_state() const {
    const FleetViewPtr known = task_->view();
    if (known == nullptr || known->sources().empty()) return std::nullopt;
    return known->sources().front().state;
}

FleetViewPtr EndpointsCollection::view() const {
    return task_->view();
}

Result<EndpointCollector> EndpointCollector::start(const Component& component,
                                                   const std::stop_token& stop) {
    auto collection = EndpointsCollection::start(component, stop, std::string(kGenerateEndpoint));
    if (!collection) return std::unexpected(collection.error());
    return EndpointCollector(std::move(*collection));
}

Result<KvMetricsAggregator> KvMetricsAggregator::start(const Component& component,
                                                       const std::stop_token& stop) {
    auto collection = EndpointsCollection::start(component, stop, std::string(kLoadEndpoint));
    if (!collection) return std::unexpected(collection.error());
    return KvMetricsAggregator(std::move(*collection));
}

}  // namespace muster::dynamo
