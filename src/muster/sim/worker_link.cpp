// Three wildcard subscriptions hear every question a genuine worker would hear with nine.
#include "muster/sim/worker_link.hpp"

#include <fmt/format.h>
#include <nats/nats.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "muster/io/nats/detail/watched_connect.hpp"
#include "muster/io/nats/nats_url.hpp"

namespace muster {
namespace {

constexpr std::int64_t kConnectMs = 2'000;
/// A paused server fills the socket; a write that waits longer than this ends the connection
/// instead of the fleet.
constexpr std::int64_t kWriteDeadlineMs = 1'000;
constexpr int kBufferBytes = 256 * 1024;

struct OptionsDeleter {
    void operator()(natsOptions* options) const noexcept { natsOptions_Destroy(options); }
};
struct ConnectionDeleter {
    void operator()(natsConnection* connection) const noexcept {
        natsConnection_Destroy(connection);
    }
};
struct SubscriptionDeleter {
    void operator()(natsSubscription* subscription) const noexcept {
        natsSubscription_Destroy(subscription);
    }
};

std::optional<ServiceVerb> verb_of(std::string_view name) noexcept {
    if (name == "PING") return ServiceVerb::ping;
    if (name == "INFO") return ServiceVerb::info;
    if (name == "STATS") return ServiceVerb::stats;
    return std::nullopt;
}

/// Takes `$SRV.VERB[.SERVICE[.ID]]` apart; the server matched the service already.
std::optional<ServiceQuestion> question_of(std::string_view subject, const char* reply_to) {
    subject.remove_prefix(std::string_view("$SRV.").size());
    const std::size_t first = subject.find('.');
    const std::optional<ServiceVerb> verb = verb_of(subject.substr(0, first));
    if (!verb) return std::nullopt;
    ServiceQuestion question;
    question.verb = *verb;
    const std::size_t last = subject.rfind('.');
    if (last != first) question.service_id = subject.substr(last + 1);
    if (reply_to != nullptr) question.reply_to = std::make_shared<const std::string>(reply_to);
    return question;
}

/// What the delivery threads call. It keeps itself alive until the library is done with all of its
/// subscriptions, however late that is.
class Ear {
public:
    explicit Ear(std::function<void(ServiceQuestion)> on_question)
        : on_question_(std::move(on_question)) {}

    void opened(const std::shared_ptr<Ear>& self) {
        const std::lock_guard lock(mutex_);
        self_ = self;
        ++open_;
    }
    bool wait_closed() {
        std::unique_lock lock(mutex_);
        on_question_ = nullptr;
        return closed_.wait_for(lock, std::chrono::seconds(2), [this] { return open_ == 0; });
    }

    static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
        auto* ear = static_cast<Ear*>(closure);
        std::optional<ServiceQuestion> question =
            question_of(natsMsg_GetSubject(message), natsMsg_GetReply(message));
        natsMsg_Destroy(message);
        const std::lock_guard lock(ear->mutex_);
        if (question && ear->on_question_) ear->on_question_(*std::move(question));
    }
    static void on_complete(void* closure) {
        auto* ear = static_cast<Ear*>(closure);
        std::shared_ptr<Ear> last;  // Before the lock: it may free the ear, unlocked.
        const std::lock_guard lock(ear->mutex_);
        if (--ear->open_ > 0) return;
        last.swap(ear->self_);
        ear->closed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable closed_;
    std::function<void(ServiceQuestion)> on_question_;
    std::shared_ptr<Ear> self_;
    int open_ = 0;
};

}  // namespace

class WorkerLink::Wiring {
public:
    explicit Wiring(std::function<void(ServiceQuestion)> on_question)
        : ear_(std::make_shared<Ear>(std::move(on_question))) {}
    ~Wiring() {
        if (connection_) natsConnection_Close(connection_.get());
        ear_->wait_closed();
        subscriptions_.clear();
    }
    Wiring(const Wiring&) = delete;
    Wiring& operator=(const Wiring&) = delete;

