// Whether a range holds a value; g++ 12's library has no std::ranges::contains.
#pragma once

#include <algorithm>
#include <functional>

namespace muster {

template <typename Range, typename Value, typename Projection = std::identity>
[[nodiscard]] bool is_among(const Range& range, const Value& value, Projection projection = {}) {
    return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

}  // namespace muster
