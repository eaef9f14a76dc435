// What is missing in a view, and how busy the machine is: both say how long to wait.
#include "first_picture.hpp"

#include <algorithm>
#include <set>

namespace muster {
namespace {

/// A worker's answer takes two of them: the broker's part and its own; and twice that for one that
/// is unlucky.
constexpr int kExchanges = 4;
/// Beyond it the machine hangs, and nobody wants to wait with it.
constexpr Duration kPaceMax = std::chrono::seconds(3);
/// In a fleet to which somebody new comes all the time no picture is ever whole.
constexpr Duration kLongest = std::chrono::seconds(10);

/// By source, in the view's order: whether a load came from behind it.
std::vector<bool> sources_that_answered(const FleetView& view) {
    std::set<std::uint32_t> answered;
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (view.has_load(row)) answered.insert(view.identity(row).source.value);
    }
    std::vector<bool> answers;
    for (const SourceInfo& source : view.sources()) {
        answers.push_back(answered.contains(source.source.value));
    }
    return answers;
}

bool is_disconnected(const SourceInfo& source) {
    return source.state == SourceState::disconnected;
}

/// A component is found by one of its instances: it has some, even if it was not heard yet.
bool every_component_answered(const FleetView& view) {
    std::set<std::uint32_t> answered;
    for (std::size_t row = 0; row < view.size(); ++row) {
        answered.insert(view.identity(row).component_id.value);
    }
    return std::ranges::all_of(view.components(), [&](const ComponentInfo& component) {
        return answered.contains(component.component.value) || !component.without_load.empty();
    });
}

}  // namespace

bool is_unheard(const FleetView& view, const SourceInfo& source) {
    if (is_disconnected(source)) return false;
    if (!source.asked_once) return true;
    if (source.state == SourceState::connected) return false;
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (view.identity(row).source == source.source) return false;
    }
    return true;
}

void FirstPicture::note_sources(const FleetView& view, const std::vector<bool>& answers, Time now) {
    seen_.resize(view.sources().size());
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        const SourceInfo& source = view.sources()[i];
        Seen& seen = seen_[i];
        const bool exchanges = source.kind == "nats";  // Engines have a pace each.
        if (source.asked_once && seen.asked_at == kNever) {
            seen.asked_at = now;
            if (exchanges) exchange_ = std::max(exchange_, age_between(source.since, now));
        }
        if (!answers[i] || seen.answered || seen.asked_at == kNever) continue;
        seen.answered = true;
        if (exchanges) finding_ = std::max(finding_, age_between(seen.asked_at, now));
    }
}

void FirstPicture::note_late(Duration late) {
    exchange_ = std::max(exchange_, late);
}

Duration FirstPicture::pace() const {
    const Duration busy = std::min(std::max(kExchanges * exchange_, finding_), kPaceMax);
    return std::max(limits_.patience, busy);
}

Time FirstPicture::ready_at(const FleetView& view, Time now) {
    if (begun_ == kNever) begun_ = now;
    const std::vector<bool> answers = sources_that_answered(view);
    note_sources(view, answers, now);

    Heard heard{.components = view.components().size(), .workers = view.size()};
    bool all_asked = true;
    bool whole = view.size() > 0 && every_component_answered(view);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const SourceInfo& source = view.sources()[i];
        heard.asked += source.asked_once ? 1 : 0;
        if (is_disconnected(source)) continue;
        all_asked = all_asked && source.asked_once;
        whole = whole && answers[i];
    }
    for (std::size_t row = 0; row < view.size(); ++row) heard.loads += view.has_load(row) ? 1 : 0;
    whole = whole && heard.loads == heard.workers;
    if (news_at_ == kNever || heard != heard_) news_at_ = now;
    heard_ = heard;

    if (!all_asked) return begun_ + limits_.asked_within;
    if (all_asked_at_ == kNever) all_asked_at_ = news_at_ = now;
    return std::min(news_at_ + (whole ? 1 : 2) * pace(),
                    all_asked_at_ + std::max(kLongest, 2 * limits_.patience));
}

}  // namespace muster
