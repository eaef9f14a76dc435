// Where a muster listens that asks: learnt by its workers, from a question.
#pragma once

#include <string>
#include <vector>

#include "support/nats_muster.hpp"
#include "support/nats_workers.hpp"

namespace muster::testing {

/// Waits for a question; empty if none comes.
inline std::string inbox_of_who_asks(NatsWorkers& workers) {
    std::vector<std::string> questions;
    (void)wait_until(kPatience, [&] {
        questions = workers.take_questions();
        return !questions.empty();
    });
    return questions.empty() ? "" : questions.front().substr(0, questions.front().find(".s."));
}

}  // namespace muster::testing
