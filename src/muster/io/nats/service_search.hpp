// ServiceSearch: which services there are, where no component is named.
//
// Answers to `$SRV.PING` name services; each new one is asked once what it is (`$SRV.INFO`), and
// its description names namespace and component, or it is foreign: listed, never asked for load.
// Nobody is withdrawn by it: silence is judged by the collector. Pure; bounded against liars.
// Thread rule: one caller at a time.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster {

class ServiceSearch {
public:
    /// Services remembered; beyond it new ones are not asked what they are until others have gone.
    static constexpr std::size_t kServicesMax = 20'000;
    static constexpr std::size_t kForeignMax = 256;
    static constexpr std::size_t kComponentsMax = 1'000;
    /// Not seen in so long, it is forgotten (and asked again if it returns).
    static constexpr Duration kForgottenAfter = std::chrono::seconds(60);

    struct Found {
        ComponentName name;
        std::string service;
    };

    /// A new search begins: services that did not say what they are may be asked again.
    void begin(Time now);
    /// The `$SRV.INFO` subject to ask, if this service is new.
    [[nodiscard]] std::optional<std::string> on_ping(std::string_view service, std::string_view id,
                                                     Time now);
    /// An earlier run found this component under this service name.
    void remember(const ComponentName& name, const std::string& service);
    /// The component it belongs to, if that is new, or goes by another service name than it is
    /// remembered by.
    [[nodiscard]] std::optional<Found> on_info(std::string_view service, std::string_view id,
                                               std::string_view description);
    /// The names of foreign services, sorted, if they changed since the last call.
    [[nodiscard]] std::optional<std::vector<std::string>> take_foreign();

private:
    struct Service {
        Time seen{};
        bool told = false;  // It said what it is.
        bool asked = false;
    };
    void add_foreign(std::string name);

    std::unordered_map<std::string, Service> services_;  // By service id.
    std::map<ComponentName, std::string> components_;    // To the service name they are asked by.
    std::set<ComponentName> remembered_;                 // Of these, not seen by this run yet.
    std::set<std::string> foreign_;
    bool foreign_changed_ = false;
};

}  // namespace muster
