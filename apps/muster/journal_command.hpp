// `muster journal`: what happened, from the files of a journal or from a running serve.
#pragma once

#include <stop_token>
#include <string>

#include "error_report.hpp"
#include "flags/journal_place.hpp"
#include "muster/base/time.hpp"

namespace muster {

struct JournalOptionsGiven {
    JournalPlace place;
    WallTime since{};
    WallTime until = WallTime::max();
    std::string worker;  ///< Empty: all.
    bool json = false;
};

/// `done` also if nothing happened; `unreachable` if the journal cannot be read.
[[nodiscard]] ExitCode run_journal(const JournalOptionsGiven& options, const std::stop_token& stop);

}  // namespace muster
