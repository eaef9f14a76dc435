#include "muster/dynamo/exact_loop.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "muster/dynamo/metrics_aggregator.hpp"
#include "muster/io/runtime/log.hpp"

namespace muster::dynamo {
namespace {

/// False if the stop was asked before the time was over.
bool wait_for(Duration time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never_notified;
    std::unique_lock lock(mutex);
    (void)never_notified.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace

std::vector<Endpoint> with_loads(
    std::vector<EndpointInfo> endpoints, DynamoRelease release,
    const std::function<void(const EndpointInfo&, const Error&)>& skipped) {
    std::vector<Endpoint> kept;
    kept.reserve(endpoints.size());
    for (EndpointInfo& info : endpoints) {
        if (!info.data) continue;
        Result<ForwardPassMetrics> metrics = info.decode(release);
        if (!metrics) {
            skipped(info, metrics.error());
            continue;
        }
        kept.push_back({.name = std::move(info.name),
                        .subject = std::move(info.subject),
                        .data = LoadMetrics{std::move(*metrics)}});
    }
    return kept;
}

std::vector<Endpoint> without_loads(std::vector<EndpointInfo> endpoints) {
    std::vector<Endpoint> kept;
    kept.reserve(endpoints.size());
    for (EndpointInfo& info : endpoints) {
        kept.push_back(
            {.name = std::move(info.name), .subject = std::move(info.subject), .data = {}});
    }
    return kept;
}

bool should_send(const std::optional<ProcessedEndpoints>& last,
                 const ProcessedEndpoints& processed) {
    return !last || !(*last == processed);
}

void run_exact(const Component& component, EndpointsSender sender, const std::stop_token& stop,
               const std::string& endpoint) {
    const std::string subject = component.endpoint(endpoint).subject();
    const RuntimeOptions& options = component.runtime().options();
    const auto skipped = [&](const EndpointInfo& info, const Error& error) {
        write_log(options.log, LogLevel::warning,
                  fmt::format("skip endpoint data that can't be parsed as ForwardPassMetrics: {}",
                              error.what),
                  {{.key = "subject", .value = info.subject}});
    };
    std::optional<ProcessedEndpoints> last_sent;
    while (wait_for(kBackoffDelay, stop)) {
        auto found = collect_endpoints(component, subject, kScrapeTimeout);
        if (!found) {
            write_log(options.log, LogLevel::warning,
                      fmt::format("failed to retrieve endpoints for {}: {}", subject,
                                  found.error().what));
            continue;
        }
        std::vector<Endpoint> endpoints =
            endpoint == kLoadEndpoint ? with_loads(std::move(*found), options.release, skipped)
                                      : without_loads(std::move(*found));
        Result<ProcessedEndpoints> processed = ProcessedEndpoints::from_list(std::move(endpoints));
        if (!processed) {
            write_log(
                options.log, LogLevel::error,
                fmt::format("the collection of {} ends: {}", subject, processed.error().what));
            return;
        }
        if (!should_send(last_sent, *processed)) continue;
        if (!sender.send(*processed)) {
            write_log(options.log, LogLevel::error,
                      "failed to send processed endpoints; shutting down");
            return;
        }
        last_sent = std::move(*processed);
    }
}

}  // namespace muster::dynamo
