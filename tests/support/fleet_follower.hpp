// FleetFollower: a client of the event stream as docs/guide/http.md tells people to write one.
//
// Takes events one by one and keeps the document that GET /v1/fleet would give. It knows nothing of
// the server's code: it is the oracle for it. One thread.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace muster::testing {

struct StreamEvent {
    std::string name;
    std::string id;
    nlohmann::json data;
};

/// Reads one event, framed by the empty line behind it; nothing if it is broken. Takes what it
/// read off `text`; leaves an event that is not whole yet, and says so by an empty name.
[[nodiscard]] std::optional<StreamEvent> take_event(std::string& text);

class FleetFollower {
public:
    /// False if the event cannot be: an unknown one, a change before the whole, ages of other
    /// workers than we have.
    [[nodiscard]] bool take(const StreamEvent& event);

    [[nodiscard]] const nlohmann::json& fleet() const noexcept { return fleet_; }
    [[nodiscard]] const std::string& last_id() const noexcept { return last_id_; }
    std::size_t wholes = 0;  ///< Events of each kind taken.
    std::size_t changes = 0;
    std::size_t ages = 0;

private:
    void apply_change(const nlohmann::json& change);
    [[nodiscard]] bool apply_ages(const nlohmann::json& told);

    nlohmann::json fleet_;
    std::string last_id_;
};

/// The document without what is volatile: times, ages, round trips, misses, counters of sources.
[[nodiscard]] nlohmann::json without_volatile(nlohmann::json fleet);

/// "" if the two say the same; else where they first differ.
[[nodiscard]] std::string difference(const nlohmann::json& a, const nlohmann::json& b);

}  // namespace muster::testing
