// The flags that say where the past is read from: the files of a state directory, or a running
// serve; and how a moment is given.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "flags/flag.hpp"
#include "flags/given_flags.hpp"
#include "flags/server_flags.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"

namespace muster {

inline constexpr Flag kStateDirFlag{"--state-dir", "DIR", "The journal's, unless XDG's",
                                    FlagKind::text, "state_dir"};

/// `server` if there is one, else the files.
struct JournalPlace {
    std::string state_dir;
    std::optional<ServerRoad> server;

    [[nodiscard]] std::string shown() const {
        return server ? server->server.to_text() : state_dir;
    }
};

/// --state-dir or --server (with the rest of kServerFlags), which exclude each other. Neither: the
/// files where `muster serve` keeps them unless told otherwise, if they are there; else the default
/// server.
[[nodiscard]] Result<JournalPlace> read_journal_place(const GivenFlags& given);

/// A moment in words (wire/moment_text.hpp) of this machine's zone; `otherwise` if not given.
[[nodiscard]] Result<WallTime> read_moment_flag(const GivenFlags& given, const char* flag,
                                                WallTime otherwise);

}  // namespace muster
