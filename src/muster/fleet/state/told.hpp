// Told: a number that a worker may have told, or not, in the room of the number: one value of it
// stands for "not told". Half of what an optional takes, where there are thousands.
#pragma once

#include <limits>
#include <optional>

namespace muster {

/// The largest value of an unsigned number and the smallest of a signed one count as not told.
template <typename Number>
class Told {
public:
    constexpr Told() = default;
    constexpr Told(std::optional<Number> told) : number_(told.value_or(kNot)) {}

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return number_ != kNot; }
    /// REQUIRES: it was told.
    [[nodiscard]] constexpr Number operator*() const noexcept { return number_; }
    [[nodiscard]] constexpr operator std::optional<Number>() const noexcept {
        return number_ == kNot ? std::nullopt : std::optional<Number>(number_);
    }
    constexpr void reset() noexcept { number_ = kNot; }

private:
    static constexpr Number kNot = std::numeric_limits<Number>::is_signed
                                       ? std::numeric_limits<Number>::min()
                                       : std::numeric_limits<Number>::max();
    Number number_ = kNot;
};

}  // namespace muster
