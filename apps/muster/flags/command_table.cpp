// Every subcommand, one line each. A new one: its function here, and its line in the table.
#include "flags/command_table.hpp"

#include <array>

namespace muster {

// Each is told in flags/NAME_flags.cpp.
CommandSpec serve_spec();
CommandSpec top_spec();
CommandSpec get_spec();
CommandSpec cordon_spec();
CommandSpec uncordon_spec();
CommandSpec sim_spec();
CommandSpec demo_spec();

std::span<const CommandSpec> command_table() {
    static const std::array table = {
        serve_spec(),    top_spec(), get_spec(),  cordon_spec(),
        uncordon_spec(), sim_spec(), demo_spec(),
    };
    return table;
}

}  // namespace muster
