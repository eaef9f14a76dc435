// ViewBuilder makes a FleetView by hand, for tests of whatever reads views: no collector, no state.
//
// Ages are given as of `now`. Rows are sorted on build(), as in any view. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muster/fleet/fleet_view.hpp"

namespace muster::testing {

/// One worker; the defaults are a fresh one of Dynamo without any known field.
struct BuiltRow {
    std::string component = "dynamo/backend";
    std::optional<std::uint64_t> instance_id = 1;
    std::string instance_name = {};
    std::optional<std::uint32_t> rank = {};
    std::string engine = "dynamo";
    std::string address = "nats:dynamo_backend.load_metrics-1";
    std::vector<std::string> models = {};
    std::optional<Load> load = Load{};             ///< Absent: unknown worker.
    Duration age = std::chrono::milliseconds(10);  ///< Of the record.
    std::optional<Duration> confirmed_age = {};    ///< If the slot confirms it later.
    Duration alive_age = std::chrono::milliseconds(10);
    std::optional<Duration> rtt = {};
    std::uint32_t missed = 0;
    Duration interval = std::chrono::milliseconds(250);
    Duration patience = std::chrono::milliseconds(300);
    std::uint32_t generation = 1;
    std::vector<std::pair<WorkerFlag, Duration>> flags = {};  ///< With the age of each.
    Road road = Road::polled;
    bool cut_off = false;
    bool triggers_only = false;
    std::optional<Duration> silent_for = {};
    SpecDecodePtr spec_decode = {};
    std::optional<Cordon> cordon = {};  ///< With its flag; `worker` is filled in.
    Labels labels = {};
    std::optional<Duration> first_seen_ago = {};
    WorkerTroublePtr trouble = {};
    WorkerActivityPtr activity = {};
    std::optional<Duration> captured_lag = {};
    SourceId source = {};
    ComponentId component_id = {};
};

class ViewBuilder {
public:
    explicit ViewBuilder(Time now) : now_(now) {
        parts_.pulse = pulse_;
        pulse_->last_step_nanos = now.time_since_epoch().count();
    }

    ViewBuilder& version(std::uint64_t version) {
        parts_.version = version;
        return *this;
    }
    ViewBuilder& add(BuiltRow row) {
        rows_.push_back(std::move(row));
        return *this;
    }
    ViewBuilder& lost(const BuiltRow& row, Duration ago, LostReason reason, std::string detail);
    ViewBuilder& source(SourceInfo source) {
        sources_.push_back(std::move(source));
        return *this;
    }
    ViewBuilder& component(ComponentInfo component) {
        components_.push_back(std::move(component));
        return *this;
    }
    ViewBuilder& expected(ExpectedInfo expected) {
        expected_.push_back(std::move(expected));
        return *this;
    }
    /// The last step of the collector, shared by all views built from here.
    [[nodiscard]] const std::shared_ptr<CollectorPulse>& pulse() const noexcept { return pulse_; }
    [[nodiscard]] FleetViewPtr build() const;

private:
    Time now_;
    std::shared_ptr<CollectorPulse> pulse_ = std::make_shared<CollectorPulse>();
    FleetView::Parts parts_;
    std::vector<BuiltRow> rows_;
    Tombstones tombstones_;
    std::vector<SourceInfo> sources_;
    std::vector<ComponentInfo> components_;
    std::vector<ExpectedInfo> expected_;
};

/// All seven fields, from four numbers.
[[nodiscard]] Load load_of(std::uint64_t running, std::uint64_t waiting,
                           std::uint64_t kv_active_blocks, double kv_usage);

}  // namespace muster::testing
