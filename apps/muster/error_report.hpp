// How muster ends, and how it says what went wrong: one line on stderr, never half an answer on
// stdout.
#pragma once

#include <string>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

/// What the shell sees. A stop by signal is 128 + its number where a shell expects it.
enum class ExitCode : int {
    done = 0,
    trouble = 1,      ///< It ran and found trouble: an unknown or lost worker.
    usage = 2,        ///< Wrong usage or configuration.
    unreachable = 3,  ///< Could not reach or start what it needs.
};

/// "muster: WHAT\n". Control characters, which a remote text may hold, become blanks, so that it is
/// one line and cannot move the cursor.
[[nodiscard]] std::string error_line(std::string_view what);

/// Writes all of it; false with errno set when not all could be written. Any thread.
[[nodiscard]] bool write_all(int descriptor, std::string_view text) noexcept;

/// Writes error_line to stderr. Any thread.
void report_error(std::string_view what) noexcept;

/// Writes all of it to stdout. Fails with what the system says ("No space left on device"); a
/// reader that went away is an Error of kind `closed`, which is nothing to complain of.
[[nodiscard]] Result<void> write_output(std::string_view text);

/// What write_output failed with, reported as trouble; a reader that went away is the end of the
/// work, and nothing else.
[[nodiscard]] ExitCode report_unwritable(const Error& error);

/// write_output as the end of a command.
[[nodiscard]] ExitCode print_output(std::string_view text);

/// What a feed or a source failed with, reported; nothing if it was the stop that we were asked
/// for.
[[nodiscard]] ExitCode report_unreachable(const Error& error);

}  // namespace muster
