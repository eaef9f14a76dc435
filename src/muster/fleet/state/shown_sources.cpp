#include "muster/fleet/state/shown_sources.hpp"

#include <algorithm>

namespace muster {

std::shared_ptr<const std::vector<SourceInfo>> show_sources(FleetParts& parts) {
    auto shown = std::make_shared<std::vector<SourceInfo>>();
    for (std::size_t i = 0; i < parts.sources.size(); ++i) {
        const SourceRecord& source = parts.sources[i];
        SourceInfo info{.source = {static_cast<std::uint32_t>(i)},
                        .id = source.spec.id,
                        .kind = source.spec.kind,
                        .target = source.spec.target,
                        .state = source.state,
                        .since = source.since,
                        .reason = source.reason,
                        .last_error = source.last_error,
                        .mass_silences = {},
                        .foreign_services = source.foreign_services,
                        .asked_once = source.asked_once,
                        .counters = source.counters};
        for (const ComponentId id : source.components) {
            const auto& silence = parts.component(id).mass_silence;
            if (silence) info.mass_silences.push_back(*silence);
        }
        shown->push_back(std::move(info));
    }
    return shown;
}

std::shared_ptr<const std::vector<ComponentInfo>> show_components(FleetParts& parts) {
    auto shown = std::make_shared<std::vector<ComponentInfo>>();
    for (ComponentRecord& component : parts.components) {
        ComponentInfo info{.component = component.id,
                           .name = component.spec.name,
                           .source = component.source,
                           .interval = component.interval,
                           .patience = parts.rules.patience,
                           .without_load = {}};
        component.for_each_instance([&](const InstanceRecord& instance) {
            if (instance.rare().without_load_since == kNever) return;
            info.without_load.push_back(
                {.id = make_worker_id(component.spec.name, instance.id, instance.rare().name, {}),
                 .since = instance.rare().without_load_since});
        });
        std::sort(info.without_load.begin(), info.without_load.end(),
                  [](const auto& a, const auto& b) { return a.id < b.id; });
        shown->push_back(std::move(info));
    }
    return shown;
}

}  // namespace muster
