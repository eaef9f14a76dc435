// muster: read the command line, run the command, end with its code. Everything else has a file of
// its own.
#include <csignal>
#include <exception>
#include <span>
#include <utility>
#include <variant>

#include "command_line.hpp"
#include "error_report.hpp"
#include "stop_signals.hpp"

namespace {

using namespace muster;

int code_of(ExitCode code) {
    return static_cast<int>(code);
}

// A command that a signal cut short says so to the shell; `serve` is meant to be ended so.
int run(CommandLine& line) {
    if (const auto* printed = std::get_if<PrintedText>(&line)) {
        return code_of(write_output(printed->text) ? ExitCode::done : ExitCode::trouble);
    }
    StopSignals signals;
    const auto& chosen = std::get<ChosenCommand>(line);
    const ExitCode code = chosen.command->run(signals);
    const bool cut_short = signals.signal() != 0 && !chosen.ends_by_signal;
    return code == ExitCode::done && cut_short ? 128 + signals.signal() : code_of(code);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::span<const char* const> arguments(
            argv + (argc > 0 ? 1 : 0), static_cast<std::size_t>(argc > 0 ? argc - 1 : 0));
        auto line = read_command_line(arguments);
        if (!line) {
            report_error(line.error().what);
            return code_of(ExitCode::usage);
        }
        return run(*line);
    } catch (const std::exception& error) {
        // Out of memory, or out of threads: no module of ours throws.
        report_error(std::string("cannot go on: muster: ") + error.what());
        return code_of(ExitCode::unreachable);
    }
}
