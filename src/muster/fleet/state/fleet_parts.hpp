// FleetParts: everything that FleetState knows, in one place, and the small acts that more than one
// rule needs. The rules themselves are free functions in the files beside this one.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/expectation.hpp"
#include "muster/fleet/fleet_rules.hpp"
#include "muster/fleet/source_info.hpp"
#include "muster/fleet/state/chronicle.hpp"
#include "muster/fleet/state/cordon_book.hpp"
#include "muster/fleet/state/graveyard.hpp"
#include "muster/fleet/state/memory.hpp"
#include "muster/fleet/state/records.hpp"
#include "muster/fleet/state/roster.hpp"

namespace muster {

struct FleetParts {
    FleetParts(const FleetRules& the_rules, Time now)
        : rules(the_rules),
          origin(now),
          stepped_at(now),
          graveyard(the_rules.tombstones_max, the_rules.tombstone_kept_for) {}

    FleetRules rules;
    Time origin;      // Slots count their times from here.
    Time stepped_at;  // The last step, or the resume that took its place.
    Chronicle chronicle;
    std::deque<SourceRecord> sources;        // By SourceId.
    std::deque<ComponentRecord> components;  // By ComponentId.
    Roster roster;
    Graveyard graveyard;
    CordonBook cordons;
    RawRecordsUse raw_use;
    Memory memory;
    std::shared_ptr<CollectorPulse> pulse = std::make_shared<CollectorPulse>();

    std::uint64_t version = 0;
    bool sources_changed = true;    // A view's sources or components are out of date.
    bool graves_changed = false;    // A view's tombstones are.
    bool states_changed = false;    // Some worker passed from one state to another.
    Time state_check_at = kNotDue;  // No row passes to another state before this.
    Time conflicts_end_at = kNotDue;
    Time state_sums_at = kNotDue;  // No component tells a sum of passages before this.
    std::shared_ptr<const std::vector<SourceInfo>> shown_sources;
    std::shared_ptr<const std::vector<ComponentInfo>> shown_components;

    std::vector<ExpectedInfo> expected;  // By component's name.
    bool expected_due = false;           // Somebody came or went: it must be counted anew.
    bool expected_changed = false;       // A view's is out of date.
    std::shared_ptr<const std::vector<ExpectedInfo>> shown_expected;

    [[nodiscard]] SourceRecord& source(SourceId id) { return sources[id.value]; }
    [[nodiscard]] ComponentRecord& component(ComponentId id) { return components[id.value]; }
    [[nodiscard]] SourceRecord& source_of(const ComponentRecord& c) { return source(c.source); }
    /// Of all components, those that offer no load too: who invents components may not have more.
    [[nodiscard]] std::size_t instance_count() const {
        std::size_t count = 0;
        for (const ComponentRecord& c : components) count += c.instance_count();
        return count;
    }
};

}  // namespace muster
