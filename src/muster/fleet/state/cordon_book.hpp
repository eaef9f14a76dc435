// CordonBook: the cordons by worker id, and the acts on them. Bounded (kCordonsMax).
//
// A cordon outlives its worker's row: whoever makes or renames a row asks mark_cordoned. Belongs to
// FleetState.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "muster/fleet/cordon.hpp"

namespace muster {

struct FleetParts;
struct WorkerRow;

class CordonBook {
public:
    /// Null if there is none.
    [[nodiscard]] CordonPtr find(std::string_view worker) const {
        const auto at = by_worker_.find(worker);
        return at == by_worker_.end() ? nullptr : at->second;
    }
    void put(CordonPtr cordon) {
        by_worker_.insert_or_assign(cordon->worker, std::move(cordon));
        changed_ = true;
    }
    bool erase(std::string_view worker) {
        const auto at = by_worker_.find(worker);
        if (at == by_worker_.end()) return false;
        by_worker_.erase(at);
        return changed_ = true;
    }
    [[nodiscard]] std::size_t size() const noexcept { return by_worker_.size(); }
    /// Whether shared() would give another object than the last time.
    [[nodiscard]] bool changed() const noexcept { return changed_; }
    /// All, by worker; the same object until something changed.
    [[nodiscard]] std::shared_ptr<const Cordons> shared() {
        if (!std::exchange(changed_, false)) return shared_;
        auto all = std::make_shared<Cordons>();
        for (const auto& [worker, cordon] : by_worker_) all->push_back(cordon);
        return shared_ = std::move(all);
    }
    [[nodiscard]] Cordons all() const {
        Cordons all;
        for (const auto& [worker, cordon] : by_worker_) all.push_back(cordon);
        return all;
    }

private:
    std::map<std::string, CordonPtr, std::less<>> by_worker_;
    std::shared_ptr<const Cordons> shared_ = std::make_shared<const Cordons>();
    bool changed_ = false;
};

/// Keeps the cordon (its `since` is read only if it is new) and marks the worker, if it is there.
[[nodiscard]] CordonOutcome make_cordon(FleetParts& parts, Cordon cordon, Time now);
/// Keeps it whether or not anyone knows the worker (yet); never beyond kCordonsMax.
void restore_cordon(FleetParts& parts, Cordon cordon, Time now);
/// False if it was not cordoned. `by` may be empty.
[[nodiscard]] bool lift_cordon(FleetParts& parts, std::string_view worker, std::string_view by,
                               Time now);
/// The row is new, or has another id than `old_id`: a cordon of its id marks it; one of the old id
/// goes with the row.
void mark_cordoned(FleetParts& parts, WorkerRow& row, const std::string& old_id, Time now);

}  // namespace muster
