// QuestionOrder: which question it is that nobody heard.
//
// To a question without a listener the broker says 503 in the place of an answer, and nats.c keeps
// to itself which one was meant. But a broker treats what comes on one connection in turn, and
// behind every question goes its echo: a 503 comes before the echo of its question and after the
// echoes of all that were asked before. So it belongs to the oldest question whose echo is not
// back. Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "muster/base/strong_id.hpp"

namespace muster {

class QuestionOrder {
public:
    struct Asked {
        ComponentId component;
        RoundId round;
        EchoId echo;  ///< Sent behind it.
        friend bool operator==(const Asked&, const Asked&) = default;
    };
    /// So many are remembered. A collector has at most a few of each component on the way; of more,
    /// the oldest are forgotten, and nothing is told until their echoes are back: what nobody heard
    /// is noticed when its time is over.
    static constexpr std::size_t kRememberedMax = 4'096;

    /// A question was sent, behind all others. REQUIRES: echoes are numbered upwards.
    void asked(const Asked& question);
    /// An echo is back, and with it everything that the broker had to say to questions before it.
    void echo_back(EchoId echo);
    /// A 503 came in turn with the echoes: its question, which gets no other. Absent if it is none
    /// of ours.
    [[nodiscard]] std::optional<Asked> take_unheard();
    /// A 503 came while echoes may come out of their turn: the same, but only if no other component
    /// can have been meant, because none was asked since clear(). Of one component any round will
    /// do: whoever has not answered the older one will not answer the later one, which nobody
    /// heard.
    [[nodiscard]] std::optional<Asked> take_unheard_of_one_component();
    /// The connection is new.
    void clear() { *this = QuestionOrder(); }

private:
    std::deque<Asked> underway_;        // Oldest first.
    std::optional<EchoId> forgotten_;   // The last one forgotten, until it is back.
    std::optional<ComponentId> first_;  // The component that was asked first.
    bool several_ = false;              // Others were asked too.
};

}  // namespace muster
