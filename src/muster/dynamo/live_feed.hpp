// LiveFeed: a collector of its own for one endpoint of one component, shared by all who read it.
//
// What live mode stands on: the same collector, source and rules as `muster serve`.
#pragma once

#include <memory>
#include <string>

#include "muster/dynamo/component.hpp"
#include "muster/io/nats/nats_source.hpp"
#include "muster/io/runtime/collector_host.hpp"

namespace muster::dynamo {

class LiveFeed {
    struct Private {};

public:
    /// Begins to ask. bad_input on wrong options.
    [[nodiscard]] static Result<std::shared_ptr<LiveFeed>> start(const RuntimeOptions& options,
                                                                 const ComponentName& component,
                                                                 const std::string& endpoint);
    LiveFeed(const Collector::Options& options, Private) : host_(options) {}

    [[nodiscard]] ViewCell& view_cell() noexcept { return host_.view_cell(); }
    [[nodiscard]] const Clock& clock() const noexcept { return host_.clock(); }

private:
    // In this order: the source must be gone before the host.
    CollectorHost host_;
    std::unique_ptr<NatsSource> source_;
};

}  // namespace muster::dynamo
