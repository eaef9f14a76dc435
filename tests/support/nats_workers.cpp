// See nats_workers.hpp.
#include "support/nats_workers.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "muster/io/nats/detail/nats_library.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/wire/dynamo_names.hpp"
#include "support/places.hpp"

namespace muster::testing {
namespace {

std::string golden(const std::string& name) {
    const std::string path = places::source_dir() + "/tests/golden/dynamo/0.5.1/" + name;
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
}

struct Pending {
    Time due;
    std::size_t worker;
    std::string reply;
};

}  // namespace

struct NatsWorkers::Workings {
    Options options;
    std::string service;
    NatsConnectionPtr connection;
    std::vector<NatsSubscriptionPtr> subscriptions;
    const BootClock clock;

    mutable std::mutex mutex;
    std::condition_variable_any due;
    std::vector<std::uint64_t> active_blocks;
    Duration delay_least{};
    Duration delay_most{};
    bool mute = false;
    bool holding = false;
    std::deque<Pending> pending;
    bool poked = false;  // The sender is to look again.
    std::vector<std::optional<std::string>> payloads;
    Time connected_at{};
    std::vector<std::string> questions;
    std::size_t without_reply = 0;
    std::size_t info_questions = 0;
    std::size_t ended = 0;  // Of the subscriptions and the connection: whose last callback is over.
    std::jthread sender;

    std::string fill(std::string text, std::size_t worker) const {
        replace_all(text, "lab_backend_x", service);
        replace_all(text, "vorotsp4pBO4c7Kcx9l8R0", service_id(worker));
        replace_all(text, "1eeea207cad8b605", format_instance_id(options.first_id + worker));
        replace_all(text, "Dynamo component BackEnd_x in namespace lab",
                    description_of({options.name_space, options.component}));
        return text;
    }
    std::string service_id(std::size_t worker) const {
        return "svc" + std::to_string(options.first_id + worker);
    }
    std::string stats(std::size_t worker) const {
        if (payloads[worker]) return *payloads[worker];
        std::string text = fill(golden("stats.nested-no-rank-no-spec.json"), worker);
        replace_all(text, "\"kv_active_blocks\":10234",
                    "\"kv_active_blocks\":" + std::to_string(active_blocks[worker]));
        return text;
    }
    void send(const std::string& subject, const std::string& text) const {
        natsConnection_Publish(connection.get(), subject.c_str(), text.data(),
                               static_cast<int>(text.size()));
    }
    void run(const std::stop_token& stop);
    void on_question(const std::string& subject, const std::string& reply);

    void poke() {
        poked = true;
        due.notify_all();
    }
    static void connected(natsConnection*, void* closure) {
        auto& self = *static_cast<Workings*>(closure);
        const std::lock_guard lock(self.mutex);
        self.connected_at = self.clock.now();
    }
    static void subscription_ended(void* closure) {
        auto& self = *static_cast<Workings*>(closure);
        const std::lock_guard lock(self.mutex);
        ++self.ended;
        self.due.notify_all();
    }
    static void closed(natsConnection*, void* closure) { subscription_ended(closure); }
    void wait_ended(std::size_t count) {
        std::unique_lock lock(mutex);
        due.wait(lock, [&] { return ended >= count; });
    }
    static void came(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
        const NatsMsgPtr owned(message);
        const char* reply = natsMsg_GetReply(message);
        static_cast<Workings*>(closure)->on_question(natsMsg_GetSubject(message),
                                                     reply == nullptr ? "" : reply);
    }
};

void NatsWorkers::Workings::on_question(const std::string& subject, const std::string& reply) {
    const std::lock_guard lock(mutex);
    if (reply.empty()) {
        ++without_reply;
        return;
    }
    const bool stats_asked = subject.starts_with("$SRV.STATS");
    if (stats_asked) questions.push_back(reply);
    if (mute) return;
    for (std::size_t worker = 0; worker < active_blocks.size(); ++worker) {
        if (subject.starts_with("$SRV.PING")) send(reply, fill(golden("ping.json"), worker));
        if (subject.starts_with("$SRV.INFO") && subject.ends_with(service_id(worker))) {
            ++info_questions;
            send(reply, fill(golden("info.json"), worker));
        }
        if (!stats_asked) continue;
        const auto last = std::max<std::size_t>(active_blocks.size() - 1, 1);
        const auto spread = (delay_most - delay_least) * static_cast<Duration::rep>(worker) /
                            static_cast<Duration::rep>(last);
        const Duration delay = delay_least + spread;
        if (holding || delay > Duration::zero()) {
            pending.push_back({clock.now() + delay, worker, reply});
        } else {
            send(reply, stats(worker));
        }
    }
    poke();
}

void NatsWorkers::Workings::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        Duration wait = std::chrono::seconds(1);
        if (!holding) {
            const Time now = clock.now();
            std::erase_if(pending, [&](const Pending& p) {
                if (p.due <= now)
                    send(p.reply, stats(p.worker));
                else
                    wait = std::min(wait, p.due - now);
                return p.due <= now;
            });
        }
        due.wait_for(lock, stop, wait, [this] { return std::exchange(poked, false); });
    }
}

