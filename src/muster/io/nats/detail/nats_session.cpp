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

/// What waits for us in a subscription: bursts of a full fleet fit, a flood is dropped and counted.
constexpr int kPendingMessagesMax = 65'536;
constexpr int kPendingBytesMax = 64 * 1024 * 1024;

/// nats.c frees messages on a thread of its own, and wakes that for each as soon as it has nothing
/// to do: up to four context switches for every report, more than all that we do with it. Together
/// they cost one wake (see open_nats_library).
constexpr std::size_t kAsideMax = 64;
constexpr std::size_t kAsideBytesMax = 256 * 1024;

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
                                              .closure = session.get()},
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
    const SigpipeBlock inherited_by_the_delivery_thread;
    natsSubscription* made = nullptr;
    inlets_.push_back(std::make_unique<Inlet>(this));
    natsStatus status = natsConnection_Subscribe(&made, connection_.get(), subject.c_str(),
                                                 &NatsSession::message_came, inlets_.back().get());
    NatsSubscriptionPtr subscription(made);
    if (status == NATS_OK) {
        {
            const std::lock_guard lock(mutex_);
            ++held_;
        }
        status = natsSubscription_SetOnCompleteCB(made, &NatsSession::subscription_ended, this);
        if (status != NATS_OK) let_go();
    }
    if (status == NATS_OK) {
        status = natsSubscription_SetPendingLimits(made, kPendingMessagesMax, kPendingBytesMax);
    }
    if (status != NATS_OK) {
        return fail(ErrorKind::closed, ErrorOrigin::upstream,
                    "cannot subscribe (" + nats_error_text(status) + "): " + subject +
                        ": connecting again");
    }
    subscriptions_.push_back(std::move(subscription));
    return {};
}

std::uint64_t NatsSession::take_dropped() {
    std::uint64_t sum = 0;
    for (const auto& subscription : subscriptions_) {
        std::int64_t dropped = 0;
        if (natsSubscription_GetDropped(subscription.get(), &dropped) == NATS_OK) {
            sum += static_cast<std::uint64_t>(dropped);
        }
    }
    return sum - std::exchange(dropped_, sum);
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
    deaf_.notify_all();
    const SigpipeBlock no_sigpipe;
    subscriptions_.clear();
    connection_.reset();
    // Tidy, not needed for safety: whoever counts our threads after a stop finds none.
    std::unique_lock lock(mutex_);
    let_go_.wait_for(lock, 300ms, [this] { return held_ == 0; });
}

bool NatsSession::publish(const std::string& subject, const std::string& reply) {
    const SigpipeBlock no_sigpipe;  // TLS writes without MSG_NOSIGNAL.
    natsConnection* const connection = connection_.get();
    const natsStatus status =
        reply.empty()
            ? natsConnection_Publish(connection, subject.c_str(), nullptr, 0)
            : natsConnection_PublishRequest(connection, subject.c_str(), reply.c_str(), nullptr, 0);
    return status == NATS_OK;
}

void NatsSession::message_came(natsConnection*, natsSubscription* subscription, natsMsg* message,
                               void* inlet) {
    NatsMsgPtr owned(message);
    Inlet& from = *static_cast<Inlet*>(inlet);
    NatsSession& self = *from.session;
    std::unique_lock lock(self.mutex_);
    if (self.events_ == nullptr) return;
    const bool last = is_last(from, subscription);
    const int size = natsMsg_GetDataLength(message);
    const Duration pause = self.events_->on_message(
        {.subject = natsMsg_GetSubject(message),
         .payload = size > 0
                        ? std::string_view(natsMsg_GetData(message), static_cast<std::size_t>(size))
                        : std::string_view(),
         .no_responders = size == 0 && natsMsg_IsNoResponders(message),
         .last = last});
    self.set_aside(std::move(owned), static_cast<std::size_t>(std::max(size, 0)));
    if (!last || pause <= Duration::zero()) return;
    // Here, and not on a thread that would have to be woken for it: what comes meanwhile wakes
    // nobody, and is read together.
    self.deaf_.wait_for(lock, pause, [&self] { return self.events_ == nullptr; });
    if (self.events_ == nullptr) return;
    if (is_last(from, subscription)) self.events_->on_quiet();
}

bool NatsSession::is_last(Inlet& inlet, natsSubscription* subscription) {
    // Those that waited before are still there: asking again would only hold up the thread that
    // receives, by the lock that both need.
    if (inlet.waiting > 1) {
        --inlet.waiting;
        return false;
    }
    std::uint64_t waiting = 0;
    const bool known = natsSubscription_QueuedMsgs(subscription, &waiting) == NATS_OK;
    inlet.waiting = known ? waiting : 0;
    return inlet.waiting == 0;
}

void NatsSession::set_aside(NatsMsgPtr message, std::size_t bytes) {
    aside_.push_back(std::move(message));
    aside_bytes_ += bytes;
    if (aside_.size() < kAsideMax && aside_bytes_ < kAsideBytesMax) return;
    aside_.clear();
    aside_bytes_ = 0;
}

void NatsSession::disconnected(natsConnection* connection, void* session) {
    const char* text = nullptr;
    const natsStatus status = natsConnection_GetLastError(connection, &text);
    std::string reason = text != nullptr && *text != '\0' ? text : natsStatus_GetText(status);
    if (status == NATS_STALE_CONNECTION) reason = "no answer to our pings for 3 s";
    NatsSession& self = session_of(session);
    const std::lock_guard lock(self.mutex_);
    if (self.events_ != nullptr) self.events_->on_lost(reason);
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
    if (status == NATS_SLOW_CONSUMER) self.events_->on_dropping();
    if (status == NATS_NOT_PERMITTED) self.events_->on_denied(text);
}

void NatsSession::subscription_ended(void* session) {
    session_of(session).let_go();
}

}  // namespace muster
