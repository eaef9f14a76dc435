// What a view shows of sources and components, made from the records.
#pragma once

#include <memory>
#include <vector>

#include "muster/fleet/source_info.hpp"
#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

[[nodiscard]] std::shared_ptr<const std::vector<SourceInfo>> show_sources(FleetParts& parts);
[[nodiscard]] std::shared_ptr<const std::vector<ComponentInfo>> show_components(FleetParts& parts);

}  // namespace muster
