// See question_order.hpp.
#include "muster/io/nats/question_order.hpp"

namespace muster {

void QuestionOrder::asked(const Asked& question) {
    if (underway_.size() == kRememberedMax) {
        forgotten_ = underway_.front().echo;
        underway_.pop_front();
    }
    if (!first_) first_ = question.component;
    several_ = several_ || question.component != *first_;
    underway_.push_back(question);
}

void QuestionOrder::echo_back(EchoId echo) {
    while (!underway_.empty() && underway_.front().echo <= echo) underway_.pop_front();
    if (forgotten_ && *forgotten_ <= echo) forgotten_.reset();
}

std::optional<QuestionOrder::Asked> QuestionOrder::take_unheard() {
    if (underway_.empty() || forgotten_) return std::nullopt;
    const Asked oldest = underway_.front();
    underway_.pop_front();
    return oldest;
}

std::optional<QuestionOrder::Asked> QuestionOrder::take_unheard_of_one_component() {
    return several_ ? std::nullopt : take_unheard();
}

}  // namespace muster
