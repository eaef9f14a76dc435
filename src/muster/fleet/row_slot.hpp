// What changes at every report but is not news: when a load was last confirmed, when the process
// was last heard. Views share the slots; the collector writes them; no view changes by it.
//
// Invariants:
// (1) One writer, under the collector's lock. Any number of readers, without a lock.
// (2) The time of confirmation and the sequence of the load it confirms are one 64-bit word, so a
//     reader never pairs a time with another load. A row uses it only if the sequence is its own.
// (3) A slot serves at most 65,536 successive sequences of one generation: then the worker gets a
//     new slot and this one is never written again, so that the 16 bits cannot be mistaken.
// (4) Times are rounded down: a row may look older than it is by a microsecond, never younger.
//
// (5) A new sequence is confirmed when the view that holds it is frozen, not when the report comes;
//     and the word of the sequence before is kept beside it. So neither the published view nor the
//     one before it ever loses its confirmation: a worker that answers does not blink.
//
// 1. [writer] keeps the word of the sequence before in previous_ (relaxed);
// 2. [writer] stores word W (sequence s, time t) in confirmed_ (release), then publishes the view;
// 3. [reader] holds a view V that it acquired through ViewReader (which orders V's own contents);
// 4. [reader] loads confirmed_ (acquire): if its sequence is V's row's, t is a time at which
// exactly    this load was confirmed, whatever else the reader has or has not seen;
// 5. [reader] else loads previous_, which by 4 is not older than what step 1 wrote before that W.
// The other members are single words that nothing else is read on the strength of: relaxed.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include "muster/base/time.hpp"

namespace muster {

class RowSlot {
public:
    /// `origin` is the moment that times in the slot count from (the collector's start); times
    /// before it are kept as it.
    explicit RowSlot(Time origin) noexcept : origin_(origin) {}
    RowSlot(const RowSlot&) = delete;
    RowSlot& operator=(const RowSlot&) = delete;

    /// Writer: the load with `sequence` is known to have been so at `when`.
    void confirm(std::uint64_t sequence, Time when) noexcept {
        const std::uint64_t before = confirmed_.load(std::memory_order_relaxed);
        const std::uint64_t word = (sequence << kTimeBits) | micros_since_origin(when);
        if ((before >> kTimeBits) != (word >> kTimeBits)) {
            previous_.store(before, std::memory_order_relaxed);
        }
        confirmed_.store(word, std::memory_order_release);
    }
    /// Reader: when the load with `sequence` was last confirmed; `otherwise` if this slot does not
    /// speak of it any more. (A plain time: an optional costs ten times the read on its way out.)
    [[nodiscard]] Time confirmed_or(std::uint64_t sequence, Time otherwise) const noexcept {
        std::uint64_t word = confirmed_.load(std::memory_order_acquire);
        if ((word >> kTimeBits) != (sequence & kSequenceMask)) [[unlikely]] {
            word = previous_.load(std::memory_order_relaxed);
            if ((word >> kTimeBits) != (sequence & kSequenceMask)) return otherwise;
        }
        return origin_ + std::chrono::microseconds(static_cast<std::int64_t>(word & kTimeMask));
    }
    [[nodiscard]] std::optional<Time> confirmed_at(std::uint64_t sequence) const noexcept {
        const Time when = confirmed_or(sequence, kNever);
        if (when == kNever) return std::nullopt;
        return when;
    }

    /// The moment as the slot would give it back: rounded down to its microseconds.
    [[nodiscard]] Time rounded(Time when) const noexcept {
        if (when <= origin_) return when;
        return origin_ + std::chrono::floor<std::chrono::microseconds>(when - origin_);
    }

    /// kNever: there was no proof of life yet.
    void set_alive(Time when) noexcept {
        if (when == kNever) return;
        alive_micros_.store(static_cast<std::int64_t>(micros_since_origin(when)),
                            std::memory_order_relaxed);
    }
    /// The last proof that the process lives; kNever before the first.
    [[nodiscard]] Time alive_at() const noexcept {
        const std::int64_t micros = alive_micros_.load(std::memory_order_relaxed);
        return micros < 0 ? kNever : origin_ + std::chrono::microseconds(micros);
    }

