// Printing, and what can go wrong with it.
#include "shell/printed_file.hpp"

namespace muster {

ExitCode print_file(const PrintedFile& file, const std::stop_token& /*stop*/) {
    auto written = write_output(file.text);
    if (written || written.error().kind == ErrorKind::closed) return ExitCode::done;
    report_error(written.error().what);
    return ExitCode::trouble;
}

}  // namespace muster
