// What the tests of the seed's face share: a responder that answers $SRV.STATS with any bytes, a
// log that remembers, and replies as workers of 0.5.1 send them.
#pragma once

#include <gtest/gtest.h>
#include <nats/nats.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "muster/dynamo/metrics_aggregator.hpp"
#include "muster/io/runtime/log.hpp"
#include "muster/wire/stats_writer.hpp"
#include "support/nats_server.hpp"
#include "support/wait_until.hpp"

namespace muster::dynamo {

/// One process, with the endpoints it serves.
struct FakeWorker {
    std::uint64_t id = 0x1f;
    std::uint64_t blocks = 0;
    std::vector<std::string> endpoints{"generate", "load_metrics"};
    MetricsRecord record{};   ///< Its kv_active_blocks are `blocks`.
    std::string data_json{};  ///< Instead of the record.
    std::string service_id = "bdu7nA8tbhy9mEkxIWlkBA";
};

inline std::string stats_of(const FakeWorker& worker, const std::string& service = "ns_comp") {
    MetricsRecord record = worker.record;
    record.kv_active_blocks = worker.blocks;
    if (record.kv_total_blocks == 0) record.kv_total_blocks = 27'814;
    if (record.request_total_slots == 0) record.request_total_slots = 256;
    std::vector<WrittenEndpoint> endpoints;
    for (const std::string& name : worker.endpoints) {
        WrittenEndpoint written;
        written.endpoint = name;
        if (name == "load_metrics") {
            written.record = &record;
            written.data_json = worker.data_json;
        }
        endpoints.push_back(written);
    }
    WrittenService reply;
    reply.service = service;
    reply.service_id = worker.service_id;
    reply.started = WallTime{} + std::chrono::hours(480'000);
    reply.instance_id = worker.id;
    reply.endpoints = endpoints;
    std::string out;
    write_stats_reply(out, reply);
    return out;
}

/// Answers each question with the replies it holds, in their order, on nats.c's thread.
class Responder {
public:
    explicit Responder(const std::string& url, const std::string& service = "ns_comp") {
        const std::string subject = "$SRV.STATS." + service;
        EXPECT_EQ(natsConnection_ConnectTo(&nats_, url.c_str()), NATS_OK);
        EXPECT_EQ(
            natsConnection_Subscribe(&subscription_, nats_, subject.c_str(), &on_question, this),
            NATS_OK);
        EXPECT_EQ(natsConnection_Flush(nats_), NATS_OK);
    }
    ~Responder() {
        natsSubscription_Destroy(subscription_);
        natsConnection_Close(nats_);  // Returns when no callback runs any more.
        natsConnection_Destroy(nats_);
    }
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;

    void answer(std::vector<std::string> replies) {
        const std::lock_guard lock(mutex_);
        replies_ = std::move(replies);
    }
    void answer_workers(const std::vector<FakeWorker>& workers) {
        std::vector<std::string> replies;
        for (const FakeWorker& worker : workers) replies.push_back(stats_of(worker));
        answer(std::move(replies));
    }
    /// Called at each question, before it is answered.
    void at_question(std::function<void()> hook) {
        const std::lock_guard lock(mutex_);
        hook_ = std::move(hook);
    }
    /// When each question came.
    [[nodiscard]] std::vector<Time> questions() const {
        const std::lock_guard lock(mutex_);
        return questions_;
    }
    [[nodiscard]] bool wait_questions(std::size_t count) const {
        return testing::wait_until(std::chrono::seconds(20),
                                   [&] { return questions().size() >= count; });
    }
    [[nodiscard]] std::size_t reply_less() const { return reply_less_; }

private:
    static void on_question(natsConnection* nats, natsSubscription*, natsMsg* message,
                            void* closure) {
        auto& self = *static_cast<Responder*>(closure);
        std::function<void()> hook;
        std::vector<std::string> replies;
        {
            const std::lock_guard lock(self.mutex_);
            self.questions_.push_back(testing::steady_now());
            hook = self.hook_;
            replies = self.replies_;
        }
        if (hook) hook();
        const char* inbox = natsMsg_GetReply(message);
        if (inbox == nullptr)
            ++self.reply_less_;
        else {
            for (const std::string& reply : replies) {
                (void)natsConnection_Publish(nats, inbox, reply.data(),
                                             static_cast<int>(reply.size()));
            }
        }
        natsMsg_Destroy(message);
    }

    natsConnection* nats_ = nullptr;
    natsSubscription* subscription_ = nullptr;
    mutable std::mutex mutex_;
    std::vector<std::string> replies_;
    std::function<void()> hook_;
    std::vector<Time> questions_;
    std::atomic<std::size_t> reply_less_{0};
};

class RememberingLog final : public Log {
public:
    void write(LogLevel level, std::string_view what, std::span<const LogField>) noexcept override {
        const std::lock_guard lock(mutex_);
        lines_.emplace_back(level, std::string(what));
    }
    [[nodiscard]] std::size_t count(LogLevel level, std::string_view words) const {
        const std::lock_guard lock(mutex_);
        std::size_t found = 0;
        for (const auto& [at, line] : lines_) {
            if (at == level && line.find(words) != std::string::npos) ++found;
        }
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<LogLevel, std::string>> lines_;
};

/// A server, a responder on it and a component that asks there.
struct Scene {
    explicit Scene(Mode mode, testing::NatsServer::Options server_options = {})
        : server(std::move(server_options)), responder(server.url()) {
        RuntimeOptions options;
        options.connect.servers = {server.url()};
        options.mode = mode;
        options.log = &log;
        auto started = Runtime::start(options);
        EXPECT_TRUE(started) << (started ? "" : started.error().what);
        if (started) runtime = std::move(*started);
    }
    [[nodiscard]] Component component() const { return *runtime->component("ns", "comp"); }
    [[nodiscard]] KvMetricsAggregator aggregator() const {
        return *KvMetricsAggregator::start(component(), stop.get_token());
    }

    testing::NatsServer server;
    RememberingLog log;
    Responder responder;
    std::stop_source stop;
    std::shared_ptr<Runtime> runtime;
};

inline constexpr Duration kPatience = testing::kLongEnough;

/// Waits until the latest set satisfies `wanted`.
inline bool set_becomes(const EndpointsCollection& collection,
                        const std::function<bool(const ProcessedEndpoints&)>& wanted) {
    return testing::wait_until(kPatience, [&] { return wanted(*collection.endpoints()); });
}
inline bool size_becomes(const EndpointsCollection& collection, std::size_t size) {
    return set_becomes(collection, [&](const auto& set) { return set.endpoints.size() == size; });
}

}  // namespace muster::dynamo
