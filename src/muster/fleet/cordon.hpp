// Cordon: an operator's mark on a worker, with who made it, when and why.
//
// It belongs to the id, not to the process: it stands until it is lifted, also over a restart, an
// absence and the end of the tombstone. muster itself does nothing to a cordoned worker; who places
// requests is expected to leave it alone. Immutable once made; shared by every view.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "muster/base/time.hpp"

namespace muster {

struct Cordon {
    std::string worker;  ///< Its id.
    std::string why;
    std::string by;  ///< Empty: not told.
    Time since{};

    friend bool operator==(const Cordon&, const Cordon&) = default;
};

using CordonPtr = std::shared_ptr<const Cordon>;
/// Sorted by worker.
using Cordons = std::vector<CordonPtr>;

/// What became of a wish to cordon.
enum class CordonOutcome : std::uint8_t {
    made,            ///< It was not cordoned before.
    kept,            ///< It was, since then; why and by are those given now.
    unknown_worker,  ///< Neither among the workers nor among the tombstones.
    too_many,        ///< kCordonsMax stand already.
};

}  // namespace muster
