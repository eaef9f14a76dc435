// Applies events as the guide says; see the header.
#include "support/fleet_follower.hpp"

#include <array>
#include <map>
#include <set>
#include <utility>

namespace muster::testing {

using nlohmann::json;

std::optional<StreamEvent> take_event(std::string& text) {
    const auto end = text.find("\n\n");
    if (end == std::string::npos) return StreamEvent{};
    StreamEvent event;
    std::string_view lines = std::string_view(text).substr(0, end + 1);
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(line.size() + 1);
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) return std::nullopt;
        const std::string_view field = line.substr(0, colon);
        const std::string_view value = line.substr(colon + 2);
        if (field == "event")
            event.name = value;
        else if (field == "id")
            event.id = value;
        else if (field == "data")
            event.data = json::parse(value, nullptr, false);
        else if (field != "retry")
            return std::nullopt;
    }
    text.erase(0, end + 2);
    if (event.name.empty() || !event.data.is_object()) return std::nullopt;
    return event;
}

bool FleetFollower::take(const StreamEvent& event) {
    if (event.name == "fleet") {
        ++wholes;
        fleet_ = event.data;
    } else if (fleet_.is_null()) {
        return false;
    } else if (event.name == "change") {
        ++changes;
        apply_change(event.data);
    } else if (event.name == "ages") {
        ++ages;
        return apply_ages(event.data);
    } else {
        return false;
    }
    last_id_ = event.id;
    return true;
}

void FleetFollower::apply_change(const json& change) {
    std::map<std::string, json> workers;
    for (json& worker : fleet_["workers"]) {
        const auto id = worker["id"].get<std::string>();
        workers[id] = std::move(worker);
    }
    for (const json& left : change["left"]) workers.erase(left["id"].get<std::string>());
    for (const json& worker : change["workers"]) workers[worker["id"].get<std::string>()] = worker;
    fleet_["workers"] = json::array();
    for (auto& [id, worker] : workers) fleet_["workers"].push_back(std::move(worker));

    if (change.contains("lost")) {
        std::set<std::string> ended;
        for (const json& id : change["lost_ended"]) ended.insert(id.get<std::string>());
        json lost = json::array();
        for (const json& entry : change["lost"]) ended.insert(entry["id"].get<std::string>());
        for (json& entry : fleet_["lost"]) {
            if (!ended.contains(entry["id"].get<std::string>())) lost.push_back(std::move(entry));
        }
        for (const json& entry : change["lost"]) lost.push_back(entry);
        fleet_["lost"] = std::move(lost);
    }
    for (const auto& [member, value] : change.items()) {
        constexpr std::array<std::string_view, 4> kApplied = {"workers", "left", "lost",
                                                              "lost_ended"};
        if (std::ranges::find(kApplied, member) != kApplied.end()) continue;
        fleet_[member] = value;
        if (value.is_null()) fleet_.erase(member);
    }
}

bool FleetFollower::apply_ages(const json& told) {
    json& workers = fleet_["workers"];
    for (const char* member : {"age_ms", "record_age_ms", "alive_age_ms", "missed"}) {
        if (!told.contains(member)) continue;
        if (told[member].size() != workers.size()) return false;
        for (std::size_t i = 0; i < workers.size(); ++i) {
            if (workers[i].contains(member)) workers[i][member] = told[member][i];
        }
    }
    fleet_["time"] = told["time"];
    return told["version"] == fleet_["version"];
}

json without_volatile(json fleet) {
    fleet.erase("time");
    fleet["stats"].erase("oldest_age_ms");
    for (json& worker : fleet["workers"]) {
        for (const char* member :
             {"age_ms", "record_age_ms", "captured_age_ms", "alive_age_ms", "rtt_ms", "missed"}) {
            worker.erase(member);
        }
    }
    for (json& source : fleet["sources"]) {
        for (auto at = source.begin(); at != source.end();) {
            const bool counter = at->is_number() || at.key() == "rejected";
            at = counter ? source.erase(at) : std::next(at);
        }
    }
    return fleet;
}

std::string difference(const json& a, const json& b) {
    if (a == b) return {};
    return json::diff(a, b).front().dump() + " (and more)";
}

}  // namespace muster::testing
