// Schedule: who is asked when. Pure: it looks at FleetState's rounds and the time.
//
// A component is asked once an interval; at most three of its rounds are outstanding (a round is
// outstanding until its echo is back); a suspect source gets echoes only, one at a time; a
// disconnected one nothing. Those rules are FleetState's; this turns them into things to send.
#pragma once

#include <vector>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/collect/source.hpp"
#include "muster/fleet/fleet_state.hpp"

namespace muster {

/// One thing to send: a question with its echo, or an echo alone.
struct Asking {
    SourceId source;
    Question question;
    bool echo_only = false;
};

class Schedule {
public:
    /// Appends what must be sent at `now` and records it in the state as sent.
    void collect_due(FleetState& state, Time now, std::vector<Asking>& due);
    /// The earliest time at which collect_due may have something.
    [[nodiscard]] Time next_due(const FleetState& state) const;
};

}  // namespace muster
