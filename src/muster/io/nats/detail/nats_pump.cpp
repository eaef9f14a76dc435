// See nats_pump.hpp. nats.c calls attach and detach when a connection begins and ends, and
// want_write when its buffer is not empty any more; all of them under the connection's lock.
#include "muster/io/nats/detail/nats_pump.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <system_error>
#include <utility>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {
namespace {

/// Whose writes the calling thread sends itself: that pump need not be woken for them.
thread_local const NatsPump* writes_for = nullptr;

NatsPump& pump_of(void* pump) {
    return *static_cast<NatsPump*>(pump);
}

}  // namespace

NatsPump::NatsPump(NatsPumpWork& work)
    : work_(work), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

NatsPump::~NatsPump() {
    stop();
    close_descriptors();
}

void NatsPump::close_descriptors() {
    for (int* const descriptor : {&wake_, &socket_}) {
        if (*descriptor >= 0) ::close(std::exchange(*descriptor, -1));
    }
}

natsStatus NatsPump::hook_into(natsOptions* options, bool secure) {
    if (wake_ < 0) return NATS_NO_MEMORY;
    secure_ = secure;
    return natsOptions_SetEventLoop(options, this, &attach, &want_read, &want_write, &detach);
}

natsStatus NatsPump::attach(void** pump, void* loop, natsConnection* connection, natsSock socket) {
    *pump = loop;
    NatsPump& self = pump_of(loop);
    self.connection_ = connection;
    self.socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (self.socket_ < 0) return NATS_SYS_ERROR;
    self.attached_ = true;
    return NATS_OK;
}

natsStatus NatsPump::want_read(void* pump, bool wanted) {
    return wanted ? NATS_OK : detach(pump);
}

natsStatus NatsPump::want_write(void* pump, bool wanted) {
    NatsPump& self = pump_of(pump);
    self.write_wanted_ = wanted;
    if (wanted && writes_for != &self) self.look();
    return NATS_OK;
}

natsStatus NatsPump::detach(void* pump) {
    NatsPump& self = pump_of(pump);
    if (!self.attached_.exchange(false)) return NATS_OK;
    // nats.c closes its descriptor now; ours is not to keep the broker waiting.
    ::shutdown(self.socket_, SHUT_RDWR);
    self.look();
    return NATS_OK;
}

bool NatsPump::start() {
    try {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    } catch (const std::system_error&) {
        return false;
    }
    pthread_setname_np(thread_.native_handle(), "muster-nats");
    return true;
}

void NatsPump::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    // Without a socket to the broker nats.c waits for nothing, here or when it is destroyed.
    ::shutdown(socket_, SHUT_RDWR);
    look();
    thread_.join();
    close_descriptors();  // nats.c may keep this for a moment.
}

void NatsPump::look() noexcept {
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
}

Duration NatsPump::reading_for(Time now) const noexcept {
    const Time since = reading_since_;
    return since == kNever ? Duration::zero() : age_between(since, now);
}

void NatsPump::run(const std::stop_token& stop) {
    const SigpipeBlock no_sigpipe;
    writes_for = this;
    while (!stop.stop_requested() && attached_) {
        const bool readable = wait_for_socket();
        write();
        if (!readable) {
            work_.take_messages();
            continue;
        }
        while (read_all(stop)) {
            const Duration pause = work_.on_empty();
            if (pause <= Duration::zero()) break;
            rest(pause);
            if (is_readable()) continue;
            work_.on_handed_on();
            break;
        }
    }
    work_.on_handed_on();
    // If anything is left, its failing tells nats.c of the end; it would wait for an answer to it.
    const std::lock_guard lock(io_mutex_);
    write_locked();
}

bool NatsPump::read_all(const std::stop_token& stop) {
    reading_since_ = BootClock{}.now();
    for (;;) {
        if (stop.stop_requested() || !attached_) return false;
        {
            const std::lock_guard lock(io_mutex_);
            in_read_ = true;
            natsConnection_ProcessReadEvent(connection_);
            in_read_ = false;
        }
        ++reads_;
        work_.take_messages();
        write();  // The answer to a PING.
        if (!is_readable()) break;
        if (secure_) {
            work_.on_handed_on();
        } else {
            work_.on_more();
        }
    }
    if (!attached_) return false;
    reading_since_ = kNever;
    return true;
}

void NatsPump::write() {
    if (!write_wanted_) return;
    const std::lock_guard lock(io_mutex_);
    write_locked();
}

void NatsPump::write_locked() {
    // Nothing to write is to nats.c the end of the connection; and with TLS it would wait, with the
    // connection's lock, for a socket that is full.
    if (!attached_ || !write_wanted_ || !has_come(POLLOUT)) return;
    natsConnection_ProcessWriteEvent(connection_);
}

bool NatsPump::has_come(short events) const {
    pollfd socket{.fd = socket_, .events = events, .revents = 0};
    return ::poll(&socket, 1, 0) > 0;
}

bool NatsPump::is_readable() const {
    return attached_ && has_come(POLLIN);
}

bool NatsPump::wait_for_socket() {
    const int wanted = write_wanted_ ? POLLIN | POLLOUT : POLLIN;
    std::array<pollfd, 2> both{
        pollfd{.fd = socket_, .events = static_cast<short>(wanted), .revents = 0},
        pollfd{.fd = wake_, .events = POLLIN, .revents = 0}};
    (void)::poll(both.data(), both.size(), -1);
    std::uint64_t woken = 0;
    if (both[1].revents != 0) (void)!::read(wake_, &woken, sizeof woken);
    return attached_ && (both[0].revents & ~POLLOUT) != 0;
}

void NatsPump::rest(Duration time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const timespec until{.tv_sec = whole.count(), .tv_nsec = (time - whole).count()};
    pollfd wake{.fd = wake_, .events = POLLIN, .revents = 0};
    (void)::ppoll(&wake, 1, &until, nullptr);
}

NatsPump::Together::Together(NatsPump& pump) noexcept : pump_(pump), before_(writes_for) {
    writes_for = &pump;
}

NatsPump::Together::~Together() {
    writes_for = before_;
    if (before_ == &pump_ || !pump_.write_wanted_) return;
    const SigpipeBlock no_sigpipe;  // TLS writes without MSG_NOSIGNAL.
    const std::unique_lock lock(pump_.io_mutex_, std::try_to_lock);
    if (lock) pump_.write_locked();
    if (pump_.write_wanted_) pump_.look();  // The pump is reading, or the socket is full.
}

}  // namespace muster