    void set_rtt(Duration rtt) noexcept {
        rtt_nanos_.store(rtt.count(), std::memory_order_relaxed);
    }
    /// From question to answer, of the last answer; absent until one was timed.
    [[nodiscard]] std::optional<Duration> rtt() const noexcept {
        const std::int64_t nanos = rtt_nanos_.load(std::memory_order_relaxed);
        if (nanos < 0) return std::nullopt;
        return Duration(nanos);
    }

    /// Writer: what the process tells of itself, as the journal needs it to know it again.
    void set_process(std::optional<std::int64_t> started,
                     std::optional<std::uint64_t> requests_total) noexcept {
        started_.store(started.value_or(kNoStart), std::memory_order_relaxed);
        requests_total_.store(requests_total.value_or(kNoCount), std::memory_order_relaxed);
    }
    /// Its start by its own clock (Answer::started); absent where it does not tell.
    [[nodiscard]] std::optional<std::int64_t> started() const noexcept {
        const std::int64_t started = started_.load(std::memory_order_relaxed);
        if (started == kNoStart) return std::nullopt;
        return started;
    }
    /// Requests accepted since then (Answer::requests_total).
    [[nodiscard]] std::optional<std::uint64_t> requests_total() const noexcept {
        const std::uint64_t requests = requests_total_.load(std::memory_order_relaxed);
        if (requests == kNoCount) return std::nullopt;
        return requests;
    }

    /// Writer: how old the load was, by the worker's own clock, when it answered last.
    void set_captured_lag(std::optional<Duration> lag) noexcept {
        constexpr Duration kMost = std::chrono::hours(1);  // Fits, and says enough.
        const auto micros = std::chrono::ceil<std::chrono::microseconds>(
            std::clamp(lag.value_or(Duration::zero()), Duration::zero(), kMost));
        captured_lag_micros_.store(lag ? static_cast<std::uint32_t>(micros.count()) : kNoLag,
                                   std::memory_order_relaxed);
    }
    /// Absent where the worker does not tell.
    [[nodiscard]] std::optional<Duration> captured_lag() const noexcept {
        const std::uint32_t micros = captured_lag_micros_.load(std::memory_order_relaxed);
        if (micros == kNoLag) return std::nullopt;
        return std::chrono::microseconds(micros);
    }

    void set_missed(std::uint32_t missed) noexcept {
        missed_.store(missed, std::memory_order_relaxed);
    }
    /// Questions in a row without an answer, while we listened.
    [[nodiscard]] std::uint32_t missed() const noexcept {
        return missed_.load(std::memory_order_relaxed);
    }

private:
    static constexpr unsigned kTimeBits = 48;  // 8.9 years of microseconds.
    static constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << kTimeBits) - 1;
    static constexpr std::uint64_t kSequenceMask = 0xffff;
    static constexpr std::int64_t kNoStart = std::numeric_limits<std::int64_t>::min();
    static constexpr std::uint64_t kNoCount = std::numeric_limits<std::uint64_t>::max();
    static constexpr std::uint32_t kNoLag = std::numeric_limits<std::uint32_t>::max();

    [[nodiscard]] std::uint64_t micros_since_origin(Time when) const noexcept {
        if (when <= origin_) return 0;
        const auto micros = std::chrono::floor<std::chrono::microseconds>(when - origin_);
        return static_cast<std::uint64_t>(micros.count()) & kTimeMask;
    }

    Time origin_;
    std::atomic<std::uint64_t> confirmed_{0};
    std::atomic<std::uint64_t> previous_{0};
    std::atomic<std::int64_t> alive_micros_{-1};
    std::atomic<std::int64_t> rtt_nanos_{-1};
    std::atomic<std::int64_t> started_{kNoStart};
    std::atomic<std::uint64_t> requests_total_{kNoCount};
    std::atomic<std::uint32_t> missed_{0};
    std::atomic<std::uint32_t> captured_lag_micros_{kNoLag};
};

}  // namespace muster
