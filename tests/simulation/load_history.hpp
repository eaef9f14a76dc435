// The true load of one rank of one process, as long as it lived: the yardstick for every number
// that a view shows.
#pragma once

#include <cstddef>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/load.hpp"

namespace muster {

/// What a view may show of a record as a worker sent it (design 4, "fields are known one by one"),
/// written down a second time so that the simulation does not trust the code it judges.
[[nodiscard]] Load showable(const Load& sent);

class LoadHistory {
public:
    struct Span {
        Time since;
        Load sent;              ///< As the worker says it.
        Load showable;          ///< As a view may show it.
        bool starting = false;  ///< All zeros, of a process that has not begun to work.
    };

    void become(Time when, const Load& load, bool starting = false);
    void end(Time when) noexcept { ended_ = when; }
    [[nodiscard]] bool empty() const noexcept { return spans_.empty(); }
    [[nodiscard]] const Span& last() const noexcept { return spans_.back(); }
    [[nodiscard]] const std::vector<Span>& spans() const noexcept { return spans_; }

    /// Whether exactly this was true at some moment in [from, until].
    [[nodiscard]] bool was(const Load& shown, Time from, Time until) const noexcept;
    /// The same for the two fields whose change triggers a push.
    [[nodiscard]] bool triggers_were(const Load& shown, Time from, Time until) const noexcept;
    /// Whether it was still starting at some moment in [from, until]: then nothing need be shown.
    [[nodiscard]] bool was_unknown(Time from, Time until) const noexcept;

private:
    template <typename Same>
    [[nodiscard]] bool any_in(Time from, Time until, Same same) const noexcept;

    std::vector<Span> spans_;
    Time ended_ = Time::max();
};

}  // namespace muster
