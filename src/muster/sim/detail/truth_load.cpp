#include "muster/sim/detail/truth_load.hpp"

#include <fmt/format.h>

#include <iterator>

namespace muster {

void append_truth_load(std::string& out, bool alive, const Load& load) {
    if (!alive) {
        out += "null}\n";
        return;
    }
    fmt::format_to(std::back_inserter(out),
                   R"({{"running":{},"slots":{},"waiting":{},"kv_active_blocks":{},)"
                   R"("kv_total_blocks":{},"kv_usage":{},"prefix_hit_rate":{}}}}})"
                   "\n",
                   load.running, load.slots, load.waiting, load.kv_active_blocks,
                   load.kv_total_blocks, static_cast<float>(load.kv_usage),
                   static_cast<float>(load.prefix_hit_rate));
}

}  // namespace muster
