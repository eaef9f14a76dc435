// The load of one worker: seven fields, each known or unknown by itself.
//
// A plain value: wire fills it from bytes, FleetState judges it, FleetView shows it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace muster {

enum class LoadField : std::uint8_t {
    running,           ///< Requests being worked on.
    slots,             ///< Requests it can work on at once.
    waiting,           ///< Requests queued in the engine.
    kv_active_blocks,  ///< KV-cache blocks in use.
    kv_total_blocks,   ///< KV-cache blocks it has.
    kv_usage,          ///< Fraction of the KV cache in use, 0-1.
    prefix_hit_rate,   ///< Fraction of prefix blocks found in the cache, 0-1.
};

inline constexpr std::size_t kLoadFieldCount = 7;

/// The names of the fields on every surface, in the order of LoadField.
inline constexpr std::array<std::string_view, kLoadFieldCount> kLoadFieldNames = {
    "running",         "slots",    "waiting",        "kv_active_blocks",
    "kv_total_blocks", "kv_usage", "prefix_hit_rate"};

[[nodiscard]] constexpr std::string_view name_of(LoadField field) noexcept {
    return kLoadFieldNames[static_cast<std::size_t>(field)];
}

/// A set of fields, one bit each.
class LoadFields {
public:
    constexpr LoadFields() = default;
    constexpr explicit LoadFields(std::uint8_t bits) : bits_(bits) {}
    [[nodiscard]] constexpr bool has(LoadField f) const noexcept { return (bits_ & bit(f)) != 0; }
    constexpr void add(LoadField f) noexcept { bits_ = static_cast<std::uint8_t>(bits_ | bit(f)); }
    constexpr void remove(LoadField f) noexcept {
        bits_ = static_cast<std::uint8_t>(bits_ & ~bit(f));
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    [[nodiscard]] constexpr std::uint8_t bits() const noexcept { return bits_; }
    friend constexpr bool operator==(LoadFields, LoadFields) = default;

private:
    static constexpr std::uint8_t bit(LoadField f) noexcept {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(f));
    }
    std::uint8_t bits_ = 0;
};

/// Unknown fields hold 0, so that two loads are equal exactly if all that is known of them is.
/// Invariant of a load that FleetState accepted: counts <= kCountMax, fractions in [0, 1].
struct Load {
    std::uint64_t running = 0;
    std::uint64_t slots = 0;
    std::uint64_t waiting = 0;
    std::uint64_t kv_active_blocks = 0;
    std::uint64_t kv_total_blocks = 0;
    double kv_usage = 0.0;
    double prefix_hit_rate = 0.0;
    LoadFields known;

    friend bool operator==(const Load&, const Load&) = default;

    /// REQUIRES: `field` is a count (not a fraction). Marks it known.
    constexpr void set_count(LoadField field, std::uint64_t value) noexcept {
        count_ref(field) = value;
        known.add(field);
    }
    /// REQUIRES: `field` is a fraction. Marks it known. Negative zero becomes zero.
    constexpr void set_fraction(LoadField field, double value) noexcept {
        (field == LoadField::kv_usage ? kv_usage : prefix_hit_rate) = value == 0.0 ? 0.0 : value;
        known.add(field);
    }
    /// Makes the field unknown (and 0).
    constexpr void forget(LoadField field) noexcept {
        if (field == LoadField::kv_usage)
            kv_usage = 0.0;
        else if (field == LoadField::prefix_hit_rate)
            prefix_hit_rate = 0.0;
        else
            count_ref(field) = 0;
        known.remove(field);
    }
    [[nodiscard]] constexpr std::optional<std::uint64_t> count(LoadField field) const noexcept {
        if (!known.has(field)) return std::nullopt;
        return const_cast<Load*>(this)->count_ref(field);
    }
    [[nodiscard]] constexpr std::optional<double> fraction(LoadField field) const noexcept {
        if (!known.has(field)) return std::nullopt;
        return field == LoadField::kv_usage ? kv_usage : prefix_hit_rate;
    }

private:
    constexpr std::uint64_t& count_ref(LoadField field) noexcept {
        switch (field) {
            case LoadField::running: return running;
            case LoadField::slots: return slots;
            case LoadField::waiting: return waiting;
            case LoadField::kv_active_blocks: return kv_active_blocks;
            default: return kv_total_blocks;
        }
    }
};

/// What Dynamo workers tell about speculative decoding; carried, never aggregated.
struct SpecDecodeStats {
    std::optional<std::uint32_t> num_spec_tokens;
    std::optional<std::uint32_t> num_drafts;
    std::optional<std::uint32_t> num_draft_tokens;
    std::optional<std::uint32_t> num_accepted_tokens;
    std::optional<std::vector<std::uint32_t>> num_accepted_tokens_per_pos;
    friend bool operator==(const SpecDecodeStats&, const SpecDecodeStats&) = default;
};

/// Null where the worker did not speak of it, which is nearly always.
using SpecDecodePtr = std::shared_ptr<const SpecDecodeStats>;

}  // namespace muster
