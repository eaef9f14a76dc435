// Steps add up while no answer comes, and never lead into the future.
#include "top/past_moment.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "people_text.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

struct Step {
    char key;
    Duration by;
};
constexpr std::array<Step, 8> kSteps = {{{',', -1s},
                                         {'.', 1s},
                                         {'<', -10s},
                                         {'>', 10s},
                                         {'[', -1min},
                                         {']', 1min},
                                         {'{', -1h},
                                         {'}', 1h}}};
// Samples lie a second apart: what is nearer is the moment that was asked for.
constexpr Duration kSameMoment = 1s;

std::string moment_words(WallTime when, const TimeZone& zone) {
    std::string text;
    append_moment(text, when, zone);
    return text;
}

}  // namespace

PastMoment::PastMoment(const TimeZone& zone, WallTime wanted, WallTime present, Time now)
    : zone_(&zone), present_(present), began_(now), wanted_(wanted) {}

WallTime PastMoment::present(Time now) const {
    return present_ + age_between(began_, now);
}

void PastMoment::found(WallTime as_of) {
    if (!missing_.empty()) wanted_ = as_of;
    missing_.clear();
    shown_ = as_of;
}

void PastMoment::missed(std::string why) {
    missing_ = std::move(why);
    if (shown_) wanted_ = *shown_;
}

bool PastMoment::press(char key, Time now) {
    const auto step = std::ranges::find(kSteps, key, &Step::key);
    if (step == kSteps.end()) return false;
    wanted_ = std::min(wanted_ + step->by, present(now));
    missing_.clear();
    stepped_ = true;
    return true;
}

std::optional<WallTime> PastMoment::take_step() {
    if (!std::exchange(stepped_, false)) return std::nullopt;
    return wanted_;
}

StyledLine PastMoment::line(Time now, std::size_t columns) const {
    StyledLine line("THE PAST", Tone::warning);
    if (shown_) {
        line.add(": " + moment_words(*shown_, *zone_), Tone::warning);
        line.add(", " + age_text(std::max(present(now) - *shown_, Duration::zero())) + " ago");
    }
    if (!missing_.empty()) {
        line.add("; " + harmless(missing_), Tone::bad);
    } else if (shown_ && (wanted_ - *shown_ >= kSameMoment || *shown_ - wanted_ >= kSameMoment)) {
        line.add("; wanted was " + moment_words(wanted_, *zone_));
    } else {
        line.add("   , . 1s  < > 10s  [ ] 1m  { } 1h", Tone::dim);
    }
    line.shorten_to(columns);
    return line;
}

}  // namespace muster
