// NatsSession: one connection of a source, its subscriptions, and what comes of it turned into
// calls of one object, one at a time.
//
// Messages come on the thread of a pump, errors on a thread of nats.c, which may still be calling
// after its objects were destroyed. A session keeps itself alive until nats.c is done with it, and
// is deaf from close() on.
// Private to io/nats: names the foreign library.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muster/io/nats/detail/nats_dial.hpp"

namespace muster {

/// Called under the session's lock: never two at a time. Must not call close().
class NatsSessionEvents {
public:
    virtual ~NatsSessionEvents() = default;
    struct Message {
        std::string_view subject;
        std::string_view payload;
    };
    /// What is handed on from here has come by now.
    virtual void on_read() = 0;
    virtual void on_message(const Message& message) = 0;
    /// The server's 503: nobody hears a question whose answers would come to `subscription`, the
    /// subject of one of ours. It comes in its place among the messages of that subscription.
    virtual void on_no_responders(std::string_view subscription) = 0;
    /// More has come, and is handed on next: on_more, on_empty or on_handed_on follows at once.
    virtual void on_more() = 0;
    /// What was handed on need not wait for more.
    virtual void on_handed_on() = 0;
    /// Nothing more has come. Returns for how long nothing need be read before on_handed_on is
    /// called; zero or less: nothing is to be done then.
    [[nodiscard]] virtual Duration on_empty() = 0;
    /// The connection is gone, for `reason`.
    virtual void on_lost(const std::string& reason) = 0;
    /// The server denied something; `text` names the subject.
    virtual void on_denied(const std::string& text) = 0;
    /// The broker gave up on us because we read too slowly; on_lost follows.
    virtual void on_given_up() = 0;
};

class NatsSession : private NatsPumpWork {
    struct Opened {};

public:
    /// As dial_nats, but ends at once when stopped. `events` must live until close() has returned,
    /// or this with an error.
    [[nodiscard]] static Result<std::shared_ptr<NatsSession>> open(
        const NatsConnectOptions& options, const NatsLogin& login, const NatsUrl& server,
        NatsSessionEvents& events, Duration patience, const std::stop_token& stop);
    /// Only open() can make one.
    NatsSession(Opened, NatsSessionEvents& events) : events_(&events), pump_(*this) {}
    NatsSession(const NatsSession&) = delete;
    NatsSession& operator=(const NatsSession&) = delete;

    // The opener's thread only.
    [[nodiscard]] Result<void> subscribe(const std::string& subject);
    /// Sends a PING of the connection, and does not wait for the answer. To be called once a
    /// second: false when nothing at all has come since the third last one.
    [[nodiscard]] bool is_alive();
    /// Waits for the answer to a PING of ours, at most `patience`. True if it came.
    [[nodiscard]] bool ping(Duration patience);
    /// No event is under way or comes after it returns. Waits, briefly, for the threads of nats.c.
    void close();

    /// Sends at once or fails; never waits for a broker, nor for what is being read. `reply` may be
    /// empty only for a message of ours to ourselves. Thread rule: any, but not during close().
    [[nodiscard]] bool publish(const std::string& subject, const std::string& reply);
    /// What the calling thread publishes while this lives is sent together. Thread: as publish.
    [[nodiscard]] NatsPump::Together together() noexcept { return NatsPump::Together(pump_); }

private:
    /// dial_nats, left to itself when a stop is asked: what it makes then ends unheard.
    static Result<NatsConnectionPtr> dial_until_stopped(const std::shared_ptr<NatsSession>& session,
                                                        const NatsConnectOptions& options,
                                                        const NatsLogin& login,
                                                        const NatsUrl& server, Duration patience,
                                                        const std::stop_token& stop);
    // NatsPumpWork
    void take_messages() override;
    void on_more() override;
    void on_handed_on() override;
    [[nodiscard]] Duration on_empty() override;

    /// One of our subscriptions. nats.c forgets its subject when the connection ends.
    struct Heard {
        std::string subject;
        NatsSubscriptionPtr subscription;
    };
    void hand_on(NatsMsgPtr message);  // With mutex_ held.
    static void disconnected(natsConnection* connection, void* session);
    static void closed(natsConnection* connection, void* session);
    static void failed(natsConnection* connection, natsSubscription* subscription,
                       natsStatus status, void* session);
    /// nats.c will use one of our callbacks no more.
    void let_go();
    /// Destroys the message soon. With mutex_ held.
    void set_aside(NatsMsgPtr message, std::size_t bytes);
    void destroy_aside();  // With mutex_ held.

    std::mutex mutex_;
    std::condition_variable let_go_;
    NatsSessionEvents* events_;          // Null once closed. Guarded by mutex_.
    int held_ = 0;                       // Callbacks nats.c may still use. mutex_.
    std::shared_ptr<NatsSession> self_;  // While held_ > 0. mutex_.
    std::vector<NatsMsgPtr> aside_;      // Read, to be destroyed together. mutex_.
    std::size_t aside_bytes_ = 0;        // mutex_.
    std::vector<Heard> heard_;           // mutex_.
    bool is_lost_ = false;               // on_lost was called. mutex_.
    std::uint64_t reads_at_ping_ = 0;    // The opener's thread.
    int pings_unanswered_ = 0;           // The opener's thread.
    NatsPump pump_;
    NatsConnectionPtr connection_;
};

}  // namespace muster
