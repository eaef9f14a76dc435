// See view_descriptor.hpp.
#include "muster/io/runtime/view_descriptor.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace muster {

Result<std::unique_ptr<ViewDescriptor>> ViewDescriptor::open(ViewCell& cell) {
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return fail(ErrorKind::overloaded, ErrorOrigin::self,
                    "cannot make an event descriptor: " + std::generic_category().message(errno) +
                        ": close descriptors or raise the limit (ulimit -n)");
    }
    return std::make_unique<ViewDescriptor>(cell, Opened{fd});
}

ViewDescriptor::ViewDescriptor(ViewCell& cell, Opened opened) : cell_(cell), fd_(opened.fd) {
    cell_.add_listener(*this);
    if (cell_.version() > 0) on_published(cell_.version());
}

ViewDescriptor::~ViewDescriptor() {
    cell_.remove_listener(*this);
    ::close(fd_);
}

void ViewDescriptor::on_published(std::uint64_t) noexcept {
    // Fails only if the counter is full, and then it is readable anyway.
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void ViewDescriptor::drain() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);
}

}  // namespace muster