    /// Why not, in words; nothing if it is connected.
    std::optional<std::string> connect(const Options& options) {
        natsOptions* raw = nullptr;
        natsStatus status = natsOptions_Create(&raw);
        if (status != NATS_OK) return natsStatus_GetText(status);
        const std::unique_ptr<natsOptions, OptionsDeleter> wanted(raw);
        std::vector<std::string> urls;
        for (std::string_view rest = options.urls; !rest.empty();) {
            const std::size_t comma = rest.find(',');
            urls.emplace_back(rest.substr(0, comma));
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
        std::vector<const char*> servers;
        std::vector<std::uint16_t> ports;
        for (const std::string& url : urls) {
            servers.push_back(url.c_str());
            if (const auto parsed = parse_nats_url(url)) ports.push_back(parsed->port);
        }
        const auto step = [&status](natsStatus next) {
            if (status == NATS_OK) status = next;
        };
        step(natsOptions_SetServers(raw, servers.data(), static_cast<int>(servers.size())));
        step(natsOptions_SetName(raw, options.client_name.c_str()));
        step(natsOptions_SetTimeout(raw, kConnectMs));
        step(natsOptions_SetPingInterval(raw, 1'000));
        step(natsOptions_SetMaxPingsOut(raw, 2));
        step(natsOptions_SetMaxReconnect(raw, -1));
        step(natsOptions_SetReconnectWait(raw, 200));
        step(natsOptions_SetIOBufSize(raw, kBufferBytes));
        step(natsOptions_SetWriteDeadline(raw, kWriteDeadlineMs));
        step(natsOptions_SetSendAsap(raw, options.send_at_once));
        if (status != NATS_OK) return natsStatus_GetText(status);
        WatchedConnect made = connect_watched(raw, ports, std::chrono::milliseconds(kConnectMs));
        connection_.reset(made.connection.release());
        if (made.was_cut) return "no answer after the greeting, it may be paused or overloaded";
        if (made.status != NATS_OK) return natsStatus_GetText(made.status);
        return std::nullopt;
    }

    natsStatus subscribe(const std::string& subject) {
        natsSubscription* raw = nullptr;
        natsStatus status = natsConnection_Subscribe(&raw, connection_.get(), subject.c_str(),
                                                     &Ear::on_message, ear_.get());
        if (status != NATS_OK) return status;
        subscriptions_.emplace_back(raw);
        status = natsSubscription_SetOnCompleteCB(raw, &Ear::on_complete, ear_.get());
        if (status == NATS_OK) ear_->opened(ear_);
        return status;
    }

    [[nodiscard]] natsConnection* connection() const noexcept { return connection_.get(); }

private:
    std::shared_ptr<Ear> ear_;
    std::unique_ptr<natsConnection, ConnectionDeleter> connection_;
    std::vector<std::unique_ptr<natsSubscription, SubscriptionDeleter>> subscriptions_;
};

WorkerLink::WorkerLink(std::unique_ptr<Wiring> wiring) : wiring_(std::move(wiring)) {}

WorkerLink::~WorkerLink() = default;

Result<std::unique_ptr<WorkerLink>> WorkerLink::open(
    const Options& options, std::function<void(ServiceQuestion)> on_question) {
    auto wiring = std::make_unique<Wiring>(std::move(on_question));
    std::optional<std::string> why = wiring->connect(options);
    natsStatus status = NATS_OK;
    const std::array<std::string, 3> subjects = {"$SRV.*", "$SRV.*." + options.service,
                                                 "$SRV.*." + options.service + ".*"};
    for (const std::string& subject : subjects)
        if (!why && status == NATS_OK) status = wiring->subscribe(subject);
    if (!why && status == NATS_OK) {
        status = natsConnection_FlushTimeout(wiring->connection(), kConnectMs);
    }
    if (!why && status != NATS_OK) why = natsStatus_GetText(status);
    if (why) {
        // The URL may hold a password: what stands before an @ is not shown.
        const std::size_t at = options.urls.rfind('@');
        const std::string shown =
            at == std::string::npos ? options.urls : "nats://..." + options.urls.substr(at);
        return fail(ErrorKind::closed, ErrorOrigin::upstream,
                    fmt::format("cannot reach NATS: {}: {}: start a nats-server there, or name "
                                "another with --nats",
                                shown, *why));
    }
    return std::make_unique<WorkerLink>(std::move(wiring));
}

bool WorkerLink::send(const std::string& subject, std::string_view payload) noexcept {
    return natsConnection_Publish(wiring_->connection(), subject.c_str(), payload.data(),
                                  static_cast<int>(payload.size())) == NATS_OK;
}

}  // namespace muster
