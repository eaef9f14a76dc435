// The seed's own face: who collects the load of a component's workers, and the set they publish.
//
// Place in the data path: at its end (live mode: a reader of views) or all of it (exact mode). Each
// collector has one thread, which publishes to a channel; readers never wait for it. What is the
// same as in the seed, and what is cured, is told in docs/guide/dynamo_face.md.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/dynamo/component.hpp"
#include "muster/dynamo/endpoint.hpp"
#include "muster/dynamo/endpoints_channel.hpp"
#include "muster/dynamo/load_metrics.hpp"
#include "muster/dynamo/processed_endpoints.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/fleet/source_info.hpp"

namespace muster::dynamo {

/// One scrape, in either mode: asks the component's workers once, waits the whole `timeout`, and
/// gives every endpoint whose subject starts with `subject`, undecoded, in the order of arrival,
/// duplicates included. Finding nothing is no error; only a connection that is closed, or cannot be
/// made, is. Thread rule: any; blocks.
[[nodiscard]] Result<std::vector<EndpointInfo>> collect_endpoints(const Component& component,
                                                                  std::string_view subject,
                                                                  Duration timeout);

/// What the collectors below run: publishes the set of the component's workers that serve the
/// endpoint named `subject`, until `stop` is asked or (exact mode: at the next change) no receiver
/// is left. With `load_metrics` the set carries loads, with any other name the default load. Blocks
/// its caller; after a stop at most for the rest of a window (exact: 300 ms).
void collect_endpoints_task(Component component, EndpointsSender sender, std::stop_token stop,
                            std::string subject);

class CollectorTask;

/// What both collectors are: a task and the receiving end of its channel. Movable. Its end stops
/// the task and waits for it, as long as one window at most; receivers live on with the last set.
class EndpointsCollection {
public:
    EndpointsCollection(EndpointsCollection&&) noexcept;
    EndpointsCollection& operator=(EndpointsCollection&&) noexcept;
    ~EndpointsCollection();

    /// The component's service name, as it was at the start.
    [[nodiscard]] const std::string& service_name() const noexcept { return service_name_; }
    /// The receiver that get_endpoints reads and watchers are copied from. Never marks a value
    /// seen.
    [[nodiscard]] const EndpointsReceiver& endpoints_rx() const noexcept { return endpoints_rx_; }

    /// A copy of the latest set. Waits for nothing; costs a copy of every worker: use endpoints().
    [[nodiscard]] ProcessedEndpoints get_endpoints() const { return *endpoints_rx_.borrow(); }
    /// The latest set itself, shared: costs the same at any fleet size.
    [[nodiscard]] EndpointsPtr endpoints() const { return endpoints_rx_.borrow(); }
    /// A receiver of its own. Its first wait for a change ends at once if anything was published.
    [[nodiscard]] EndpointsReceiver endpoints_watcher() const { return endpoints_rx_; }

    // Live mode only; absent, or null, in exact mode: the seed does not know.
    /// How long ago, at most, the oldest load of the set was known to be so (for EndpointCollector:
    /// since the last sign of life). Absent for an empty set. Grows while the source is away.
    [[nodiscard]] std::optional<Duration> oldest_age() const;
    /// Whether what asks the workers is well; the set stays while it is not.
    [[nodiscard]] std::optional<SourceState> source_state() const;
    /// Everything that is known, of which the set is the part that the seed knows.
    [[nodiscard]] FleetViewPtr view() const;

protected:
    static Result<EndpointsCollection> start(const Component& component,
                                             const std::stop_token& stop, std::string endpoint);

private:
    EndpointsCollection(std::string service_name, std::unique_ptr<CollectorTask> task,
                        EndpointsReceiver endpoints_rx);
    std::string service_name_;
    EndpointsReceiver endpoints_rx_;
    std::unique_ptr<CollectorTask> task_;
};

/// Lists the workers that serve `generate`, whatever their load: the entries carry the default one.
class EndpointCollector : public EndpointsCollection {
public:
    /// Begins to collect and returns at once. Stops when `stop` is asked. Fails with bad_input
    /// where live mode finds the Runtime's options wrong (a file that cannot be read).
    [[nodiscard]] static Result<EndpointCollector> start(const Component& component,
                                                         const std::stop_token& stop);

private:
    explicit EndpointCollector(EndpointsCollection&& c) : EndpointsCollection(std::move(c)) {}
};

/// Collects the loads of the workers that serve `load_metrics`.
class KvMetricsAggregator : public EndpointsCollection {
public:
    /// As EndpointCollector::start.
    [[nodiscard]] static Result<KvMetricsAggregator> start(const Component& component,
                                                           const std::stop_token& stop);

private:
    explicit KvMetricsAggregator(EndpointsCollection&& c) : EndpointsCollection(std::move(c)) {}
};

}  // namespace muster::dynamo
