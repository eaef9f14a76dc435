// The seeded random numbers of the simulation: small, fast, and the same on every machine and
// compiler (the distributions of <random> are not). Not for secrets.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace muster {

/// SplitMix64's finisher: turns numbers that are near each other (seed, worker index) into numbers
/// that have nothing to do with each other.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/// The seed that this name has for its own.
[[nodiscard]] constexpr std::uint64_t seed_of_name(std::uint64_t seed,
                                                   std::string_view name) noexcept {
    for (const char c : name) seed = mix_bits(seed ^ static_cast<unsigned char>(c));
    return seed;
}

/// One stream of random numbers; belongs to one thread.
class SeededRandom {
public:
    explicit constexpr SeededRandom(std::uint64_t seed) noexcept : state_(mix_bits(seed)) {}

    [[nodiscard]] constexpr std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15ULL;
        return mix_bits(state_);
    }
    /// In [0, 1), all 53 bits random.
    [[nodiscard]] constexpr double unit() noexcept {
        return static_cast<double>(next() >> 11) * 0x1.0p-53;
    }
    [[nodiscard]] constexpr double between(double low, double high) noexcept {
        return low + (high - low) * unit();
    }
    /// In [0, bound), 0 for a bound of 0. The bias of the multiplication is below 2^-32 for the
    /// small bounds of a simulation.
    [[nodiscard]] constexpr std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }
    /// Exponentially distributed with that mean; never infinite.
    [[nodiscard]] double exponential(double mean) noexcept { return -mean * std::log1p(-unit()); }

private:
    std::uint64_t state_;
};

}  // namespace muster
