// `muster sim`: simulated workers on a real NATS server, or engines on ports of their own, until it
// is asked to stop.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "error_report.hpp"
#include "muster/base/error.hpp"
#include "muster/sim/engine_fleet.hpp"
#include "muster/sim/fleet.hpp"

namespace muster {

/// The flags as text, with their defaults.
struct SimFlags {
    std::string engine;  ///< The positional: `dynamo`, `vllm`...
    std::string nats = "nats://127.0.0.1:4222";
    std::string component = "dynamo/backend";
    std::string workers = "8";
    std::string seed = "1";
    std::string rate = "1";
    std::string load = "model";
    std::string jitter = "0";
    std::string release = "0.5.1";
    // Of engines over HTTP.
    std::string host = "127.0.0.1";
    std::string port = "0";
    std::string ranks = "1";
    std::string model = "acme/chat-8b";
    std::string duration;             ///< Empty: until stopped.
    std::vector<std::string> faults;  ///< As `--fault` gives them.
    std::string script;               ///< A file of faults.
    std::string print_truth;          ///< A file, or `-`.
    bool no_push = false;
    bool quiet = false;
};

struct SimOptions {
    SimulatedFleetOptions fleet;  ///< Read where there are no engines.
    std::optional<SimulatedEnginesOptions> engines;
    std::string truth_file;  ///< Empty: none; `-`: stdout.
    Duration duration = kForever;
    bool quiet = false;
};

/// Reads the script's file too. bad_input, naming the flag and what to write.
[[nodiscard]] Result<SimOptions> read_sim_flags(const SimFlags& flags);

/// Runs until the stop is asked or the duration is over, then tells on stderr what was said and
/// what it cost this process.
[[nodiscard]] ExitCode run_sim(const SimOptions& options, const std::stop_token& stop);

}  // namespace muster
