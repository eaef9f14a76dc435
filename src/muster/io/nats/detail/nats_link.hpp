// NatsLink: what a NatsSource is made of, apart from its public face.
//
// Owns the source's thread, which connects, listens, and connects again until stopped. Questions
// are sent on the collector's timer thread over whatever session there is; messages arrive on the
// session's pump and go to the receiver. Locks, never the other way round: session, then
// send_mutex_ or wake_mutex_. Private to io/nats: names the foreign library.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "muster/io/nats/detail/nats_session.hpp"
#include "muster/io/nats/nats_receiver.hpp"
#include "muster/io/nats/question_order.hpp"

namespace muster {

class NatsLink final : private NatsSessionEvents, private NatsReceiverPort {
public:
    /// `source` is what the collector will call. REQUIRES: check(options) and read_login passed.
    NatsLink(NatsSourceOptions options, NatsLogin login, Collector& collector, const Clock& clock,
             Source& source);
    ~NatsLink() override;
    NatsLink(const NatsLink&) = delete;
    NatsLink& operator=(const NatsLink&) = delete;

    void start();
    void stop();
    [[nodiscard]] SourceId id() const noexcept { return source_; }

    [[nodiscard]] bool ask(const Question& question);
    [[nodiscard]] bool echo(EchoId echo);

private:
    /// What the link's thread is to do besides waiting. Guarded by wake_mutex_.
    struct Wishes {
        bool lost = false;
        std::string why_lost;
        std::vector<EchoId> pings;  // Echoes to be had by our own PING.
        bool listen = false;        // Among wanted_pushes_ are new ones.
    };

    void run(const std::stop_token& stop);
    /// A session that listens to our inbox, or why there is none.
    Result<std::shared_ptr<NatsSession>> connect(const std::stop_token& stop);
    /// Until the session is lost (says why) or a stop is asked.
    std::string tend(NatsSession& session, const std::stop_token& stop);
    void listen_to_pushes(NatsSession& session);
    void ping_for(NatsSession& session, const std::vector<EchoId>& echoes,
                  const std::stop_token& stop);
    void search_services(Time now);
    void tell_lost(const std::string& why, bool was_connected);
    [[nodiscard]] Duration pause_before_next();
    void wish(const auto& change);
    [[nodiscard]] bool send_echo(EchoId echo);  // With send_mutex_ held.

    // NatsSessionEvents
    void on_read() override;
    void on_message(const Message& message) override;
    void on_no_responders(std::string_view subscription) override;
    void on_more() override;
    void on_handed_on() override;
    [[nodiscard]] Duration on_empty() override;
    void on_lost(const std::string& reason) override;
    void on_denied(const std::string& text) override;
    void on_given_up() override;
    // NatsReceiverPort
    void on_target(const NatsTarget& target) override;
    void ask_info(const std::string& subject) override;
    void on_echo(EchoId echo) override;

    const NatsSourceOptions options_;
    const NatsLogin login_;
    const std::string target_;  // As it may be shown.
    Collector& collector_;
    const Clock& clock_;
    SourceId source_;
    std::shared_ptr<SourceCounters> counters_;
    std::unique_ptr<NatsReceiver> receiver_;  // Under the session's lock, once started.
    Time read_at_;                            // The same; one clock for all that came together.
    std::vector<NatsUrl> servers_;

    std::mutex send_mutex_;
    NatsSession* live_ = nullptr;                                    // Null while there is none.
    std::unordered_map<std::uint32_t, std::string> stats_subjects_;  // By component.
    bool echo_by_ping_ = false;
    EchoId last_echo_;
    QuestionOrder order_;     // Of what was sent over live_.
    bool echo_came_ = false;  // Over live_, as a message: so echoes come in their turn.
    std::uint64_t last_search_ = 0;

    std::mutex wake_mutex_;
    std::condition_variable_any wake_;
    Wishes wishes_;
    std::set<std::string> wanted_pushes_;

    // The link's thread only.
    std::set<std::string> heard_pushes_;
    std::size_t next_server_ = 0;
    Duration patience_ = kFirstPatience;
    std::string told_error_;
    std::jthread thread_;
};

}  // namespace muster
