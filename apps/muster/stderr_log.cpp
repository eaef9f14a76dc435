// Lines of the library's parts on stderr.
#include "stderr_log.hpp"

#include <algorithm>

#include "error_report.hpp"
#include "people_text.hpp"

namespace muster {
namespace {

void append_value(std::string& line, std::string_view value) {
    if (value.find_first_of(" \"\\") == std::string_view::npos) {
        line += value;
        return;
    }
    line += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') line += '\\';
        line += c;
    }
    line += '"';
}

}  // namespace

std::string log_line(std::string_view what, std::span<const LogField> fields) {
    std::string line(what);
    char before = ':';
    for (const LogField& field : fields) {
        if (field.value.empty() || (field.key == "suppressed" && field.value == "0")) continue;
        if (before == ':') line += before;
        before = ' ';
        line += ' ';
        line += field.key;
        line += '=';
        append_value(line, field.value);
    }
    return line;
}

void StderrLog::write(LogLevel level, std::string_view what,
                      std::span<const LogField> fields) noexcept {
    // What the sources say of less weight, the fleet's events say too.
    const bool wanted = tells(LogLevel::debug) || (tells(level) && level >= LogLevel::warning);
    if (!wanted) return;
    const std::string line =
        clock_text(wall_clock_.wall_at(clock_.now())) + ' ' + log_line(what, fields);
    const std::lock_guard lock(mutex_);
    last_words_.emplace_back(what);
    if (last_words_.size() > kRemembered) last_words_.pop_front();
    report_error(line);
}

bool StderrLog::just_said(std::string_view words) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(last_words_, words) != last_words_.end();
}

}  // namespace muster
