// A service of the NATS micro protocol that is no Dynamo component, as one shares an account with
// others: it answers `$SRV.PING` and `$SRV.INFO`, and counts what it is asked. A real client.
#pragma once

#include <nats/nats.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "muster/io/nats/detail/nats_library.hpp"

namespace muster::testing {

class ForeignService {
public:
    /// Throws if it cannot connect. `name`: one token of a subject.
    ForeignService(const std::string& url, std::string name) : name_(std::move(name)) {
        open_nats_library();
        natsConnection* connection = nullptr;
        const natsStatus status = natsConnection_ConnectTo(&connection, url.c_str());
        if (status != NATS_OK) throw std::runtime_error(name_ + ": " + nats_error_text(status));
        connection_.reset(connection);
        for (const std::string verb : {"PING", "INFO", "STATS"}) {
            // All three forms of a question: to everybody, to its name, to it alone.
            const std::string all = "$SRV." + verb;
            for (const auto& subject : {all, all + "." + name_, all + "." + name_ + ".*"}) {
                natsSubscription* made = nullptr;
                natsConnection_Subscribe(&made, connection, subject.c_str(), &came, this);
                heard_.emplace_back(made);
            }
        }
        if (natsConnection_Flush(connection) != NATS_OK) throw std::runtime_error(name_);
    }
    /// Closing returns when no callback runs any more.
    ~ForeignService() { natsConnection_Close(connection_.get()); }
    ForeignService(const ForeignService&) = delete;
    ForeignService& operator=(const ForeignService&) = delete;

    [[nodiscard]] std::size_t pings() const { return pings_; }
    [[nodiscard]] std::size_t info_questions() const { return infos_; }
    [[nodiscard]] std::size_t stats_questions() const { return stats_; }

private:
    static void came(natsConnection* nats, natsSubscription*, natsMsg* message, void* closure) {
        const NatsMsgPtr owned(message);
        auto& self = *static_cast<ForeignService*>(closure);
        const std::string subject = natsMsg_GetSubject(message);
        std::string verb = "stats";
        std::string more = R"(,"endpoints":[])";
        if (subject.starts_with("$SRV.PING")) {
            ++self.pings_;
            verb = "ping";
            more.clear();
        } else if (subject.starts_with("$SRV.INFO")) {
            ++self.infos_;
            verb = "info";
            more += R"(,"description":"Invoices by post")";
        } else {
            ++self.stats_;
        }
        const std::string answer = R"({"type":"io.nats.micro.v1.)" + verb +
                                   R"(_response","name":")" + self.name_ +
                                   R"(","id":"QX1","version":"2.1.0","metadata":{})" + more + "}";
        const char* reply = natsMsg_GetReply(message);
        if (reply != nullptr) natsConnection_PublishString(nats, reply, answer.c_str());
    }

    const std::string name_;
    std::atomic<std::size_t> pings_ = 0;
    std::atomic<std::size_t> infos_ = 0;
    std::atomic<std::size_t> stats_ = 0;
    NatsConnectionPtr connection_;
    std::vector<NatsSubscriptionPtr> heard_;
};

}  // namespace muster::testing
