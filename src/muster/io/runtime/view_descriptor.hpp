// ViewDescriptor: a file descriptor that a foreign poll, epoll or event loop can watch for views.
//
// It is readable from a publication on until drain() (or any 8-byte read of it): wait for POLLIN,
// call drain(), then read the newest view through a ViewReader. Several publications in between are
// one wake-up. Readable at once if anything was published before it was made.
#pragma once

#include <memory>

#include "muster/base/error.hpp"
#include "muster/fleet/view_cell.hpp"

namespace muster {

class ViewDescriptor final : private ViewListener {
    struct Opened {
        int fd;
    };

public:
    /// `cell` must outlive it. Fails when the process has no descriptors left.
    [[nodiscard]] static Result<std::unique_ptr<ViewDescriptor>> open(ViewCell& cell);
    /// Only open() can make one.
    ViewDescriptor(ViewCell& cell, Opened opened);
    ~ViewDescriptor() override;
    ViewDescriptor(const ViewDescriptor&) = delete;
    ViewDescriptor& operator=(const ViewDescriptor&) = delete;

    /// Non-blocking, close-on-exec, owned by this object: watch it, do not close it.
    [[nodiscard]] int fd() const noexcept { return fd_; }
    /// Makes it unreadable until the next publication. Call it before reading the view, so that a
    /// publication in between is not missed. Thread rule: any.
    void drain() noexcept;

private:
    void on_published(std::uint64_t version) noexcept override;

    ViewCell& cell_;
    int fd_;
};

}  // namespace muster
