// What the wire refused, whole or in part: a reason that is counted, and the field it is about.
// Values only; made by the parsers of this folder, counted by whoever called them.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "muster/fleet/reject_reason.hpp"

namespace muster {

struct Rejection {
    RejectReason reason = RejectReason::bad_metrics;
    /// The field, as the wire spells it, or the subject. Lives as long as the parser's other views.
    std::string_view what{};
    friend bool operator==(const Rejection&, const Rejection&) = default;
};

/// A list with room for every field of a record. What does not fit is dropped: no record has more
/// fields, so only a liar who repeats them gets there.
class RejectionList {
public:
    static constexpr std::size_t kRejectionsMax = 24;

    void add(RejectReason reason, std::string_view what) noexcept {
        if (count_ < items_.size()) items_[count_++] = Rejection{reason, what};
    }
    void clear() noexcept { count_ = 0; }
    [[nodiscard]] std::span<const Rejection> items() const noexcept {
        return {items_.data(), count_};
    }

private:
    std::array<Rejection, kRejectionsMax> items_{};
    std::size_t count_ = 0;
};

}  // namespace muster
