// See nats_session.hpp.
#include "muster/io/nats/detail/nats_session.hpp"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// How often a dial's socket is looked for, and then whether its patience is over. The first keeps
/// the next dial of the process waiting.
constexpr Duration kSocketLook = 2ms;
constexpr Duration kPatienceLook = 50ms;
/// nats.c ends within milliseconds once its socket is cut; a name server may take longer than a
/// stop may.
constexpr Duration kWindUp = 300ms;

/// A broker that answers none of them is gone, or as good as: 3 s of silence.
constexpr int kPingsUnansweredMax = 3;
/// Whoever has not come to the end for so long was too slow for the broker, if that ends it.
constexpr Duration kSlowReader = 1s;

/// nats.c frees messages on a thread of its own, and wakes that for each as soon as it has nothing
/// to do: up to four context switches for every report, more than all that we do with it. Together
/// they cost one wake (see open_nats_library). Within a burst the two would wait for each other's
/// locks of the allocator, so that so many are kept to its end, if it has one.
constexpr std::size_t kAsideEnough = 512;
constexpr std::size_t kAsideBytesEnough = 1024 * 1024;
constexpr std::size_t kAsideMax = 4096;
constexpr std::size_t kAsideBytesMax = 4 * 1024 * 1024;

/// One attempt to connect, on a thread of its own: neither nats.c nor a name server that does not
/// answer can be interrupted, and a stop waits for neither.
struct Dial {
    DialSocket socket;
    std::mutex mutex;
    std::condition_variable_any over;
    bool is_over = false;
    bool is_given_up = false;
    Result<NatsConnectionPtr> connection;

    /// Until it is over or a stop is asked; looks after the socket meanwhile.
    bool wait(const std::stop_token& stop) {
        std::unique_lock lock(mutex);
        bool is_looked_for = true;
        while (!is_over && !stop.stop_requested()) {
            const Duration pause = is_looked_for ? kSocketLook : kPatienceLook;
            over.wait_for(lock, stop, pause, [this] { return is_over; });
            is_looked_for = socket.look(BootClock{}.now());
        }
        return is_over;
    }
    /// After a stop: cuts what can be cut, and waits a moment for the end.
    bool wind_up() {
        socket.cut();
        std::unique_lock lock(mutex);
        is_given_up = !over.wait_for(lock, kWindUp, [this] { return is_over; });
        return is_over;
    }
};

NatsSession& session_of(void* closure) {
    return *static_cast<NatsSession*>(closure);
}

}  // namespace

Result<std::shared_ptr<NatsSession>> NatsSession::open(const NatsConnectOptions& options,
                                                       const NatsLogin& login,
                                                       const NatsUrl& server,
                                                       NatsSessionEvents& events, Duration patience,
                                                       const std::stop_token& stop) {
    auto session = std::make_shared<NatsSession>(Opened{}, events);
    // Held before it connects: the connection may be lost again before the dial returns.
    session->self_ = session;
    session->held_ = 1;
    auto connection = dial_until_stopped(session, options, login, server, patience, stop);
    if (!connection) return std::unexpected(std::move(connection.error()));
    session->connection_ = std::move(*connection);
    if (!session->pump_.start()) {
        session->close();
        return fail(ErrorKind::overloaded, ErrorOrigin::self,
                    "cannot start a thread: " + server.shown() + ": connecting again");
    }
    return session;
}

Result<NatsConnectionPtr> NatsSession::dial_until_stopped(
    const std::shared_ptr<NatsSession>& session, const NatsConnectOptions& options,
    const NatsLogin& login, const NatsUrl& server, Duration patience, const std::stop_token& stop) {
    const auto dial = std::make_shared<Dial>();
    const auto run = [dial, session, options, login, server, patience, stop] {
        const SigpipeBlock no_sigpipe;
        auto connection = dial_nats(options, login, server,
                                    NatsHooks{.disconnected = &NatsSession::disconnected,
                                              .closed = &NatsSession::closed,
                                              .error = &NatsSession::failed,
                                              .closure = session.get(),
                                              .pump = &session->pump_},
                                    patience, dial->socket, stop);
        // nats.c calls nothing for a connection that never was.
        if (!connection) session->let_go();
        const std::lock_guard lock(dial->mutex);
        if (dial->is_given_up) return;  // And with it the connection, if there is one.
        dial->connection = std::move(connection);
        dial->is_over = true;
        dial->over.notify_all();
    };
    std::thread thread;
    try {
        thread = std::thread(run);
    } catch (const std::system_error& error) {
        session->let_go();
        return fail(ErrorKind::overloaded, ErrorOrigin::self,
                    "cannot start a thread: " + server.shown() + ": " + error.code().message());
    }
    if (dial->wait(stop) || dial->wind_up()) {
        thread.join();
        return std::move(dial->connection);
    }
    thread.detach();
    const std::lock_guard deaf(session->mutex_);
    session->events_ = nullptr;
    return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
}

void NatsSession::let_go() {
    std::shared_ptr<NatsSession> last;  // Dies after the lock.
    const std::lock_guard lock(mutex_);
    if (--held_ == 0) last = std::move(self_);
    let_go_.notify_all();
}

Result<void> NatsSession::subscribe(const std::string& subject) {
    natsSubscription* made = nullptr;
    const natsStatus status =
        natsConnection_SubscribeSync(&made, connection_.get(), subject.c_str());
    if (status != NATS_OK) {
        return fail(ErrorKind::closed, ErrorOrigin::upstream,
                    "cannot subscribe (" + nats_error_text(status) + "): " + subject +
                        ": connecting again");
    }
    {
        const std::lock_guard lock(mutex_);
        heard_.push_back({subject, NatsSubscriptionPtr(made)});
    }
    pump_.look();  // For what came in between.
    return {};
}

