#include "muster/fleet/state/load_check.hpp"

#include <array>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

using enum LoadField;

constexpr std::array kCounts = {running, slots, waiting, kv_active_blocks, kv_total_blocks};
constexpr std::array kFractions = {kv_usage, prefix_hit_rate};

void drop(CheckedLoad& checked, LoadField field, RejectReason reason) noexcept {
    if (!checked.load.known.has(field)) return;
    checked.load.forget(field);
    checked.dropped.add(field, reason);
}

}  // namespace

CheckedLoad check_load(const Load& received) noexcept {
    CheckedLoad checked;
    checked.load = received;
    const Load& load = checked.load;
    for (const LoadField field : kCounts) {
        if (received.count(field).value_or(0) > kCountMax) {
            drop(checked, field, RejectReason::field_out_of_range);
        }
    }
    for (const LoadField field : kFractions) {
        const double value = received.fraction(field).value_or(0.0);
        if (!(value >= 0.0 && value <= 1.0)) {  // NaN too.
            drop(checked, field, RejectReason::field_out_of_range);
        }
    }
    if (load.known.has(kv_total_blocks) && load.kv_total_blocks == 0) {
        drop(checked, kv_total_blocks, RejectReason::field_zero_capacity);
        drop(checked, kv_usage, RejectReason::field_zero_capacity);
    }
    if (load.known.has(slots) && load.slots == 0) {
        drop(checked, slots, RejectReason::field_zero_capacity);
    }
    if (load.known.has(kv_total_blocks) && load.kv_active_blocks > load.kv_total_blocks) {
        drop(checked, kv_active_blocks, RejectReason::field_above_total);
    }
    if (load.known.has(slots) && load.running > load.slots) {
        drop(checked, running, RejectReason::field_above_total);
    }
    return checked;
}

bool all_zero(const Load& load) noexcept {
    Load zero;
    zero.known = load.known;
    return !load.known.empty() && load == zero;
}

bool busy(const Load& load) noexcept {
    return load.running > 0 || load.waiting > 0;
}

}  // namespace muster
