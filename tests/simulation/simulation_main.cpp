// muster_simulation: random fleets by seed.
//
//   muster_simulation --seed N [--verbose]        one seed, with the trace of its events
//   muster_simulation --seeds A B [--counts FILE]  many; FILE gets what each rule decided
//   muster_simulation --every-rule MIN FILE...     fails if a rule decided less than MIN times
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/random_fleet.hpp"

namespace muster {
namespace {

using Sums = std::map<std::string, std::uint64_t>;

void add(Sums& sums, const RuleCounts& counts) {
    for (std::size_t i = 0; i < kRuleCount; ++i) {
        sums[std::string(kRuleNames[i])] += counts.of(static_cast<Rule>(i));
    }
}

bool run_seed(std::uint64_t seed, bool verbose, Sums& sums, std::size_t& processes) {
    const RandomRun run = run_random_fleet(seed, verbose);
    add(sums, run.rules);
    processes += run.processes;
    if (run.ok) return true;
    std::printf("FAILED --seed=%" PRIu64 "\n%srerun: muster_simulation --seed %" PRIu64
                " --verbose\n",
                seed, run.failures.c_str(), seed);
    return false;
}

int run_seeds(std::uint64_t first, std::uint64_t last, bool verbose, const std::string& file) {
    Sums sums;
    std::size_t failed = 0;
    std::size_t processes = 0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        if (!run_seed(seed, verbose, sums, processes)) ++failed;
        if (failed >= 10) break;
    }
    std::printf("%zu of the seeds %" PRIu64 " to %" PRIu64 " failed; %zu processes simulated\n",
                failed, first, last, processes);
    if (!file.empty()) {
        std::ofstream out(file);
        for (const auto& [rule, count] : sums) out << rule << ' ' << count << '\n';
    } else {
        for (const auto& [rule, count] : sums) {
            std::printf("%-22s %10" PRIu64 "\n", rule.c_str(), count);
        }
    }
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int every_rule(std::uint64_t least, const std::vector<std::string_view>& files) {
    Sums sums;
    for (const std::string_view rule : kRuleNames) sums[std::string(rule)] = 0;
    for (const std::string_view file : files) {
        std::ifstream in{std::string(file)};
        std::string rule;
        std::uint64_t count = 0;
        while (in >> rule >> count) sums[rule] += count;
    }
    bool ok = true;
    for (const auto& [rule, count] : sums) {
        const bool enough = count >= least;
        ok = ok && enough;
        std::printf("%-22s %10" PRIu64 "%s\n", rule.c_str(), count, enough ? "" : "  TOO SELDOM");
    }
    if (!ok) std::printf("a rule decided less than %" PRIu64 " times: it is not tested\n", least);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

std::uint64_t number(std::string_view text) {
    return std::strtoull(std::string(text).c_str(), nullptr, 10);
}

int run(std::vector<std::string_view> words) {
    const bool verbose = std::erase(words, "--verbose") > 0;
    std::string counts;
    if (words.size() >= 2 && words[words.size() - 2] == "--counts") {
        counts = words.back();
        words.resize(words.size() - 2);
    }
    if (words.size() == 2 && words[0] == "--seed") {
        return run_seeds(number(words[1]), number(words[1]), verbose, counts);
    }
    if (words.size() == 1 && words[0].starts_with("--seed=")) {
        const std::uint64_t seed = number(words[0].substr(7));
        return run_seeds(seed, seed, verbose, counts);
    }
    if (words.size() == 3 && words[0] == "--seeds") {
        return run_seeds(number(words[1]), number(words[2]), verbose, counts);
    }
    if (words.size() >= 3 && words[0] == "--every-rule") {
        return every_rule(number(words[1]), {words.begin() + 2, words.end()});
    }
    std::fputs(
        "usage: muster_simulation --seed N [--verbose] | --seeds A B [--counts FILE] | "
        "--every-rule MIN FILE...\n",
        stderr);
    return EXIT_FAILURE;
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
    return muster::run({argv + 1, argv + argc});
}
