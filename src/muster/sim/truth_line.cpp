// The truth as JSON lines, for whoever compares what muster says with what was so.
#include <fmt/format.h>

#include <iterator>

#include "muster/sim/detail/truth_load.hpp"
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
    append_truth_load(out, truth.alive, truth.load);
}

}  // namespace muster
