// `muster completion`: its place on the command line, and what it prints.
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flags/command.hpp"
#include "flags/usage_error.hpp"
#include "shell/completion.hpp"
#include "shell/printed_file.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 3> kShells = {"bash", "zsh", "fish"};

constexpr std::array kArguments = {
    Flag{.name = "SHELL",
         .type = "",
         .about = "bash, zsh or fish",
         .kind = FlagKind::argument,
         .choices = kShells},
};

constexpr std::array kGroups = {FlagGroup{"", kArguments}};

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    const std::string shell = given.text("SHELL");
    for (std::size_t i = 0; i < kShells.size(); ++i) {
        if (shell != kShells[i]) continue;
        return make_command(PrintedFile{completion_script(static_cast<Shell>(i))}, print_file);
    }
    const std::vector<std::string> names(kShells.begin(), kShells.end());
    return wrong_usage((shell.empty() ? "no shell: muster completion"
                                      : "unknown shell: muster completion " + shell) +
                       ": " + suggestion(shell, names, "give bash, zsh or fish"));
}

}  // namespace

CommandSpec completion_spec() {
    return {.name = "completion",
            .about = "Print the completions for a shell",
            .examples =
                "  muster completion bash > /usr/share/bash-completion/completions/muster\n"
                "  muster completion fish > ~/.config/fish/completions/muster.fish",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
