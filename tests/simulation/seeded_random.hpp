// The simulation's only source of chance: one number, the seed, decides everything.
//
// splitmix64: small, the same on every compiler (the standard's distributions are not).
#pragma once

#include <cstdint>

#include "muster/base/time.hpp"

namespace muster {

class SeededRandom {
public:
    /// Neighbouring seeds give streams that have nothing to do with each other.
    explicit SeededRandom(std::uint64_t seed) noexcept : state_(mixed(mixed(seed) ^ seed)) {}

    std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        return mixed(state_);
    }
    /// 0 to bound - 1. REQUIRES: bound > 0.
    std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }
    /// low to high, both included.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept {
        return low + below(high - low + 1);
    }
    Duration between(Duration low, Duration high) noexcept {
        return low + Duration(static_cast<std::int64_t>(
                         below(static_cast<std::uint64_t>((high - low).count()) + 1)));
    }
    double fraction() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    bool chance(double probability) noexcept { return fraction() < probability; }

private:
    static std::uint64_t mixed(std::uint64_t z) noexcept {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return (z ^ (z >> 31)) + 0x632be59bd9b4e019U;
    }

    std::uint64_t state_;
};

}  // namespace muster
