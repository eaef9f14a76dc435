// The reference for what NATS itself takes: receives with nats.c on one subscription, as muster
// does, and drops what it receives. With --ask it asks as often as muster would; without, it only
// listens, so that it hears the very messages that a bench_reader beside it asked for. With
// --keep FILE it keeps time and bytes of each message, and reads them when all is over.
//
// usage: bench_drop --nats URL --subject SUBJECT --time TIME
//                   [--ask SERVICE --interval TIME] [--keep FILE]
#include <fmt/format.h>
#include <nats/nats.h>

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/service_reply.hpp"
#include "process_cost.hpp"
#include "sightings.hpp"

namespace muster::bench {
namespace {

using namespace std::chrono_literals;

constexpr Duration kWarmUp = 1500ms;
constexpr std::size_t kKeptBytes = std::size_t{512} * 1024 * 1024;
constexpr std::size_t kKeptMessages = 1'000'000;

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

void must(natsStatus status, const std::string& what) {
    if (status != NATS_OK) give_up("cannot " + what + ": " + natsStatus_GetText(status));
}

/// Messages as they came, one behind the other. Written by the delivery thread, read at the end.
class Kept {
public:
    void add(std::int64_t at_ns, std::string_view bytes) {
        if (used_ + bytes.size() > kKeptBytes || messages_.size() == kKeptMessages) return;
        if (bytes_ == nullptr) {
            bytes_ = std::make_unique_for_overwrite<char[]>(kKeptBytes);
            messages_.reserve(kKeptMessages);
        }
        std::memcpy(bytes_.get() + used_, bytes.data(), bytes.size());
        messages_.push_back({at_ns, used_, bytes.size()});
        used_ += bytes.size();
    }
    /// Each load that was not known before of its worker.
    void write(const std::string& path) {
        Sightings sightings(messages_.size());
        std::map<std::uint64_t, Load> last;
        for (const Message& message : messages_) {
            const auto said = read({bytes_.get() + message.offset, message.size});
            if (!said) continue;
            const auto [at, is_new] = last.try_emplace(said->first, said->second);
            if (!is_new && at->second == said->second) continue;
            at->second = said->second;
            sightings.add(message.at_ns, said->first, said->second);
        }
        sightings.write(path);
    }

private:
    struct Message {
        std::int64_t at_ns;
        std::size_t offset;
        std::size_t size;
    };
    std::optional<std::pair<std::uint64_t, Load>> read(std::string_view bytes) {
        if (const auto event = events_.parse(bytes)) {
            return std::pair(event->worker_id, event->record.load);
        }
        const auto reply = replies_.parse_stats(bytes);
        if (!reply || !reply->instance_id || !reply->record) return std::nullopt;
        return std::pair(*reply->instance_id, reply->record->load);
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t used_ = 0;
    std::vector<Message> messages_;
    LoadEventParser events_;
    ServiceReplyParser replies_;
};

struct Receiver {
    std::atomic<std::uint64_t> messages{0};
    bool keeps = false;
    Kept kept;

    static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
        auto& self = *static_cast<Receiver*>(closure);
        const int size = natsMsg_GetDataLength(message);
        if (size > 0) {
            self.messages.fetch_add(1, std::memory_order_relaxed);
            if (self.keeps) {
                self.kept.add(monotonic_ns(),
                              {natsMsg_GetData(message), static_cast<std::size_t>(size)});
            }
        }
        natsMsg_Destroy(message);
    }
};

/// Asks, in step with a plan, until the time is over.
void ask_for(natsConnection* connection, const Arguments& arguments, Duration time) {
    if (!arguments.has("ask")) return pause_for(time);
    const std::string question = "$SRV.STATS." + arguments.text("ask");
    const std::string inbox = arguments.text("subject");
    const std::string reply = inbox.substr(0, inbox.size() - 1) + "1";  // Instead of the `>`.
    const Duration interval = arguments.duration("interval");
    const std::int64_t begin = monotonic_ns();
    for (std::int64_t n = 0; n * interval.count() < time.count(); ++n) {
        must(natsConnection_PublishRequest(connection, question.c_str(), reply.c_str(), nullptr, 0),
             "ask");
        pause_for(Duration(begin + (n + 1) * interval.count() - monotonic_ns()));
    }
}

int run(const Arguments& arguments) {
    natsOptions* made = nullptr;
    must(natsOptions_Create(&made), "make options");
    const std::unique_ptr<natsOptions, OptionsDeleter> options(made);
    must(natsOptions_SetURL(made, arguments.text("nats").c_str()), "use the address");
    must(natsOptions_SetSendAsap(made, true), "set options");
    natsConnection* connected = nullptr;
    must(natsConnection_Connect(&connected, made), "connect");
    const std::unique_ptr<natsConnection, ConnectionDeleter> connection(connected);
    auto receiver = std::make_unique<Receiver>();
    receiver->keeps = arguments.has("keep");
    natsSubscription* subscribed = nullptr;
    must(natsConnection_Subscribe(&subscribed, connected, arguments.text("subject").c_str(),
                                  &Receiver::on_message, receiver.get()),
         "subscribe");
    std::unique_ptr<natsSubscription, SubscriptionDeleter> subscription(subscribed);
    must(natsSubscription_SetPendingLimits(subscribed, -1, -1), "set limits");
    must(natsConnection_Flush(connected), "reach the server");
    std::puts("ready");
    std::fflush(stdout);

    if (arguments.has("ask")) ask_for(connected, arguments, kWarmUp);
    const std::uint64_t before = receiver->messages;
    const ProcessCost begin = cost_until_now();
    ask_for(connected, arguments, arguments.duration("time"));
    const ProcessCost end = cost_until_now();
    const std::uint64_t messages = receiver->messages - before;
    // No callback comes after the drain: what was kept may be read.
    must(natsSubscription_Drain(subscribed), "drain");
    must(natsSubscription_WaitForDrainCompletion(subscribed, 10'000), "drain");
    fmt::print(R"({{"reports":{},"cpu_s":{},"begin_ns":{},"end_ns":{},"switches":{}}})"
               "\n",
               messages, end.cpu_s - begin.cpu_s, begin.at_ns, end.at_ns,
               end.switches - begin.switches);
    if (receiver->keeps) receiver->kept.write(arguments.text("keep"));
    return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
