// FleetQuery: what a request's parameters ask of the view.
//
// Pure; any thread. Every complaint names the parameter and says what it takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/io/http/url.hpp"
#include "muster/wire/fleet_json.hpp"

namespace muster {

/// Values that one list may have (component, state, label, fields); each is compared with every
/// worker.
inline constexpr std::size_t kQueryValuesMax = 32;

/// Which parameters a path takes.
struct FleetQueryRules {
    bool filters = false;    ///< component, state, label
    bool fields = false;     ///< fields
    bool history = false;    ///< fields may name `history`
    bool long_poll = false;  ///< wait_version, timeout
    bool past = false;       ///< at
    WallTime now{};          ///< For moments given as "so long ago".
    Duration timeout_max{};
    bool event_rate = false;           ///< max_rate
    std::uint32_t event_rate_max = 0;  ///< What it may be.
};

struct FleetQuery {
    FleetFilter filter;
    std::optional<std::uint64_t> wait_version;
    std::optional<Duration> timeout;
    std::optional<std::uint32_t> max_rate;  ///< Above 0.
    bool history = true;                    ///< Not named where `fields` names others.
    std::optional<WallTime> at;
    /// Equal for queries that choose the same: their text may be shared.
    std::string key;
};

/// A moment: RFC 3339, or a duration (so long before `now`). A "+" that came as a blank, because it
/// was not encoded, is understood. Nothing if it is neither.
[[nodiscard]] std::optional<WallTime> read_moment(std::string text, WallTime now);

/// Lists may be given by repetition or with commas. Fails with bad_input, client.
[[nodiscard]] Result<FleetQuery> parse_fleet_query(const std::vector<QueryParameter>& parameters,
                                                   const FleetQueryRules& rules);

}  // namespace muster
