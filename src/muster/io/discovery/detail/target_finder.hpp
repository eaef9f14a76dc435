// TargetFinder: one kind of place where workers are named: how it is read, and how one waits for it
// to change.
//
// Private to io/discovery. Belongs to its discovery's thread.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/io/discovery/discovery.hpp"

namespace muster {

class TargetFinder {
public:
    virtual ~TargetFinder() = default;
    /// What is listed now. Fails with a whole sentence; with "stopped" when the stop was asked.
    [[nodiscard]] virtual Result<std::vector<ScrapeTarget>> find(const std::stop_token& stop) = 0;
    /// Until it may have changed, or `limit` has passed, or the stop is asked.
    virtual void wait(Duration limit, const std::stop_token& stop) = 0;
};

[[nodiscard]] std::unique_ptr<TargetFinder> file_finder(const DiscoveryPlace& place);
[[nodiscard]] std::unique_ptr<TargetFinder> dns_finder(const DiscoveryPlace& place,
                                                       NameResolver& names);
[[nodiscard]] std::unique_ptr<TargetFinder> srv_finder(const DiscoveryPlace& place,
                                                       NameResolver& names);
[[nodiscard]] std::unique_ptr<TargetFinder> etcd_finder(const DiscoveryPlace& place);

/// Sleeps; ends early when the stop is asked.
void wait_or_stop(Duration limit, const std::stop_token& stop);

}  // namespace muster
