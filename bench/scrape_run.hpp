// What the two programs that scrape have in common: whom they ask, and how they measure.
#pragma once

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "process_cost.hpp"

namespace muster::bench {

/// A URL a line.
inline std::vector<std::string> urls_of(const Arguments& arguments) {
    std::ifstream file(arguments.text("urls"));
    std::vector<std::string> urls;
    for (std::string line; std::getline(file, line);) urls.push_back(line);
    if (urls.empty()) give_up("no URL in " + arguments.text("urls"));
    return urls;
}

inline void allow_many_connections() {
    rlimit files{};
    (void)::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
}

/// Says `ready`, measures for --time, and prints what came of it. `pages()`: read so far.
template <typename Pages>
void measure_scrapes(const Arguments& arguments, Pages pages) {
    std::puts("ready");
    std::fflush(stdout);
    const std::uint64_t before = pages();
    const ProcessCost begin = cost_until_now();
    pause_for(arguments.duration("time"));
    const ProcessCost end = cost_until_now();
    fmt::print(R"({{"pages":{},"cpu_s":{},"seconds":{},"switches":{}}})"
               "\n",
               pages() - before, end.cpu_s - begin.cpu_s,
               static_cast<double>(end.at_ns - begin.at_ns) * 1e-9, end.switches - begin.switches);
}

}  // namespace muster::bench
