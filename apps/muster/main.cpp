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
int run(const Command& command) {
    if (const auto* printed = std::get_if<PrintedText>(&command)) {
        return code_of(write_output(printed->text) ? ExitCode::done : ExitCode::trouble);
    }
    const StopSignals signals;
    if (const auto* serve = std::get_if<ServeOptions>(&command)) {
        return code_of(run_serve(*serve, signals.token()));
    }
    ExitCode code = ExitCode::done;
    if (const auto* get = std::get_if<GetOptions>(&command)) code = run_get(*get, signals.token());
    if (const auto* demo = std::get_if<DemoOptions>(&command)) {
        code = run_demo(*demo, signals.token());
    }
    if (const auto* sim = std::get_if<SimOptions>(&command)) code = run_sim(*sim, signals.token());
    if (code == ExitCode::done && signals.signal() != 0) return 128 + signals.signal();
    return code_of(code);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::span<const char* const> arguments(
            argv + (argc > 0 ? 1 : 0), static_cast<std::size_t>(argc > 0 ? argc - 1 : 0));
        const auto command = read_command_line(arguments);
        if (!command) {
            report_error(command.error().what);
            return code_of(ExitCode::usage);
        }
        return run(*command);
    } catch (const std::exception& error) {
        // Out of memory, or out of threads: no module of ours throws.
        report_error(std::string("cannot go on: muster: ") + error.what());
        return code_of(ExitCode::unreachable);
    }
}
