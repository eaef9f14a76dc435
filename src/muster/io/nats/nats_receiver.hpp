// NatsReceiver: from a message to the collector.
//
// Reads the reply subject, parses the payload, checks that it answers what was asked, and applies
// it, at once and on the thread that received it. What is not applied is counted, and logged within
// the limits of RejectLog. No sockets here. Thread rule: one caller at a time (the session's lock).
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "muster/collect/collector.hpp"
#include "muster/collect/reject_log.hpp"
#include "muster/io/nats/nats_options.hpp"
#include "muster/io/nats/reply_subject.hpp"
#include "muster/io/nats/service_search.hpp"
#include "muster/wire/service_reply.hpp"

namespace muster {

/// A component that is asked, and the service name it is asked by.
struct NatsTarget {
    ComponentId component;
    ComponentName name;
    std::string service;
};

/// What the receiver needs done. Called within its own calls.
class NatsReceiverPort {
public:
    virtual ~NatsReceiverPort() = default;
    /// A component was found; the collector has it already.
    virtual void on_target(const NatsTarget& target) = 0;
    /// Asks a service what it is.
    virtual void ask_info(const std::string& subject) = 0;
    /// An echo is back; the collector will hear of it.
    virtual void on_echo(EchoId echo) = 0;
};

class NatsReceiver {
public:
    NatsReceiver(const NatsSourceOptions& options, Collector& collector, SourceId source,
                 std::string inbox, NatsReceiverPort& port);

    /// From now on answers of this component are expected, and pushes of its namespace are its.
    void add_target(const NatsTarget& target);
    /// The same for one that an earlier run found: the search does not find it again.
    void add_known_target(const NatsTarget& target);
    void begin_search(Time now) { search_.begin(now); }

    /// A message on one of our subscriptions.
    void receive(std::string_view subject, std::string_view payload, Time now);

    [[nodiscard]] const std::string& inbox() const noexcept { return inbox_; }

private:
    void receive_stats(const ReplySubject& asked, std::string_view payload, Time now);
    void receive_ping(std::string_view payload, Time now);
    void receive_info(std::string_view payload, Time now);
    void receive_push(std::string_view subject, std::string_view payload,
                      std::span<const ComponentId> components, Time now);
    /// As an answer gives it; good until the next call.
    [[nodiscard]] std::string_view address_of(std::string_view subject);
    /// A message that claimed to be a report, and of which nothing can be used.
    void refuse_report(const Rejection& rejection, std::string_view who, Time now);
    /// The component's handle; it is new to the collector unless it is one that was known.
    [[nodiscard]] ComponentId component_of(const ComponentName& name, Time now);
    void reject(const Rejection& rejection, std::string_view who, Time now);
    void reject(const Verdict& verdict, std::string_view who, Time now);

    const NatsSourceOptions& options_;
    Collector& collector_;
    SourceId source_;
    std::string inbox_;
    NatsReceiverPort& port_;
    std::shared_ptr<SourceCounters> counters_;
    RejectLog reject_log_;
    ServiceReplyParser reply_parser_;
    LoadEventParser event_parser_;
    ServiceSearch search_;
    std::string address_;  // Kept, so that no report needs new memory for it.
    std::unordered_map<std::uint32_t, NatsTarget> targets_;                // By component.
    std::map<std::string, std::vector<ComponentId>, std::less<>> pushed_;  // By push subject.
};

}  // namespace muster
