#include "muster/dynamo/live_feed.hpp"

#include <utility>

namespace muster::dynamo {

Result<std::shared_ptr<LiveFeed>> LiveFeed::start(const RuntimeOptions& options,
                                                  const ComponentName& component,
                                                  const std::string& endpoint) {
    auto feed = std::make_shared<LiveFeed>(options.collector, Private{});
    NatsSourceOptions source;
    source.connect = options.connect;
    source.components = {component};
    source.endpoint = endpoint;
    // Pushes tell loads; whoever lists another endpoint does not want a worker for its load.
    source.kv_metrics = options.kv_metrics && endpoint == kLoadEndpoint;
    source.log = options.log;
    auto started =
        NatsSource::start(std::move(source), feed->host_.collector(), feed->host_.clock());
    if (!started) return std::unexpected(started.error());
    feed->source_ = std::move(*started);
    feed->host_.start();
    return feed;
}

}  // namespace muster::dynamo
