// FleetFeed: where `muster get` and `muster top` have their JSON from: a running `muster serve`, or
// a collection of their own. Both give the same text.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "fleet_collector.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/io/http/http_client.hpp"
#include "muster/wire/fleet_json.hpp"

namespace muster {

/// What the live table asks, again and again. Errors of a feed are whole sentences; their kind
/// `closed` with the words "stopped" means that the stop was asked.
class FollowedFeed {
public:
    /// An idle connection is so proved to live.
    static constexpr Duration kHoldMax = std::chrono::seconds(20);

    virtual ~FollowedFeed() = default;
    /// The fleet at a version above `version`, or after `hold` (at most kHoldMax) the one there is.
    [[nodiscard]] virtual Result<std::string> fleet_above(std::uint64_t version, Duration hold,
                                                          const FleetFilter& filter,
                                                          const std::stop_token& stop) = 0;
    /// Why the last question failed, in a few words without place or advice.
    [[nodiscard]] virtual std::string last_failure() const = 0;
};

class FleetFeed : public FollowedFeed {
public:
    /// The fleet as it is, once it is complete (see FleetCollector::wait_settled).
    [[nodiscard]] virtual Result<std::string> fleet(const FleetFilter& filter,
                                                    const std::stop_token& stop) = 0;
    /// One worker that the fleet lists; nothing if it has left meanwhile.
    [[nodiscard]] virtual Result<std::optional<std::string>> worker(
        const std::string& id, const std::stop_token& stop) = 0;
    /// Sources that a collection of our own could not reach when fleet() was given: why, a sentence
    /// for each. A server's are its own affair.
    [[nodiscard]] virtual std::vector<std::string> unreached() const { return {}; }
};

[[nodiscard]] std::unique_ptr<FleetFeed> server_feed(HttpUrl server, HttpClientOptions client = {});
/// `fleet` must outlive the feed.
[[nodiscard]] std::unique_ptr<FleetFeed> collector_feed(FleetCollector& fleet);

/// The query that asks a server for what `filter` chooses, "?..." or empty.
[[nodiscard]] std::string query_of(const FleetFilter& filter);

}  // namespace muster
