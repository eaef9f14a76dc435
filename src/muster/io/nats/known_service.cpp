#include "muster/io/nats/known_service.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace muster {
namespace {

/// A worker's address is "nats:SERVICE.ENDPOINT-ID".
std::string service_of(const RestoredWorker& worker, const ComponentName& name) {
    std::string_view address = worker.identity.address;
    constexpr std::string_view kScheme = "nats:";
    if (address.starts_with(kScheme)) {
        address.remove_prefix(kScheme.size());
        const std::string_view service = address.substr(0, address.find('.'));
        if (is_service_of(service, name)) return std::string(service);
    }
    return service_name(name);
}

}  // namespace

std::vector<KnownService> known_services(const RestoredFleet& fleet, const std::string& source_id,
                                         const std::string& target) {
    const bool same = std::ranges::any_of(fleet.sources, [&](const RestoredSource& source) {
        return source.id == source_id && source.target == target;
    });
    std::map<ComponentName, std::string> found;
    for (const RestoredWorker& worker : fleet.workers) {
        if (!same || worker.source != source_id) continue;
        const auto name = parse_component_name(worker.identity.component);
        if (name && !found.contains(*name)) found.emplace(*name, service_of(worker, *name));
    }
    std::vector<KnownService> services;
    for (const auto& [name, service] : found) services.push_back({name, service});
    return services;
}

}  // namespace muster