NatsWorkers::NatsWorkers(Options options) : workings_(std::make_unique<Workings>()) {
    Workings& w = *workings_;
    w.options = std::move(options);
    w.service = service_name({w.options.name_space, w.options.component});
    for (std::size_t i = 0; i < w.options.workers; ++i) w.active_blocks.push_back(100 + i);
    w.payloads.resize(w.options.workers);
    open_nats_library();
    natsOptions* made = nullptr;
    natsOptions_Create(&made);
    const NatsOptionsPtr set(made);
    natsOptions_SetURL(made, w.options.url.c_str());
    natsOptions_SetMaxReconnect(made, -1);
    natsOptions_SetReconnectWait(made, 20);
    natsOptions_SetReconnectJitter(made, 1, 1);
    natsOptions_SetSendAsap(made, true);
    natsOptions_SetReconnectedCB(made, &Workings::connected, &w);
    natsOptions_SetClosedCB(made, &Workings::closed, &w);
    if (!w.options.tls_ca_file.empty()) {
        natsOptions_SetSecure(made, true);
        natsOptions_LoadCATrustedCertificates(made, w.options.tls_ca_file.c_str());
    }
    natsConnection* connection = nullptr;
    const natsStatus status = natsConnection_Connect(&connection, made);
    w.connection.reset(connection);
    if (status != NATS_OK) throw std::runtime_error("workers: " + nats_error_text(status));
    for (const std::string& subject :
         {std::string("$SRV.PING"), std::string("$SRV.STATS"), "$SRV.STATS." + w.service,
          "$SRV.INFO." + w.service + ".*"}) {
        natsSubscription* subscription = nullptr;
        natsConnection_Subscribe(&subscription, connection, subject.c_str(), &Workings::came, &w);
        w.subscriptions.emplace_back(subscription);
        natsSubscription_SetOnCompleteCB(subscription, &Workings::subscription_ended, &w);
    }
    natsConnection_Flush(connection);
    Workings::connected(connection, &w);
    w.sender = std::jthread([&w](const std::stop_token& stop) { w.run(stop); });
}

NatsWorkers::~NatsWorkers() {
    Workings& w = *workings_;
    const std::size_t callbacks = w.subscriptions.size();
    w.subscriptions.clear();
    // The last callback of each must be over before its closure goes.
    w.wait_ended(callbacks);
    w.sender = {};
    w.connection.reset();
    w.wait_ended(callbacks + 1);
}

void NatsWorkers::set_active_blocks(std::size_t index, std::uint64_t blocks) {
    const std::lock_guard lock(workings_->mutex);
    workings_->active_blocks.at(index) = blocks;
}

void NatsWorkers::set_delay(Duration least, Duration most) {
    const std::lock_guard lock(workings_->mutex);
    workings_->delay_least = least;
    workings_->delay_most = most;
}

void NatsWorkers::set_mute(bool mute) {
    const std::lock_guard lock(workings_->mutex);
    workings_->mute = mute;
}

void NatsWorkers::hold() {
    const std::lock_guard lock(workings_->mutex);
    workings_->holding = true;
}

std::size_t NatsWorkers::held() const {
    const std::lock_guard lock(workings_->mutex);
    return workings_->pending.size();
}

void NatsWorkers::release(std::size_t count) {
    const std::lock_guard lock(workings_->mutex);
    for (; count > 0 && !workings_->pending.empty(); --count) {
        const Pending& oldest = workings_->pending.front();
        workings_->send(oldest.reply, workings_->stats(oldest.worker));
        workings_->pending.pop_front();
    }
}

void NatsWorkers::release_newest() {
    const std::lock_guard lock(workings_->mutex);
    if (workings_->pending.empty()) return;
    const Pending& newest = workings_->pending.back();
    workings_->send(newest.reply, workings_->stats(newest.worker));
    workings_->pending.pop_back();
}

void NatsWorkers::release_all() {
    const std::lock_guard lock(workings_->mutex);
    workings_->holding = false;
    workings_->poke();
}

void NatsWorkers::set_payload(std::size_t index, std::optional<std::string> payload) {
    const std::lock_guard lock(workings_->mutex);
    workings_->payloads.at(index) = std::move(payload);
}

void NatsWorkers::push(std::size_t index, std::uint64_t active_blocks) {
    std::string text = golden("kv_metrics.plain.json");
    replace_all(text, "2228897019946644997", std::to_string(workings_->options.first_id + index));
    replace_all(text, "\"kv_active_blocks\":510",
                "\"kv_active_blocks\":" + std::to_string(active_blocks));
    set_active_blocks(index, active_blocks);
    publish("namespace." + workings_->options.name_space + ".kv_metrics", text);
}

void NatsWorkers::publish(const std::string& subject, const std::string& payload) {
    workings_->send(subject, payload);
}

Time NatsWorkers::connected_at() const {
    const std::lock_guard lock(workings_->mutex);
    return workings_->connected_at;
}

std::vector<std::string> NatsWorkers::take_questions() {
    const std::lock_guard lock(workings_->mutex);
    return std::exchange(workings_->questions, {});
}

std::size_t NatsWorkers::questions_without_reply() const {
    const std::lock_guard lock(workings_->mutex);
    return workings_->without_reply;
}

std::size_t NatsWorkers::info_questions() const {
    const std::lock_guard lock(workings_->mutex);
    return workings_->info_questions;
}

std::string NatsWorkers::worker_id(std::size_t index) const {
    return workings_->options.name_space + "/" + workings_->options.component + "/" +
           std::to_string(workings_->options.first_id + index);
}

std::string NatsWorkers::stats_payload(std::size_t index) const {
    const std::lock_guard lock(workings_->mutex);
    return workings_->stats(index);
}

}  // namespace muster::testing
