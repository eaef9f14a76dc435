// See service_search.hpp.
#include "muster/io/nats/service_search.hpp"

#include <algorithm>
#include <utility>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

/// What NATS allows in a service's name and id. Anything else would change the subject we ask on.
bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

}  // namespace

void ServiceSearch::begin(Time now) {
    std::erase_if(services_,
                  [&](const auto& entry) { return now - entry.second.seen > kForgottenAfter; });
    for (auto& [id, service] : services_) service.asked = service.told;
}

std::optional<std::string> ServiceSearch::on_ping(std::string_view service, std::string_view id,
                                                  Time now) {
    if (!is_plain(service) || !is_plain(id)) return std::nullopt;
    auto at = services_.find(std::string(id));
    if (at == services_.end()) {
        if (services_.size() >= kServicesMax) return std::nullopt;
        at = services_.emplace(id, Service{}).first;
    }
    at->second.seen = now;
    if (at->second.asked) return std::nullopt;
    at->second.asked = true;
    return service_subject(ServiceVerb::info, service, id);
}

std::optional<ServiceSearch::Found> ServiceSearch::on_info(std::string_view service,
                                                           std::string_view id,
                                                           std::string_view description) {
    const auto at = services_.find(std::string(id));
    if (at == services_.end() || at->second.told) return std::nullopt;
    at->second.told = true;
    const auto name = component_of_description(description);
    if (!name || !is_service_of(service, *name)) {
        add_foreign(std::string(service));
        return std::nullopt;
    }
    const bool remembered = remembered_.erase(*name) > 0;
    if (const auto known = components_.find(*name); known != components_.end()) {
        if (remembered && known->second != service) {
            // A release that spells it otherwise took its place while we were away.
            known->second = service;
            return Found{*name, std::string(service)};
        }
        // Two releases side by side spell one component's service in two ways; one is asked.
        if (known->second != service) add_foreign(std::string(service));
        return std::nullopt;
    }
    if (components_.size() >= kComponentsMax) {
        add_foreign(std::string(service));
        return std::nullopt;
    }
    components_.emplace(*name, service);
    return Found{*name, std::string(service)};
}

void ServiceSearch::remember(const ComponentName& name, const std::string& service) {
    if (components_.size() >= kComponentsMax) return;
    if (components_.emplace(name, service).second) remembered_.insert(name);
}

void ServiceSearch::add_foreign(std::string name) {
    if (foreign_.size() < kForeignMax && foreign_.insert(std::move(name)).second) {
        foreign_changed_ = true;
    }
}

std::optional<std::vector<std::string>> ServiceSearch::take_foreign() {
    if (!std::exchange(foreign_changed_, false)) return std::nullopt;
    return std::vector<std::string>(foreign_.begin(), foreign_.end());
}

}  // namespace muster
