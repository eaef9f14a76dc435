// The truth of engines as JSON lines, in the form of SimulatedFleet's.
#include <fmt/format.h>

#include <iterator>

#include "muster/sim/detail/truth_load.hpp"
#include "muster/sim/engine_fleet.hpp"

namespace muster {

void append_truth_line(std::string& out, const EngineTruth& truth) {
    auto end = std::back_inserter(out);
    fmt::format_to(
        end, R"({{"t_ns":{},"worker":"http/{}{}","rank":{},"alive":{},"changes":{},"load":)",
        truth.changed_at_ns, truth.address, truth.rank ? fmt::format("/{}", *truth.rank) : "",
        truth.rank ? fmt::format("{}", *truth.rank) : "null", truth.alive, truth.changes);
    append_truth_load(out, truth.alive, truth.load);
}

}  // namespace muster
