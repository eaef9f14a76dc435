// LogRecord: one line of the log in parts, and the two ways it is written: text for people, JSON
// for machines.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/io/runtime/log.hpp"

namespace muster {

enum class LogFormat : std::uint8_t { text, json };

struct LogRecord {
    LogLevel level = LogLevel::info;
    std::string source;  ///< Who speaks: a source's id, "fleet", "serve", "log".
    std::string words;
    std::vector<std::pair<std::string, std::string>> fields;
    std::uint64_t repeated = 0;  ///< How often it was said and not written; 0 is not shown.
    friend bool operator==(const LogRecord&, const LogRecord&) = default;
};

/// From what the library says: its field `source` is who speaks. Empty values, and a count of 0
/// suppressed lines, are left out; what is very long is cut.
[[nodiscard]] LogRecord log_record(LogLevel level, std::string_view what,
                                   std::span<const LogField> fields);

/// `warning [nats-1] not taken: reason=field_null from=dynamo/backend/7`: without the time. Values
/// with a blank, a quote or nothing in them are quoted; control characters become '?'.
[[nodiscard]] std::string text_of(const LogRecord& record);

/// The whole line with its newline. JSON has the members time, level, source, message, then the
/// fields as texts, then `repeated`; counts (`suppressed`, `repeated`, of a level) are numbers.
[[nodiscard]] std::string log_line(const LogRecord& record, WallTime time, LogFormat format);

[[nodiscard]] std::string_view name_of(LogLevel level) noexcept;
/// "error", "warning", "info" or "debug".
[[nodiscard]] std::optional<LogLevel> log_level_of(std::string_view name) noexcept;
/// "text" or "json".
[[nodiscard]] std::optional<LogFormat> log_format_of(std::string_view name) noexcept;

}  // namespace muster
