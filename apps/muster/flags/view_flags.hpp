// The flags of every command that shows a view: whose view (a running serve, or a collection of its
// own), and which of its workers.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "flags/flag.hpp"
#include "flags/given_flags.hpp"
#include "flags/server_flags.hpp"
#include "muster/base/error.hpp"
#include "muster/wire/fleet_json.hpp"
#include "source_options.hpp"

namespace muster {

/// Beside kSourceGroup, whose title it has.
inline constexpr FlagGroup kServerGroup{"Source", kServerFlags};

inline constexpr std::array<std::string_view, 5> kStateChoices = {"unknown", "fresh", "late",
                                                                  "stale", "lost"};
inline constexpr Flag kStateFlag{.name = "--state",
                                 .type = "STATE",
                                 .about = "unknown|fresh|late|stale|lost (repeatable)",
                                 .kind = FlagKind::list,
                                 .choices = kStateChoices};
inline constexpr Flag kLabelFlag{"--label", "NAME=VALUE", "Only with this label (repeatable)",
                                 FlagKind::list};
inline constexpr Flag kNoColorFlag{"--no-color", "", "As NO_COLOR in the environment",
                                   FlagKind::toggle, "no_color"};

/// Where a view comes from.
struct ViewRoad {
    std::optional<CollectOptions> collect;  ///< Absent: a running `muster serve` is asked.
    ServerRoad server;
};

/// --server and --nats of kServerGroup and kSourceGroup: a flag beats the environment, which beats
/// the file, also where the two name different roads. A file may name both, `server` for those who
/// look and [[nats]] for `serve`: then the server is asked.
[[nodiscard]] Result<ViewRoad> read_view_road(const GivenFlags& given);

/// --component, --state and --label.
[[nodiscard]] Result<FleetFilter> read_fleet_filter(const GivenFlags& given);

}  // namespace muster
