// The truth as JSON lines, for whoever compares what muster says with what was so.
#include <fmt/format.h>

#include <iterator>

#include "muster/sim/fleet.hpp"

namespace muster {

void append_truth_line(std::string& out, const WorkerTruth& truth, const ComponentName& component) {
    auto end = std::back_inserter(out);
    fmt::format_to(end, R"({{"t_ns":{},"worker":"{}/{}","rank":)", truth.changed_at_ns,
                   to_string(component), truth.instance_id);
    if (truth.rank)
        fmt::format_to(end, "{}", *truth.rank);
    else
        out += "null";
    fmt::format_to(end, R"(,"alive":{},"changes":{},"requests_total":{},"load":)", truth.alive,
                   truth.changes, truth.requests_total);
    if (!truth.alive) {
        out += "null}\n";
        return;
    }
    // Fractions with the digits of the 32-bit floats that workers hold, as muster shows them.
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
