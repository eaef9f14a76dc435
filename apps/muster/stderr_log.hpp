// StderrLog: what the library's parts have to say, as lines on stderr: the time, the words, and the
// facts as KEY=VALUE. Warnings and errors; at level debug all of it.
//
// The library limits how much it says (RejectLog), so nothing is limited here. Thread rule: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/log.hpp"
#include "muster/io/runtime/wall_clock.hpp"

namespace muster {

class StderrLog final : public Log {
public:
    explicit StderrLog(LogLevel level) : level_(level), wall_clock_(clock_) {}

    void write(LogLevel level, std::string_view what,
               std::span<const LogField> fields) noexcept override;
    /// What is told from now on, by this and by whoever asks tells(). Any thread.
    void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }
    [[nodiscard]] bool tells(LogLevel level) const noexcept {
        // Relaxed: nothing else is read by it; a line more or less at a change is no harm.
        return level >= level_.load(std::memory_order_relaxed);
    }
    /// Whether these words are among the last it wrote: an event that says the same need not be
    /// told.
    [[nodiscard]] bool just_said(std::string_view words) const;

private:
    // A loop that tells events looks at least twice a second; a source says less than that.
    static constexpr std::size_t kRemembered = 16;

    std::atomic<LogLevel> level_;
    BootClock clock_;
    WallClock wall_clock_;
    mutable std::mutex mutex_;
    std::deque<std::string> last_words_;
};

/// `what: KEY=VALUE KEY=VALUE`; empty values, and a count of 0 suppressed lines, are left out.
/// Values with a blank or a quote in them are quoted.
[[nodiscard]] std::string log_line(std::string_view what, std::span<const LogField> fields);

}  // namespace muster
