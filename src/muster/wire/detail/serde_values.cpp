// Numbers and texts as serde takes them; see the header.
#include "muster/wire/detail/serde_values.hpp"

#include <cmath>
#include <limits>

namespace muster::detail {

namespace {

/// As Rust's `as f32`: to nearest, beyond the range to infinity.
float narrowed(double value) {
    constexpr double kRoundsToInfinity = 0x1.ffffffp127;
    constexpr float kMax = std::numeric_limits<float>::max();
    const double size = std::fabs(value);
    if (size >= kRoundsToInfinity) {
        return std::copysign(std::numeric_limits<float>::infinity(), value < 0 ? -1.0F : 1.0F);
    }
    if (size > static_cast<double>(kMax)) return value < 0 ? -kMax : kMax;
    return static_cast<float>(value);
}

}  // namespace

bool wrong_type(Reason& why, std::string_view wanted) {
    why = "invalid type, expected " + std::string(wanted);
    return false;
}

bool take(const JsonValue& from, std::uint64_t& out, Reason& why) {
    const auto* value = std::get_if<std::uint64_t>(&from.value);
    if (value == nullptr) return wrong_type(why, "u64");
    out = *value;
    return true;
}

bool take(const JsonValue& from, std::uint32_t& out, Reason& why) {
    std::uint64_t wide = 0;
    if (!take(from, wide, why)) return wrong_type(why, "u32");
    if (wide > std::numeric_limits<std::uint32_t>::max()) {
        why = "invalid value: integer `" + std::to_string(wide) + "`, expected u32";
        return false;
    }
    out = static_cast<std::uint32_t>(wide);
    return true;
}

bool take(const JsonValue& from, std::string& out, Reason& why) {
    const auto* value = std::get_if<std::string>(&from.value);
    if (value == nullptr) return wrong_type(why, "a string");
    out = *value;
    return true;
}

bool take(const JsonValue& from, double& out, Reason& why) {
    if (const auto* value = std::get_if<double>(&from.value))
        out = *value;
    else if (const auto* positive = std::get_if<std::uint64_t>(&from.value))
        out = static_cast<double>(*positive);
    else if (const auto* negative = std::get_if<std::int64_t>(&from.value))
        out = static_cast<double>(*negative);
    else
        return wrong_type(why, "f64");
    return true;
}

bool take(const JsonValue& from, float& out, Reason& why) {
    // Integers go to f32 in one step: by way of a double they could be rounded twice.
    if (const auto* positive = std::get_if<std::uint64_t>(&from.value)) {
        out = static_cast<float>(*positive);
        return true;
    }
    if (const auto* negative = std::get_if<std::int64_t>(&from.value)) {
        out = static_cast<float>(*negative);
        return true;
    }
    double wide = 0.0;
    if (!take(from, wide, why)) return wrong_type(why, "f32");
    out = narrowed(wide);
    return true;
}

bool take(const JsonValue& from, SpecDecodeStats& out, Reason& why) {
    return StructReader(from, "SpecDecodeStats", 5, why)
        .optional("num_spec_tokens", out.num_spec_tokens)
        .optional("num_drafts", out.num_drafts)
        .optional("num_draft_tokens", out.num_draft_tokens)
        .optional("num_accepted_tokens", out.num_accepted_tokens)
        .optional("num_accepted_tokens_per_pos", out.num_accepted_tokens_per_pos)
        .good();
}

}  // namespace muster::detail
