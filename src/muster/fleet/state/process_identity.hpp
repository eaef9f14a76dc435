// Which process speaks? A restart under the same identity starts a new generation, for which
// nothing learnt about the old process holds; two processes under one identity are told apart by
// their start.
#pragma once

#include <optional>

#include "muster/fleet/report.hpp"
#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

/// Begins a generation if the answer is from a newer process. A reason if the answer must not be
/// applied at all, not even as a proof of life.
[[nodiscard]] std::optional<RejectReason> judge_process(FleetParts& parts, InstanceRecord& instance,
                                                        const Answer& answer);

}  // namespace muster
