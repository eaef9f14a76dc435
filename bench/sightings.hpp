// When somebody saw which load of which worker: kept in memory while it is measured, written
// afterwards as lines `t_ns instance running waiting kv_active_blocks` (CLOCK_MONOTONIC). bench/
// endtoend/delay.py holds them against the truth that `muster sim --print-truth` wrote.
#pragma once

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "muster/fleet/load.hpp"

namespace muster::bench {

class Sightings {
public:
    explicit Sightings(std::size_t expected) { seen_.reserve(expected); }

    void add(std::int64_t at_ns, std::uint64_t instance, const Load& load) {
        seen_.push_back({at_ns, instance, load.running, load.waiting, load.kv_active_blocks});
    }
    void write(const std::string& path) const {
        std::FILE* const file = std::fopen(path.c_str(), "we");
        if (file == nullptr) give_up("cannot write: " + path);
        for (const Seen& seen : seen_) {
            std::fprintf(file, "%" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                         seen.at_ns, seen.instance, seen.running, seen.waiting, seen.kv_active);
        }
        if (std::fclose(file) != 0) give_up("cannot write: " + path);
    }

private:
    struct Seen {
        std::int64_t at_ns;
        std::uint64_t instance;
        std::uint64_t running;
        std::uint64_t waiting;
        std::uint64_t kv_active;
    };
    std::vector<Seen> seen_;
};

}  // namespace muster::bench
