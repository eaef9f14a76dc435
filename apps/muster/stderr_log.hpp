// StderrLog: the one log of `serve`: what its sources, its fleet and it itself have to say, a line
// each, as text or as JSON (log_record.hpp), limited (log_limit.hpp).
//
// A stderr that nobody reads holds up nobody: lines that it does not take are counted. Under
// systemd each line carries its level, as journald reads it. Thread rule: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "log_limit.hpp"
#include "log_record.hpp"
#include "muster/base/clock.hpp"
#include "muster/io/runtime/log.hpp"
#include "muster/io/runtime/wall_clock.hpp"

namespace muster {

class StderrLog final : public Log {
public:
    struct Options {
        LogLevel level = LogLevel::info;
        LogFormat format = LogFormat::text;
        int descriptor = 2;
    };

    /// Both clocks must outlive it.
    StderrLog(Options options, const Clock& clock, const WallClock& wall_clock);
    /// Tells what was counted and not told yet.
    ~StderrLog() override;
    StderrLog(const StderrLog&) = delete;
    StderrLog& operator=(const StderrLog&) = delete;

    /// What a source says: warnings and errors; the rest at level debug only, because the fleet's
    /// events say it too.
    void write(LogLevel level, std::string_view what,
               std::span<const LogField> fields) noexcept override;
    /// What happens in the fleet; as loud as the level asks for.
    void tell(const LogRecord& record) noexcept;
    /// A step of the service itself, or what a person asked for and looks for: never left out,
    /// whatever the level.
    void announce(LogLevel level, std::string_view words) noexcept;
    /// Why it ends before it began. As text it is what every command says: `muster: WORDS`.
    void fail(std::string_view words) noexcept;
    /// Tells what is due: how often lines were repeated, how many were left out. To be called now
    /// and then.
    void look() noexcept;

    /// What is told from now on, by this and by whoever asks tells(); how it is written.
    void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }
    void set_format(LogFormat format) noexcept { format_.store(format, std::memory_order_relaxed); }
    [[nodiscard]] bool tells(LogLevel level) const noexcept {
        // Relaxed: nothing else is read by it; a line more or less at a change is no harm.
        return level >= level_.load(std::memory_order_relaxed);
    }
    /// Whether these words are among the last that write() was given: an event that says the same
    /// need not be told.
    [[nodiscard]] bool just_said(std::string_view words) const;

private:
    // A loop that tells events looks at least twice a second; a source says less than that.
    static constexpr std::size_t kRemembered = 16;

    // All with the lock held.
    void put(const LogRecord& record, Time now);
    void put_due(Time now);
    [[nodiscard]] bool is_taken(const LogRecord& record, Time now);

    std::atomic<LogLevel> level_;
    std::atomic<LogFormat> format_;
    const int descriptor_;
    const bool is_journal_;
    const Clock& clock_;
    const WallClock& wall_clock_;
    mutable std::mutex mutex_;
    LogLimit limit_;
    std::deque<std::string> last_words_;
};

/// Whether systemd's journal reads what is written there: it says so in JOURNAL_STREAM.
[[nodiscard]] bool is_journal(int descriptor) noexcept;

}  // namespace muster
