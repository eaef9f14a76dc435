// HttpLoop: one serving thread as its handler sees it: tasks from other threads, timers of its own.
//
// Everything that belongs to a loop (connections, its handler, the handler's ViewReader and waiting
// requests) is touched by that thread only, so handlers need no lock.
#pragma once

#include <functional>
#include <memory>

#include "muster/base/time.hpp"

namespace muster {

/// A timer that was set. Destroying it cancels it. Thread rule: the loop's thread only.
class HttpTimer {
public:
    virtual ~HttpTimer() = default;
};

class HttpLoop {
public:
    virtual ~HttpLoop() = default;

    /// Runs `task` on the loop's thread, soon. Thread rule: any. False if the loop has ended: the
    /// task is then dropped. Never blocks on the loop; may allocate.
    virtual bool post(std::function<void()> task) = 0;

    /// Runs `task` on the loop's thread once `delay` has passed, unless the timer dies before.
    /// Thread rule: the loop's thread only.
    [[nodiscard]] virtual std::unique_ptr<HttpTimer> call_after(Duration delay,
                                                                std::function<void()> task) = 0;
};

}  // namespace muster
