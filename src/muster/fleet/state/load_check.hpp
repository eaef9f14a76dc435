// What a load says that cannot be: more active than there are, a capacity of 0 beside other values,
// a fraction outside 0-1. Field by field: the bad field becomes unknown, the rest stands. The types
// were checked where the bytes were read (wire); this checks what is between the fields.
#pragma once

#include "muster/fleet/load.hpp"
#include "muster/fleet/report.hpp"

namespace muster {

struct CheckedLoad {
    Load load;
    DroppedFields dropped;  ///< The fields that became unknown.
};

[[nodiscard]] CheckedLoad check_load(const Load& received) noexcept;

/// Every known field is 0, and one is known: what a worker says before its engine started.
[[nodiscard]] bool all_zero(const Load& load) noexcept;
/// It works or has work waiting.
[[nodiscard]] bool busy(const Load& load) noexcept;

}  // namespace muster
