// KnownService: a Dynamo component and the name its service had, found by an earlier run of muster.
//
// With them a restart asks at once whom it knew, also those who are not there any more: only who is
// asked can be missed. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "muster/fleet/restored_fleet.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster {

struct KnownService {
    ComponentName name;
    std::string service;
    friend bool operator==(const KnownService&, const KnownService&) = default;
};

/// Those of the workers that this source had, each once, by name. None if it spoke to another
/// target.
[[nodiscard]] std::vector<KnownService> known_services(const RestoredFleet& fleet,
                                                       const std::string& source_id,
                                                       const std::string& target);

}  // namespace muster
