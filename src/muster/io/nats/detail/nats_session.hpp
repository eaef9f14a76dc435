// NatsSession: one connection of a source, its subscriptions, and the callbacks of nats.c turned
// into calls of one object, one at a time.
//
// nats.c calls from several threads, and may still be calling after its objects were destroyed. A
// session keeps itself alive until nats.c is done with it, and is deaf from close() on.
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
        bool no_responders = false;  ///< The server's 503.
        bool last = false;           ///< Nothing more is waiting in its subscription now.
    };
    /// Returns how long the session should wait for more before it calls on_quiet; zero or less:
    /// nothing is to be done then. Read only after the last message that waited.
    [[nodiscard]] virtual Duration on_message(const Message& message) = 0;
    /// The time that on_message asked for is over, and no more came.
    virtual void on_quiet() = 0;
    /// The connection is gone, for `reason`.
    virtual void on_lost(const std::string& reason) = 0;
    /// The server denied something; `text` names the subject.
    virtual void on_denied(const std::string& text) = 0;
    /// Messages were dropped because we were too slow.
    virtual void on_dropping() = 0;
};

class NatsSession : public std::enable_shared_from_this<NatsSession> {
    struct Opened {};

public:
    /// As dial_nats, but ends at once when stopped. `events` must live until close() has returned,
    /// or this with an error.
    [[nodiscard]] static Result<std::shared_ptr<NatsSession>> open(
        const NatsConnectOptions& options, const NatsLogin& login, const NatsUrl& server,
        NatsSessionEvents& events, Duration patience, const std::stop_token& stop);
    /// Only open() can make one.
    NatsSession(Opened, NatsSessionEvents& events) : events_(&events) {}
    NatsSession(const NatsSession&) = delete;
    NatsSession& operator=(const NatsSession&) = delete;

    // The opener's thread only.
    [[nodiscard]] Result<void> subscribe(const std::string& subject);
    /// Messages dropped since the last call, over all subscriptions.
    [[nodiscard]] std::uint64_t take_dropped();
    /// Waits for the answer to a PING of ours, at most `patience`. True if it came.
    [[nodiscard]] bool ping(Duration patience);
    /// No event is under way or comes after it returns. Waits, briefly, for the threads of nats.c.
    void close();

    /// Sends at once or fails; never waits for a broker that is away. `reply` may be empty only for
    /// a message of ours to ourselves. Thread rule: any, but not during close().
    [[nodiscard]] bool publish(const std::string& subject, const std::string& reply);

private:
    /// What nats.c calls us with for one subscription.
    struct Inlet {
        NatsSession* session;
        std::uint64_t waiting = 0;  // Messages known to wait behind the one being read. mutex_.
    };

    /// dial_nats, left to itself when a stop is asked: what it makes then ends unheard.
    static Result<NatsConnectionPtr> dial_until_stopped(const std::shared_ptr<NatsSession>& session,
                                                        const NatsConnectOptions& options,
                                                        const NatsLogin& login,
                                                        const NatsUrl& server, Duration patience,
                                                        const std::stop_token& stop);
    static void message_came(natsConnection* connection, natsSubscription* subscription,
                             natsMsg* message, void* inlet);
    static void disconnected(natsConnection* connection, void* session);
    static void closed(natsConnection* connection, void* session);
    static void failed(natsConnection* connection, natsSubscription* subscription,
                       natsStatus status, void* session);
    static void subscription_ended(void* session);
    /// nats.c will use one of our callbacks no more.
    void let_go();
    /// Whether nothing waits behind the message that came. With mutex_ held.
    [[nodiscard]] static bool is_last(Inlet& inlet, natsSubscription* subscription);
    /// Destroys the message soon. With mutex_ held.
    void set_aside(NatsMsgPtr message, std::size_t bytes);

    std::mutex mutex_;
    std::condition_variable let_go_;
    std::condition_variable deaf_;       // Ends the wait for more when closed.
    NatsSessionEvents* events_;          // Null once closed. Guarded by mutex_.
    int held_ = 0;                       // Callbacks nats.c may still use. mutex_.
    std::shared_ptr<NatsSession> self_;  // While held_ > 0. mutex_.
    std::vector<NatsMsgPtr> aside_;      // Read, to be destroyed together. mutex_.
    std::size_t aside_bytes_ = 0;        // mutex_.
    NatsConnectionPtr connection_;
    std::vector<std::unique_ptr<Inlet>> inlets_;  // One for each subscription.
    std::vector<NatsSubscriptionPtr> subscriptions_;
    std::uint64_t dropped_ = 0;
};

}  // namespace muster
