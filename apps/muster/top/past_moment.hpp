// PastMoment: which moment of the past the table shows, which one is wanted, and the keys that
// step from the one to the other.
//
// Knows no journal and no clock: what was found is told to it, the time is a parameter. Belongs to
// one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "muster/base/time.hpp"
#include "muster/wire/moment_text.hpp"
#include "top/styled_line.hpp"

namespace muster {

class PastMoment {
public:
    /// `wanted` was asked for; `present` is what the wall clock says at `now`. `zone` must outlive
    /// it.
    PastMoment(const TimeZone& zone, WallTime wanted, WallTime present, Time now);

    /// A view came, of that moment.
    void found(WallTime as_of);
    /// None came. `why` in a sentence. The next step begins at what is shown.
    void missed(std::string why);
    /// Whether it is one of the keys that step; then another moment is wanted.
    [[nodiscard]] bool press(char key, Time now);
    /// The moment to look for, once after each step.
    [[nodiscard]] std::optional<WallTime> take_step();

    /// That this is the past, and which: the first line of the screen.
    [[nodiscard]] StyledLine line(Time now, std::size_t columns) const;

private:
    [[nodiscard]] WallTime present(Time now) const;

    const TimeZone* zone_;
    WallTime present_;  // At began_.
    Time began_;
    WallTime wanted_;
    std::optional<WallTime> shown_;
    std::string missing_;
    bool stepped_ = false;
};

}  // namespace muster
