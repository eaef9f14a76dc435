// Source: the port that every transport implements, and what the collector asks of it.
//
// The collector decides who is asked and when (it holds the schedule and the rules); a source only
// sends, receives, parses and hands over. See docs/decisions and ARCHITECTURE.md, "the data path".
#pragma once

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"

namespace muster {

/// One round: a question to all workers of a component, and behind it, on the same connection, an
/// echo to ourselves. Both numbers travel in the reply subjects, so that any answer, however late,
/// is matched.
struct Question {
    ComponentId component;
    RoundId round;
    EchoId echo;
};

/// Thread rule: called on the collector's timer thread, never with the collector's lock held.
/// Must not block; what cannot be sent at once is dropped, never queued.
class Source {
public:
    virtual ~Source() = default;
    /// False if nothing was sent: the round is then void and counts for nothing.
    [[nodiscard]] virtual bool ask(const Question& question) = 0;
    /// An echo alone, while the source is suspect.
    [[nodiscard]] virtual bool echo(EchoId echo) = 0;
};

}  // namespace muster
