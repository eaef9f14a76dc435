// WithdrawalHold: what a listing of discovery takes away, and whether that is believed at once.
//
// An empty listing where there were workers is an outage of discovery; one that takes half of them
// (and three) away is held until the same ones are missing ten seconds later. Pure; one thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "muster/base/time.hpp"

namespace muster {

class WithdrawalHold {
public:
    using Names = std::set<std::string>;
    static constexpr Duration kHoldFor = std::chrono::seconds(10);

    enum class Outcome : std::uint8_t {
        taken,   ///< These are the workers now.
        held,    ///< New ones have come; nobody has left yet: look again within kHoldFor.
        outage,  ///< Nothing is listed any more: nobody leaves.
    };
    /// Looks at a listing and, unless it is an outage, remembers who is a worker now.
    Outcome judge(const Names& listed, Time now);
    /// Who is a worker: those listed, and those that are held.
    [[nodiscard]] const Names& workers() const noexcept { return workers_; }

private:
    Names workers_;
    Names held_;
    Time held_since_ = kNever;
};

}  // namespace muster
