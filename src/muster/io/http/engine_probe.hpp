// EngineProbe: a close look at one server, for people: which engine it is, what it offers, what it
// lacks, what a scrape costs it, and whether its numbers move.
//
// The same questions as HttpSource asks, over the same connection, several times: the least of what
// looks cost is the engine's own work, the middle one what it comes to at its load of now.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/engines/engine.hpp"
#include "muster/engines/engine_reader.hpp"
#include "muster/engines/engine_report.hpp"
#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/scrape_target.hpp"
#include "muster/io/http/tls_files.hpp"

namespace muster {

struct ProbeOptions {
    TlsClientFiles tls;
    std::string token;
    std::size_t scrapes = 7;
    /// Between two of them.
    Duration pause = std::chrono::milliseconds(200);
    /// Above this, of slow answers, no more than three.
    Duration enough = std::chrono::seconds(3);
    /// While requests run and nothing moves it is looked at on, up to this: a step may take a
    /// second, and SGLang's page with its counters is asked every five.
    Duration standing = std::chrono::seconds(6);
};

/// A document that was asked for.
struct ProbedDocument {
    std::string target;
    std::string why;  ///< Of the asking: "requests, queue and KV use".
    unsigned status = 0;
    DocumentFate fate = DocumentFate::not_readable;
    std::string advice;  ///< What it means and what to do; empty if all is well.
    std::size_t bytes = 0;
    Duration cost{};  ///< Until its first byte, without the network's part; the least seen.
};

struct ProbedEngine {
    /// Nothing of the server could be read: why, a whole sentence.
    std::optional<ScrapeFailure> failure;
    std::string sentence;

    std::optional<Engine> engine;
    /// Another one answered earlier within this look: several stand behind one address.
    std::optional<Engine> engine_before;
    std::vector<std::string> models;
    std::vector<ProbedDocument> documents;  ///< Each once, as it answered last.
    std::vector<EngineReport> reports;      ///< Of the last scrape; `motion` of all of them.
    std::vector<EngineLack> lacks;
    std::size_t scrapes = 0;  ///< That came to an end.
    Duration cost{};          ///< Of one scrape, all its documents: the least seen.
    Duration middle_cost{};   ///< The median: what its load of now makes of that.
    std::size_t bytes = 0;    ///< Of that one.
    Duration looked{};        ///< From the first scrape to the last.
    bool moved = false;       ///< A load or a counter changed between two scrapes.

    [[nodiscard]] bool tells_load() const noexcept {
        for (const EngineReport& report : reports) {
            if (!report.load.known.empty()) return true;
        }
        return false;
    }
};

/// Fails (bad_input) where a file cannot be read; with closed, "stopped" when the stop is asked.
/// Blocks: the three least deadlines long, or `enough`, or `standing` and one more.
[[nodiscard]] Result<ProbedEngine> probe_engine(const ScrapeTarget& target,
                                                const ProbeOptions& options, const Clock& clock,
                                                NameResolver& names,
                                                const std::stop_token& stop = {});

}  // namespace muster
