// WorkerTrouble: why a worker that is asked tells no load, or that another engine answers in its
// place, in a name for programs and a sentence for people.
//
// Said by a source that asks each worker by itself (HTTP): it knows what went wrong with which.
// Immutable once made; shared by every view.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"

namespace muster {

/// The one kind that a worker with a load can have: its address is another engine's now.
inline constexpr std::string_view kOtherEngine = "other_engine";

struct WorkerTrouble {
    std::string kind;  ///< "refused", "not_found"...: stable names, in docs/guide/discovery.md.
    std::string what;  ///< "what: where: what to do", one line.
    Time since{};      ///< Of this kind.

    friend bool operator==(const WorkerTrouble&, const WorkerTrouble&) = default;
};

/// Null: there is none.
using WorkerTroublePtr = std::shared_ptr<const WorkerTrouble>;

}  // namespace muster
