// Who a worker is: (component, instance, rank), and the names people know it by.
//
// Immutable once built and shared by every view; FleetState builds it, nobody else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/labels.hpp"

namespace muster {

struct WorkerIdentity {
    /// Unique and stable across restarts of muster: `COMPONENT/INSTANCE[/RANK]`.
    std::string id;
    /// `NAMESPACE/COMPONENT` for Dynamo.
    std::string component;
    /// The Dynamo instance id (an etcd lease); absent for static workers and HTTP engines.
    std::optional<std::uint64_t> instance_id;
    /// What tells instances without an id apart: the NATS service id of a static worker.
    std::string instance_name;
    std::optional<std::uint32_t> rank;
    std::string engine;   ///< "dynamo", "vllm", ...
    std::string address;  ///< Where it is asked: `nats:SUBJECT`, `http://HOST:PORT`.
    std::vector<std::string> models;
    Labels labels;  ///< From the configuration.
    SourceId source;
    ComponentId component_id;
    /// When this id was first heard of, over generations, absences up to the end of the tombstone,
    /// and restarts of muster that has a journal. kNever: not known.
    Time first_seen = kNever;
};

/// `COMPONENT/INSTANCE[/RANK]`; INSTANCE is the decimal id, or the name where there is none.
[[nodiscard]] std::string make_worker_id(const std::string& component,
                                         std::optional<std::uint64_t> instance_id,
                                         const std::string& instance_name,
                                         std::optional<std::uint32_t> rank);

}  // namespace muster
