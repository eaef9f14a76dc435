// Log: the port through which the library speaks, if whoever embeds it wants to listen.
//
// There is no global log: whoever has something to say holds a `Log*`, null unless one was passed
// in. Programs implement it (apps/muster/stderr_log.hpp).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace muster {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// A fact beside the words, for logs that machines read. Views: valid for the call only.
struct LogField {
    std::string_view key;
    std::string_view value;
};

class Log {
public:
    virtual ~Log() = default;
    /// `what` is one line, without secrets or newline. Thread rule: any; called from receiving
    /// threads, so it must not wait for anything but a short lock.
    virtual void write(LogLevel level, std::string_view what,
                       std::span<const LogField> fields) noexcept = 0;
};

/// Writes if there is a log.
inline void write_log(Log* log, LogLevel level, std::string_view what,
                      std::initializer_list<LogField> fields = {}) noexcept {
    if (log != nullptr) log->write(level, what, std::span(fields.begin(), fields.size()));
}

}  // namespace muster
