// LogLimit: which lines of the log are written. A line that repeats is written a few times a
// minute, then counted and summed up; more lines than anybody can read are counted by their level.
//
// Bounded in memory whatever is said. Pure but for what it remembers; time is a parameter, and
// never goes back. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "log_record.hpp"
#include "muster/base/time.hpp"

namespace muster {

class LogLimit {
public:
    /// The same line is written at most so many times in so long. More than once, for what comes
    /// and goes again is told each time: a broker that breaks twice in a minute broke twice.
    static constexpr Duration kRepeatWindow = std::chrono::minutes(1);
    static constexpr std::uint64_t kRepeatsWritten = 3;
    /// Lines of a level at once, and how many of them come back in a second: a fleet of 10,000
    /// that comes or goes must not fill a disk.
    static constexpr double kBurst = 50;
    static constexpr double kPerSecond = 5;
    /// How often it is told that lines were left out.
    static constexpr Duration kToldAfter = std::chrono::seconds(10);
    /// Different lines that are remembered; beyond it the oldest is forgotten, its count told.
    static constexpr std::size_t kRememberedMax = 256;

    /// Whether this line is to be written now; if not, it was counted. To be called after
    /// take_due() of the same time.
    [[nodiscard]] bool admits(const LogRecord& record, Time now);
    /// It was to be written, and could not be.
    void count_unwritten(LogLevel level) noexcept;

    /// Lines about lines, to be written in any case: repeats whose minute is over, and what was
    /// left out.
    [[nodiscard]] std::vector<LogRecord> take_due(Time now);
    /// The same for all that was counted so far, due or not: the end of the log.
    [[nodiscard]] std::vector<LogRecord> take_all();

private:
    struct Remembered {
        LogRecord record;
        Time first{};
        std::uint64_t written = 1;
        std::uint64_t repeats = 0;  ///< That were not written.
    };
    struct Bucket {
        double tokens = kBurst;
        Time filled = kNever;
        std::uint64_t left_out = 0;
    };
    using Lines = std::unordered_map<std::string, Remembered>;

    [[nodiscard]] static LogRecord summary_of(const Remembered& line);
    [[nodiscard]] bool take_token(LogLevel level, Time now) noexcept;
    void forget_oldest();
    void take_left_out(std::vector<LogRecord>& due);

    Lines lines_;  // By their text.
    std::array<Bucket, 4> buckets_;
    std::vector<LogRecord>
        forgotten_;  // At most kRememberedMax: more are told without their words.
    Time left_out_told_ = kNever;
};

}  // namespace muster
