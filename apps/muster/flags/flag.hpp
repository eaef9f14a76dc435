// Flag: one thing that a user can set, declared once for all its faces.
//
// A command declares what it takes as a table of these. The parser of the command line, the help
// and the environment are made from the table; nothing else knows a flag's name but the function
// that reads its value. Plain values, meant to be constexpr.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace muster {

enum class FlagKind : std::uint8_t {
    text,      ///< `--interval 2s`; the last one given counts.
    list,      ///< `--state fresh --state late`, or `fresh,late`.
    toggle,    ///< `--watch`; off unless given.
    argument,  ///< `WORKER`, without a name before it; at most one.
};

struct Flag {
    std::string_view name;   ///< "--nats-creds"; an argument's is the word of the help, "WORKER".
    std::string_view type;   ///< "FILE": what stands for the value in the help.
    std::string_view about;  ///< A line of the help, with the default in brackets.
    FlagKind kind = FlagKind::text;
};

/// Flags under one title of the help. Groups of one command with the same title are shown as one.
struct FlagGroup {
    std::string_view title;
    std::span<const Flag> flags;
};

/// "--nats-tls-ca" is MUSTER_NATS_TLS_CA in the environment. Arguments have no variable.
[[nodiscard]] std::string variable_of(std::string_view flag);

}  // namespace muster
