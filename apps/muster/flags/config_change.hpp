// ConfigChange: what differs between two readings of a configuration, and what of it a running
// `serve` can take.
//
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "flags/command.hpp"
#include "flags/given_flags.hpp"

namespace muster {

struct ConfigChange {
    std::vector<std::string> applied;        ///< Keys: "collection.patience", "labels".
    std::vector<std::string> needs_restart;  ///< Keys: "serve.listen", "nats[2].url", "nats[3]".
};

/// `started`: what the command runs with; of what can be taken meanwhile, `last` is in force.
[[nodiscard]] ConfigChange config_change(const CommandSpec& spec, const GivenFlags& started,
                                         const GivenFlags& last, const GivenFlags& now);

/// "configuration read again: applied A, B; needs a restart: C"
[[nodiscard]] std::string words_of(const ConfigChange& change);

}  // namespace muster