bool NatsSession::is_alive() {
    const std::uint64_t reads = pump_.reads();
    // What we have not come to yet may be an answer.
    const bool silent = reads == reads_at_ping_ && !pump_.is_handing_on();
    pings_unanswered_ = silent ? pings_unanswered_ + 1 : 0;
    reads_at_ping_ = reads;
    if (pings_unanswered_ >= kPingsUnansweredMax) return false;
    // nats.c sends a PING for whoever waits for its answer; nobody else may ask for one.
    (void)natsConnection_FlushTimeout(connection_.get(), 1);
    return true;
}

bool NatsSession::ping(Duration patience) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
    return natsConnection_FlushTimeout(connection_.get(), ms) == NATS_OK;
}

void NatsSession::close() {
    {
        const std::lock_guard lock(mutex_);  // Waits for an event under way.
        events_ = nullptr;
        aside_.clear();
    }
    const SigpipeBlock no_sigpipe;
    pump_.stop();
    // In this order: a subscription that ends says so to the broker, and nats.c waits half a second
    // for whatever is not written when a connection ends.
    connection_.reset();
    heard_.clear();
    // Tidy, not needed for safety: whoever counts our threads after a stop finds none.
    std::unique_lock lock(mutex_);
    let_go_.wait_for(lock, 300ms, [this] { return held_ == 0; });
}

bool NatsSession::publish(const std::string& subject, const std::string& reply) {
    const auto written_here = together();
    natsConnection* const connection = connection_.get();
    const natsStatus status =
        reply.empty()
            ? natsConnection_Publish(connection, subject.c_str(), nullptr, 0)
            : natsConnection_PublishRequest(connection, subject.c_str(), reply.c_str(), nullptr, 0);
    return status == NATS_OK;
}

void NatsSession::take_messages() {
    const std::lock_guard lock(mutex_);
    if (events_ == nullptr) return;
    events_->on_read();
    for (const auto& [subject, subscription] : heard_) {
        std::uint64_t waiting = 0;
        if (natsSubscription_QueuedMsgs(subscription.get(), &waiting) != NATS_OK) continue;
        for (; waiting > 0; --waiting) {
            natsMsg* message = nullptr;
            const natsStatus status = natsSubscription_NextMsg(&message, subscription.get(), 0);
            if (status == NATS_NO_RESPONDERS) {
                // In the place of a message, whose subject is not to be had.
                events_->on_no_responders(subject);
            } else if (status == NATS_OK) {
                hand_on(NatsMsgPtr(message));
            } else {
                break;
            }
        }
    }
}

void NatsSession::hand_on(NatsMsgPtr message) {
    const int size = natsMsg_GetDataLength(message.get());
    const auto bytes = static_cast<std::size_t>(std::max(size, 0));
    events_->on_message({.subject = natsMsg_GetSubject(message.get()),
                         .payload = bytes > 0
                                        ? std::string_view(natsMsg_GetData(message.get()), bytes)
                                        : std::string_view()});
    set_aside(std::move(message), bytes);
}

void NatsSession::on_more() {
    const std::lock_guard lock(mutex_);
    if (events_ != nullptr) events_->on_more();
}

void NatsSession::on_handed_on() {
    const std::lock_guard lock(mutex_);
    if (events_ != nullptr) events_->on_handed_on();
}

Duration NatsSession::on_empty() {
    const std::lock_guard lock(mutex_);
    if (events_ == nullptr) return Duration::zero();
    const Duration pause = events_->on_empty();  // First, so that nobody waits for the rest.
    if (aside_.size() >= kAsideEnough || aside_bytes_ >= kAsideBytesEnough) destroy_aside();
    return pause;
}

void NatsSession::set_aside(NatsMsgPtr message, std::size_t bytes) {
    aside_.push_back(std::move(message));
    aside_bytes_ += bytes;
    if (aside_.size() >= kAsideMax || aside_bytes_ >= kAsideBytesMax) destroy_aside();
}

void NatsSession::destroy_aside() {
    aside_.clear();
    aside_bytes_ = 0;
}

void NatsSession::disconnected(natsConnection* connection, void* session) {
    const char* text = nullptr;
    const natsStatus status = natsConnection_GetLastError(connection, &text);
    std::string reason = text != nullptr && *text != '\0' ? text : natsStatus_GetText(status);
    NatsSession& self = session_of(session);
    // Asked for before the lock: whoever reads slowly may hold it.
    const bool too_slow = self.pump_.reading_for(BootClock{}.now()) >= kSlowReader;
    if (too_slow) reason = "messages came faster than we read them; raise --interval";
    const std::lock_guard lock(self.mutex_);
    if (self.events_ == nullptr || std::exchange(self.is_lost_, true)) return;
    if (too_slow) self.events_->on_given_up();
    self.events_->on_lost(reason);
}

void NatsSession::closed(natsConnection* connection, void* session) {
    disconnected(connection, session);
    session_of(session).let_go();
}

void NatsSession::failed(natsConnection*, natsSubscription*, natsStatus status, void* session) {
    const std::string text = nats_error_text(status);
    NatsSession& self = session_of(session);
    const std::lock_guard lock(self.mutex_);
    if (self.events_ == nullptr) return;
    if (status == NATS_NOT_PERMITTED) self.events_->on_denied(text);
}

}  // namespace muster
