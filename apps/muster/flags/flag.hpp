// Flag: one thing that a user can set, declared once for all its faces.
//
// A command declares what it takes as a table of these. The command line and its help, the
// environment, the configuration file, --print-config, completions and man pages are made from the
// table; nothing else knows a flag's name but the function that reads its value. Plain values,
// meant to be constexpr.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace muster {

enum class FlagKind : std::uint8_t {
    text,       ///< `--interval 2s`; the last one given counts.
    list,       ///< `--state fresh --state late`, or `fresh,late`.
    toggle,     ///< `--watch`; off unless given.
    argument,   ///< `WORKER`, without a name before it; at most one.
    arguments,  ///< `TARGET`, the same; any number.
};

[[nodiscard]] constexpr bool is_argument(FlagKind kind) noexcept {
    return kind == FlagKind::argument || kind == FlagKind::arguments;
}

/// The key of a flag that stands in no configuration file, because it speaks of this one run.
inline constexpr std::string_view kNoKey = "-";

struct Flag {
    std::string_view name;   ///< "--nats-creds"; an argument's is the word of the help, "WORKER".
    std::string_view type;   ///< "FILE": what stands for the value in the help.
    std::string_view about;  ///< A line of the help, with the default in brackets at its end.
    FlagKind kind = FlagKind::text;
    /// "nats.creds": where it stands in the configuration file. Empty: in the section of its group
    /// (of its command, where the group names none), under its own name with `_` for `-`.
    std::string_view key{};
    /// What there is to choose from, for completions; empty: anything.
    std::span<const std::string_view> choices{};
    /// A running `serve` takes a changed value at SIGHUP; else it needs a restart.
    bool reloads = false;
};

/// Flags under one title of the help. Groups of one command with the same title are shown as one.
struct FlagGroup {
    std::string_view title;
    std::span<const Flag> flags;
    std::string_view section{};  ///< Of the configuration file; empty: the command's name.
    /// `[[section]]` may stand there several times, for a thing of which there may be several. The
    /// flags speak of one, which the first flag of the group names.
    bool repeats = false;
};

/// "--nats-tls-ca" is MUSTER_NATS_TLS_CA in the environment. Arguments have no variable.
[[nodiscard]] std::string variable_of(std::string_view flag);

}  // namespace muster
