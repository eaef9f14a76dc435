// The bytes a simulated worker sends: its answers to `$SRV` questions and its pushes, as genuine
// workers of its release send them, or broken as its faults say.
//
// Pure functions that append to the caller's string; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "muster/sim/process.hpp"
#include "muster/wire/dynamo_names.hpp"
#include "muster/wire/metrics_record.hpp"

namespace muster {

/// One process's answer to one question. Record and count are those of the moment of the question.
struct SimulatedAnswer {
    ServiceVerb verb = ServiceVerb::stats;
    std::uint64_t instance_id = 0;
    MetricsRecord record;
    std::uint64_t requests_total = 0;
    std::uint32_t flood = 0;  ///< Endpoints listed beside the usual ones.
};

void write_answer(std::string& out, const ProcessPlan& plan, const SimulatedProcess& process,
                  const SimulatedAnswer& answer);

/// Kinds of garbage; `turn` modulo this chooses one.
inline constexpr std::uint32_t kGarbageKinds = 12;

/// As write_answer, spoilt: cut off, no UTF-8, not JSON, a required field missing, a record of the
/// wrong types, ... one kind per turn.
void write_garbage_answer(std::string& out, const ProcessPlan& plan,
                          const SimulatedProcess& process, const SimulatedAnswer& answer,
                          std::uint32_t turn);

/// A pushed event, spoilt in the same manner.
void write_garbage_event(std::string& out, std::uint64_t worker_id, const MetricsRecord& record,
                         std::uint32_t turn);

}  // namespace muster
