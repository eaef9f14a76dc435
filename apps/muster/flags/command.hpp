// Command: a subcommand as the program sees it: its name, its help, its flags, and the function
// that turns what was given into something to run.
//
// Each subcommand describes itself in a file of this folder; command_table.cpp lists them. Parsed
// and run on the main thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "error_report.hpp"
#include "flags/flag.hpp"
#include "flags/given_flags.hpp"
#include "muster/base/error.hpp"
#include "stop_signals.hpp"

namespace muster {

/// A command with its options, all checked, ready to run.
class Command {
public:
    virtual ~Command() = default;
    [[nodiscard]] virtual ExitCode run(StopSignals& signals) = 0;
};

template <typename Options>
class CommandWith : public Command {
public:
    using Run = ExitCode (*)(const Options&, const std::stop_token&);

    CommandWith(Options options, Run function)
        : options_(std::move(options)), function_(function) {}
    [[nodiscard]] ExitCode run(StopSignals& signals) override {
        return function_(options_, signals.token());
    }
    [[nodiscard]] const Options& options() const noexcept { return options_; }

private:
    Options options_;
    Run function_;
};

template <typename Options>
[[nodiscard]] std::unique_ptr<Command> make_command(Options options,
                                                    typename CommandWith<Options>::Run function) {
    return std::make_unique<CommandWith<Options>>(std::move(options), function);
}

/// What a subcommand says of itself.
struct CommandSpec {
    std::string_view name;
    std::string_view about;     ///< Its line in `muster --help`.
    std::string_view examples;  ///< Two lines, "  muster ...".
    std::span<const FlagGroup> groups;
    /// Fails (bad_input) with one whole sentence that names the flag.
    Result<std::unique_ptr<Command>> (*read)(const GivenFlags& given);
    /// A signal is how it is meant to end: then the code is its own, not 128 + the signal.
    bool ends_by_signal = false;
};

}  // namespace muster
