// What one scrape of an engine's server came to: a report for each data-parallel rank.
//
// Made by EngineReader, handed to the collector by whoever scraped. Values and views.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"
#include "muster/engines/engine.hpp"
#include "muster/fleet/load.hpp"

namespace muster {

/// Differences of counters over the time between two answers of one process. Absent: the counter
/// is not there, or there is no earlier answer of this process. Never from before a restart.
struct EngineRates {
    Duration window{};  ///< Zero: there is no earlier answer.
    std::optional<double> prompt_tokens_per_s;
    std::optional<double> generated_tokens_per_s;
    std::optional<double> requests_per_s;  ///< Finished ones.
};

/// Whether an engine behind a live server still works, by the counters that must move while
/// requests run.
enum class EngineMotion : std::uint8_t {
    unknown,  ///< No such counter, or only one answer so far.
    moving,   ///< They moved since the answer before.
    idle,     ///< They stood, and nothing ran.
    still,    ///< They stood though requests run or wait. For long: it hangs.
};

/// One rank of one server.
struct EngineReport {
    /// Absent as long as the server has shown no rank but 0: its worker's id is `http/HOST:PORT`.
    /// Else the worker is `http/HOST:PORT/RANK`.
    std::optional<std::uint32_t> rank;
    /// What is known is marked so. No field known: it lives, and tells no load.
    Load load;
    EngineRates rates;
    EngineMotion motion = EngineMotion::unknown;
    /// Since when it is `still`, by receipt of the first answer that said so; else kNever.
    Time still_since = kNever;
    /// A number that differs from the one before exactly if the counters that must move did.
    /// Absent: there are none, or this scrape did not ask for them. (For Answer::progress.)
    std::optional<std::uint64_t> progress;
    /// Its counters show work since the answer before, but no gauge did, then or now: a burst went
    /// by between two scrapes.
    bool was_busy = false;
    /// How old this was, by the engine's own clock, when it answered. Absent: it does not tell.
    std::optional<Duration> captured_lag;
    /// Requests that ended since the process started, for Answer::requests_total: one that falls
    /// is a restart.
    std::optional<std::uint64_t> requests_total;
};

/// All of one scrape. Views live until the reader's next call.
struct EngineScrape {
    std::optional<Engine> engine;           ///< Absent: not recognised yet.
    std::span<const EngineReport> reports;  ///< By rank, ascending.
    /// Names of the models served, where a document told.
    std::span<const std::string> models;
    /// Start of the process, ns since 1970 by its own clock, for Answer::started. Only where the
    /// engine tells one that is fit to be compared (not llama.cpp's, which is years off: its
    /// change is noticed here). Absent for a multi-process page.
    std::optional<std::int64_t> started;
    /// Another process answers than at the scrape before: its start time changed or a counter
    /// fell. What was learnt of the old one is forgotten.
    bool restarted = false;
    /// The part of the documents that gave the load, as it was sent (wanted series only), at most
    /// kRawRecordBytesMax; for Answer::raw.
    std::string_view raw;
};

}  // namespace muster
