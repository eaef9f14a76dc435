#include "muster/fleet/worker_identity.hpp"

namespace muster {

std::string make_worker_id(const std::string& component, std::optional<std::uint64_t> instance_id,
                           const std::string& instance_name, std::optional<std::uint32_t> rank) {
    const std::string instance = instance_id ? std::to_string(*instance_id) : instance_name;
    const std::string of_rank = rank ? '/' + std::to_string(*rank) : std::string();
    std::string id;
    // Kept as long as the worker is known: no room to spare.
    id.reserve(component.size() + 1 + instance.size() + of_rank.size());
    return id.append(component).append("/").append(instance).append(of_rank);
}

}  // namespace muster
