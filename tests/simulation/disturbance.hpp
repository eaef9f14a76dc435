// Whether something is ill now, and since when it is not. Faults overlap, so illness is counted.
#pragma once

#include <algorithm>

#include "muster/base/time.hpp"

namespace muster {

class Disturbance {
public:
    void begin() noexcept { ++depth_; }
    void end(Time now) noexcept {
        --depth_;
        ended_ = std::max(ended_, now);
    }
    /// Something happened at `now` and is over.
    void touch(Time now) noexcept { ended_ = std::max(ended_, now); }
    [[nodiscard]] bool clean_since(Time moment) const noexcept {
        return depth_ == 0 && ended_ <= moment;
    }
    [[nodiscard]] bool standing() const noexcept { return depth_ > 0; }

private:
    int depth_ = 0;
    Time ended_{};
};

}  // namespace muster
