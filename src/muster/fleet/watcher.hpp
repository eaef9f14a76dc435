// Watcher waits for a view newer than the last one it saw: latest value only, like a watch channel.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

#include "muster/base/time.hpp"
#include "muster/fleet/view_cell.hpp"

namespace muster {

/// Thread rule: one waiting thread at a time; may be made and destroyed at any time on any thread,
/// not while another waits on it. The cell must outlive it. Its first wait returns at once if
/// anything was ever published.
class Watcher final : private ViewListener {
public:
    explicit Watcher(ViewCell& cell);
    ~Watcher() override;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    /// Waits until a version above `seen()` is published; gives it and marks it seen. Null when the
    /// timeout passed or the stop was asked first.
    [[nodiscard]] FleetViewPtr wait(Duration timeout, std::stop_token stop = {});
    /// As wait, but for any version above `version`.
    [[nodiscard]] FleetViewPtr wait_above(std::uint64_t version, Duration timeout,
                                          std::stop_token stop = {});

    [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }

private:
    void on_published(std::uint64_t version) noexcept override;

    ViewCell& cell_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t published_ = 0;
    std::uint64_t seen_ = 0;
};

}  // namespace muster
