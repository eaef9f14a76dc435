// The truth of engines as JSON lines, in the form of SimulatedFleet's.
#include <fmt/format.h>

#include <iterator>

#include "muster/sim/engine_fleet.hpp"

namespace muster {

void append_truth_line(std::string& out, const EngineTruth& truth) {
    auto end = std::back_inserter(out);
    fmt::format_to(
        end, R"({{"t_ns":{},"worker":"http/{}{}","rank":{},"alive":{},"changes":{},"load":)",
        truth.changed_at_ns, truth.address, truth.rank ? fmt::format("/{}", *truth.rank) : "",
        truth.rank ? fmt::format("{}", *truth.rank) : "null", truth.alive, truth.changes);
    if (!truth.alive) {
        out += "null}\n";
        return;
    }
    const Load& load = truth.load;
    fmt::format_to(end,
                   R"({{"running":{},"slots":{},"waiting":{},"kv_active_blocks":{},)"
                   R"("kv_total_blocks":{},"kv_usage":{},"prefix_hit_rate":{}}}}})",
                   load.running, load.slots, load.waiting, load.kv_active_blocks,
                   load.kv_total_blocks, static_cast<float>(load.kv_usage),
                   static_cast<float>(load.prefix_hit_rate));
    out += '\n';
}

}  // namespace muster
