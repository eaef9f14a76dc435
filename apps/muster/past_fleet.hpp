// past_fleet: the fleet as it was, from the files of a journal or from a running serve.
#pragma once

#include <stop_token>
#include <string>

#include "flags/journal_place.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"
#include "muster/wire/fleet_json.hpp"

namespace muster {

/// The JSON of GET /v1/fleet?at=, from either place. Its "time" and "as_of" are the moment that was
/// found; ages and states are as of then. Errors are whole sentences: bad_input if that moment is
/// not in the journal, else what could not be reached or read.
[[nodiscard]] Result<std::string> past_fleet_json(const JournalPlace& place, WallTime when,
                                                  const FleetFilter& filter,
                                                  const std::stop_token& stop);

/// The same, read back.
[[nodiscard]] Result<FleetDocument> past_fleet(const JournalPlace& place, WallTime when,
                                               const FleetFilter& filter,
                                               const std::stop_token& stop);

}  // namespace muster
