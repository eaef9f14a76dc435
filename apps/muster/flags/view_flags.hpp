// The flags of every command that shows a view: whose view (a running serve, or a collection of its
// own), and which of its workers.
#pragma once

#include <array>
#include <optional>

#include "flags/flag.hpp"
#include "flags/given_flags.hpp"
#include "flags/server_flags.hpp"
#include "muster/base/error.hpp"
#include "muster/wire/fleet_json.hpp"
#include "source_options.hpp"

namespace muster {

/// Beside kSourceGroup, whose title it has.
inline constexpr FlagGroup kServerGroup{"Source", kServerFlags};

inline constexpr Flag kStateFlag{"--state", "STATE", "unknown|fresh|late|stale|lost (repeatable)",
                                 FlagKind::list};
inline constexpr Flag kLabelFlag{"--label", "KEY=VALUE", "Only with this label (repeatable)",
                                 FlagKind::list};
inline constexpr Flag kNoColorFlag{"--no-color", "", "As NO_COLOR in the environment",
                                   FlagKind::toggle};

/// Where a view comes from.
struct ViewRoad {
    std::optional<CollectOptions> collect;  ///< Absent: a running `muster serve` is asked.
    ServerRoad server;
};

/// kServerGroup and --nats of kSourceGroup: a flag beats the environment, also where
/// the two name different roads.
[[nodiscard]] Result<ViewRoad> read_view_road(const GivenFlags& given);

/// --component, --state and --label.
[[nodiscard]] Result<FleetFilter> read_fleet_filter(const GivenFlags& given);

}  // namespace muster
