// Error lines and checked writing to standard output, without the buffers of stdio: what was
// written is written, in whole lines.
#include "error_report.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

namespace muster {

bool write_all(int descriptor, std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::string error_line(std::string_view what) {
    std::string line = "muster: ";
    for (const char c : what) {
        const auto byte = static_cast<unsigned char>(c);
        line += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
    line += '\n';
    return line;
}

void report_error(std::string_view what) noexcept {
    // A stderr that cannot be written leaves nobody to tell; the exit code still does.
    (void)write_all(STDERR_FILENO, error_line(what));
}

Result<void> write_output(std::string_view text) {
    if (write_all(STDOUT_FILENO, text)) return {};
    const int number = errno;
    if (number == EPIPE) return fail(ErrorKind::closed, ErrorOrigin::client, "nobody reads stdout");
    return fail(ErrorKind::internal, ErrorOrigin::client,
                "cannot write: standard output: " + std::generic_category().message(number));
}

ExitCode report_unwritable(const Error& error) {
    if (error.kind == ErrorKind::closed) return ExitCode::done;
    report_error(error.what);
    return ExitCode::trouble;
}

ExitCode print_output(std::string_view text) {
    auto written = write_output(text);
    return written ? ExitCode::done : report_unwritable(written.error());
}

ExitCode report_unreachable(const Error& error) {
    if (error.what == "stopped") return ExitCode::done;
    report_error(error.what);
    return ExitCode::unreachable;
}

}  // namespace muster
