// StderrLog: what the library's parts have to say, as lines on stderr: the time, the words, and the
// facts as KEY=VALUE. Warnings and errors only.
//
// The library limits how much it says (RejectLog), so nothing is limited here. Thread rule: any.
#pragma once

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
    explicit StderrLog(bool quiet) : quiet_(quiet), wall_clock_(clock_) {}

    void write(LogLevel level, std::string_view what,
               std::span<const LogField> fields) noexcept override;
    /// Whether these words are among the last it wrote: an event that says the same need not be
    /// told.
    [[nodiscard]] bool just_said(std::string_view words) const;

private:
    // A loop that tells events looks at least twice a second; a source says less than that.
    static constexpr std::size_t kRemembered = 16;

    const bool quiet_;
    BootClock clock_;
    WallClock wall_clock_;
    mutable std::mutex mutex_;
    std::deque<std::string> last_words_;
};

/// `what: KEY=VALUE KEY=VALUE`; empty values, and a count of 0 suppressed lines, are left out.
/// Values with a blank or a quote in them are quoted.
[[nodiscard]] std::string log_line(std::string_view what, std::span<const LogField> fields);

}  // namespace muster
