// Every subcommand, one line each. A new one: its function here, and its line in the table.
#include "flags/command_table.hpp"

#include <array>

namespace muster {

// Each is told in flags/NAME_flags.cpp, or beside the command.
CommandSpec serve_spec();
CommandSpec top_spec();
CommandSpec get_spec();
CommandSpec check_spec();
CommandSpec expect_spec();
CommandSpec cordon_spec();
CommandSpec uncordon_spec();
CommandSpec journal_spec();
CommandSpec sim_spec();
CommandSpec demo_spec();
CommandSpec completion_spec();
CommandSpec man_spec();

std::span<const CommandSpec> command_table() {
    // clang-format off
    static const std::array table = {
        serve_spec(),
        top_spec(),
        get_spec(),
        journal_spec(),
        check_spec(),
        expect_spec(),
        cordon_spec(),
        uncordon_spec(),
        sim_spec(),
        demo_spec(),
        completion_spec(),
        man_spec(),
    };
    // clang-format on
    return table;
}

}  // namespace muster
