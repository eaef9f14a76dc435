#include "muster/dynamo/service_set.hpp"

#include <utility>

namespace muster::dynamo {

Result<void> ServiceSet::add(std::string_view payload) {
    if (payload.empty()) return {};
    Result<StrictServiceInfo> service = decode_service_strictly(payload, release_);
    if (!service) return std::unexpected(service.error());
    services_.push_back(std::move(*service));
    return {};
}

std::vector<EndpointInfo> ServiceSet::into_endpoints() {
    std::vector<EndpointInfo> endpoints;
    for (StrictServiceInfo& service : services_) {
        for (StrictEndpointInfo& endpoint : service.endpoints) {
            endpoints.push_back({.name = std::move(endpoint.name),
                                 .subject = std::move(endpoint.subject),
                                 .data = std::move(endpoint.stats)});
        }
    }
    services_.clear();
    return endpoints;
}

std::vector<EndpointInfo> keep_prefixed(std::vector<EndpointInfo> endpoints,
                                        std::string_view subject) {
    std::erase_if(endpoints, [&](const EndpointInfo& endpoint) {
        return !endpoint.subject.starts_with(subject);
    });
    return endpoints;
}

}  // namespace muster::dynamo
