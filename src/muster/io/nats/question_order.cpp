// See question_order.hpp.
#include "muster/io/nats/question_order.hpp"

#include <algorithm>

namespace muster {

void QuestionOrder::asked(const Asked& question) {
    if (underway_.size() == kRememberedMax) underway_.pop_front();
    underway_.push_back(question);
}

void QuestionOrder::echo_back(EchoId echo) {
    while (!underway_.empty() && underway_.front().echo <= echo) underway_.pop_front();
}

std::optional<QuestionOrder::Asked> QuestionOrder::take_unheard() {
    if (underway_.empty()) return std::nullopt;
    const Asked oldest = underway_.front();
    underway_.pop_front();
    return oldest;
}

std::optional<QuestionOrder::Asked> QuestionOrder::take_unheard_of_one_component() {
    const bool one = std::ranges::all_of(underway_, [this](const Asked& question) {
        return question.component == underway_.front().component;
    });
    return one ? take_unheard() : std::nullopt;
}

}  // namespace muster
