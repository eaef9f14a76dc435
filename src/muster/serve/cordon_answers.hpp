// What the cordon paths answer: an order read, given to the collector, and told back.
//
// Thread rule: any; the collector has its own lock.
#pragma once

#include <string>

#include "muster/base/time.hpp"
#include "muster/base/wall_anchor.hpp"
#include "muster/collect/collector.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/io/http/http_message.hpp"
#include "muster/io/http/url.hpp"

namespace muster {

/// Which worker, and when it is asked.
struct CordonCall {
    const std::string& worker;
    Time now{};
    WallAnchor anchor;
};

/// 200 with the cordon, or 404 (not-cordoned, unknown-worker).
[[nodiscard]] HttpResponse get_cordon(const FleetView& view, const CordonCall& call);
/// 200 with the cordon as it stands now; 400, 404, 409 or 415.
[[nodiscard]] HttpResponse put_cordon(Collector& collector, const HttpRequest& request,
                                      const CordonCall& call);
/// 204, or 404 (not-cordoned). `by` is a parameter.
[[nodiscard]] HttpResponse delete_cordon(Collector& collector, const Target& target,
                                         const CordonCall& call);

}  // namespace muster
