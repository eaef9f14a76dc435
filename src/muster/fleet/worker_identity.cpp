#include "muster/fleet/worker_identity.hpp"

namespace muster {

std::string make_worker_id(const std::string& component, std::optional<std::uint64_t> instance_id,
                           const std::string& instance_name, std::optional<std::uint32_t> rank) {
    std::string id = component;
    id += '/';
    id += instance_id ? std::to_string(*instance_id) : instance_name;
    if (rank) {
        id += '/';
        id += std::to_string(*rank);
    }
    return id;
}

}  // namespace muster
