// What was said, how often, and what of it is written.
#include "log_limit.hpp"

#include <algorithm>
#include <utility>

namespace muster {

bool LogLimit::admits(const LogRecord& record, Time now) {
    std::string text = text_of(record);
    const auto known = lines_.find(text);
    if (known != lines_.end() && known->second.written == kRepeatsWritten) {
        ++known->second.repeats;
        return false;
    }
    if (!take_token(record.level, now)) {
        count_unwritten(record.level);
        return false;
    }
    if (known != lines_.end()) {
        ++known->second.written;
        return true;
    }
    if (lines_.size() >= kRememberedMax) forget_oldest();
    lines_.emplace(std::move(text), Remembered{record, now});
    return true;
}

void LogLimit::count_unwritten(LogLevel level) noexcept {
    ++buckets_[static_cast<std::size_t>(level)].left_out;
}

std::vector<LogRecord> LogLimit::take_due(Time now) {
    std::vector<LogRecord> due = std::exchange(forgotten_, {});
    for (auto line = lines_.begin(); line != lines_.end();) {
        if (now - line->second.first < kRepeatWindow) {
            ++line;
            continue;
        }
        if (line->second.repeats > 0) due.push_back(summary_of(line->second));
        line = lines_.erase(line);
    }
    if (left_out_told_ == kNever || now - left_out_told_ >= kToldAfter) {
        const std::size_t before = due.size();
        take_left_out(due);
        if (due.size() > before) left_out_told_ = now;
    }
    return due;
}

std::vector<LogRecord> LogLimit::take_all() {
    std::vector<LogRecord> all = std::exchange(forgotten_, {});
    for (const auto& [text, line] : lines_) {
        if (line.repeats > 0) all.push_back(summary_of(line));
    }
    lines_.clear();
    take_left_out(all);
    return all;
}

LogRecord LogLimit::summary_of(const Remembered& line) {
    LogRecord summary = line.record;
    summary.repeated = line.repeats;
    return summary;
}

bool LogLimit::take_token(LogLevel level, Time now) noexcept {
    Bucket& bucket = buckets_[static_cast<std::size_t>(level)];
    if (bucket.filled != kNever) {
        const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
        bucket.tokens = std::min(kBurst, bucket.tokens + seconds * kPerSecond);
    }
    bucket.filled = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
}

void LogLimit::forget_oldest() {
    const auto oldest =
        std::ranges::min_element(lines_, {}, [](const auto& entry) { return entry.second.first; });
    const Remembered& line = oldest->second;
    if (line.repeats > 0 && forgotten_.size() < kRememberedMax) {
        forgotten_.push_back(summary_of(line));
    } else {
        buckets_[static_cast<std::size_t>(line.record.level)].left_out += line.repeats;
    }
    lines_.erase(oldest);
}

void LogLimit::take_left_out(std::vector<LogRecord>& due) {
    LogRecord told{
        .level = LogLevel::info, .source = "log", .words = "lines left out", .fields = {}};
    for (const LogLevel level :
         {LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug}) {
        const std::uint64_t count =
            std::exchange(buckets_[static_cast<std::size_t>(level)].left_out, 0);
        if (count == 0) continue;
        // As loud as the loudest of them.
        told.level = std::max(told.level, level);
        told.fields.emplace_back(name_of(level), std::to_string(count));
    }
    if (!told.fields.empty()) due.push_back(std::move(told));
}

}  // namespace muster
