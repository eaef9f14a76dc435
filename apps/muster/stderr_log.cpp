// Lines to a descriptor, never waiting for whoever reads them.
#include "stderr_log.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "error_report.hpp"

namespace muster {
namespace {

/// By LogLevel, as syslog(3) numbers them: debug, info, warning, err.
constexpr std::array<std::string_view, 4> kJournalPrefixes = {"<7>", "<6>", "<4>", "<3>"};

// A pipe that is ready takes 4 KiB at once, which is a line. A file is always ready.
bool takes_a_line(int descriptor) noexcept {
    pollfd waited{descriptor, POLLOUT, 0};
    return ::poll(&waited, 1, 0) == 1 && (waited.revents & POLLOUT) != 0;
}

}  // namespace

bool is_journal(int descriptor) noexcept {
    const char* stream = std::getenv("JOURNAL_STREAM");
    if (stream == nullptr) return false;
    struct stat file{};
    if (::fstat(descriptor, &file) != 0) return false;
    return std::to_string(file.st_dev) + ':' + std::to_string(file.st_ino) == stream;
}

StderrLog::StderrLog(Options options, const Clock& clock, const WallClock& wall_clock)
    : level_(options.level),
      format_(options.format),
      descriptor_(options.descriptor),
      is_journal_(is_journal(options.descriptor)),
      clock_(clock),
      wall_clock_(wall_clock) {}

StderrLog::~StderrLog() {
    const std::lock_guard lock(mutex_);
    for (const LogRecord& record : limit_.take_all()) {
        if (tells(record.level)) (void)is_taken(record, clock_.now());
    }
}

void StderrLog::write(LogLevel level, std::string_view what,
                      std::span<const LogField> fields) noexcept {
    const bool wanted = tells(LogLevel::debug) || (tells(level) && level >= LogLevel::warning);
    if (!wanted) return;
    const LogRecord record = log_record(level, what, fields);
    const std::lock_guard lock(mutex_);
    last_words_.emplace_back(what);
    if (last_words_.size() > kRemembered) last_words_.pop_front();
    put(record, clock_.now());
}

void StderrLog::tell(const LogRecord& record) noexcept {
    if (!tells(record.level)) return;
    const std::lock_guard lock(mutex_);
    put(record, clock_.now());
}

void StderrLog::announce(LogLevel level, std::string_view words) noexcept {
    const LogRecord record{
        .level = level, .source = "serve", .words = std::string(words), .fields = {}};
    const std::lock_guard lock(mutex_);
    if (!is_taken(record, clock_.now())) limit_.count_unwritten(level);
}

void StderrLog::fail(std::string_view words) noexcept {
    if (format_.load(std::memory_order_relaxed) == LogFormat::json) {
        announce(LogLevel::error, words);
        return;
    }
    std::string line = error_line(words);
    if (is_journal_) line.insert(0, kJournalPrefixes.back());
    const std::lock_guard lock(mutex_);
    // The last words may wait: nothing else is to be done.
    (void)write_all(descriptor_, line);
}

void StderrLog::look() noexcept {
    const std::lock_guard lock(mutex_);
    put_due(clock_.now());
}

bool StderrLog::just_said(std::string_view words) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(last_words_, words) != last_words_.end();
}

void StderrLog::put(const LogRecord& record, Time now) {
    put_due(now);
    if (!limit_.admits(record, now)) return;
    if (!is_taken(record, now)) limit_.count_unwritten(record.level);
}

void StderrLog::put_due(Time now) {
    if (!takes_a_line(descriptor_)) return;
    for (const LogRecord& record : limit_.take_due(now)) {
        if (!tells(record.level) || is_taken(record, now)) continue;
        limit_.count_unwritten(record.level);
    }
}

bool StderrLog::is_taken(const LogRecord& record, Time now) {
    if (!takes_a_line(descriptor_)) return false;
    std::string line =
        log_line(record, wall_clock_.wall_at(now), format_.load(std::memory_order_relaxed));
    if (is_journal_) line.insert(0, kJournalPrefixes[static_cast<std::size_t>(record.level)]);
    return write_all(descriptor_, line);
}

}  // namespace muster
