#include "muster/base/size_text.hpp"

#include <array>
#include <charconv>

namespace muster {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t bytes;
};

constexpr std::array kUnits = {
    Unit{"B", 1},
    Unit{"KiB", std::uint64_t{1} << 10U},
    Unit{"MiB", std::uint64_t{1} << 20U},
    Unit{"GiB", std::uint64_t{1} << 30U},
    Unit{"TiB", std::uint64_t{1} << 40U},
    Unit{"kB", 1'000},
    Unit{"MB", 1'000'000},
    Unit{"GB", 1'000'000'000},
    Unit{"TB", 1'000'000'000'000},
};
constexpr std::size_t kBinaryUnits = 5;
constexpr std::uint64_t kSizeMax = std::uint64_t{1} << 60U;

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [behind, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{}) return std::nullopt;
    const std::string_view name(behind, static_cast<std::size_t>(end - behind));
    if (name.empty() && number == 0) return 0;
    for (const Unit& unit : kUnits) {
        if (unit.name != name) continue;
        if (number > kSizeMax / unit.bytes) return std::nullopt;
        return number * unit.bytes;
    }
    return std::nullopt;
}

std::string print_size(std::uint64_t bytes) {
    if (bytes == 0) return "0";
    std::size_t unit = kBinaryUnits - 1;
    while (bytes % kUnits[unit].bytes != 0) --unit;
    return std::to_string(bytes / kUnits[unit].bytes).append(kUnits[unit].name);
}

}  // namespace muster
