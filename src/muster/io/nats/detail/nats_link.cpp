// See nats_link.hpp. First the link's thread, then what is called on other threads.
#include "muster/io/nats/detail/nats_link.hpp"

#include <pthread.h>

#include <algorithm>
#include <random>
#include <utility>

#include "muster/io/nats/reconnect_pause.hpp"
#include "muster/io/runtime/log.hpp"
#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPingInterval = 1s;
/// A PING in the place of an echo is waited for in slices, so that a stop need not wait for it.
constexpr Duration kPingSlice = 200ms;
constexpr Duration kPingPatience = 1s;
/// Echoes waiting for one PING: the collector has at most three on the way.
constexpr std::size_t kPingsMax = 8;
/// For how long the reading of messages may wait until a change may be published. Longer, and
/// echoes would be late by our own doing.
constexpr Duration kQuietMax = 2ms;
/// Each pushed namespace is a subscription, looked into whenever anything came.
constexpr std::size_t kPushSubjectsMax = 64;

}  // namespace

NatsLink::NatsLink(NatsSourceOptions options, NatsLogin login, Collector& collector,
                   const Clock& clock, Source& source)
    : options_(std::move(options)),
      login_(std::move(login)),
      target_(shown_target(options_.connect)),
      collector_(collector),
      clock_(clock) {
    const Time now = clock_.now();
    source_ = collector_.add_source(
        SourceSpec{.id = options_.id, .kind = "nats", .target = target_}, source, now);
    counters_ = collector_.counters(source_);
    receiver_ = std::make_unique<NatsReceiver>(options_, collector_, source_,
                                               make_inbox(options_.inbox_prefix),
                                               static_cast<NatsReceiverPort&>(*this));
    for (const std::string& server : options_.connect.servers) {
        servers_.push_back(parse_nats_url(server).value_or(NatsUrl{}));
    }
    for (const ComponentName& name : options_.components) {
        NatsTarget target{.component = {}, .name = name, .service = service_name(name)};
        target.component =
            collector_.add_component(source_, ComponentSpec{.name = to_string(name)}, now);
        receiver_->add_target(target);
        on_target(target);
    }
    if (!options_.components.empty()) return;
    for (const KnownService& known : options_.known) {
        NatsTarget target{.component = {}, .name = known.name, .service = known.service};
        target.component =
            collector_.add_component(source_, ComponentSpec{.name = to_string(known.name)}, now);
        receiver_->add_known_target(target);
        on_target(target);
    }
}

NatsLink::~NatsLink() {
    stop();
}

void NatsLink::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    pthread_setname_np(thread_.native_handle(), "muster-nats");
}

void NatsLink::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
    collector_.detach_source(source_, "stopped", clock_.now());
}

void NatsLink::run(const std::stop_token& stop) {
    const SigpipeBlock no_sigpipe;
    while (!stop.stop_requested()) {
        auto session = connect(stop);
        if (session) {
            const std::string why = tend(**session, stop);
            {
                const std::lock_guard lock(send_mutex_);
                live_ = nullptr;
            }
            if (!stop.stop_requested()) tell_lost(why, true);
            (*session)->close();
        } else if (!stop.stop_requested()) {
            tell_lost(session.error().what, false);
        }
        std::unique_lock lock(wake_mutex_);
        wishes_ = Wishes{};
        wake_.wait_for(lock, stop, pause_before_next(), [] { return false; });
    }
}

Duration NatsLink::pause_before_next() {
    std::random_device random;
    const std::uint64_t dice = (std::uint64_t{random()} << 32U) | random();
    return reconnect_pause(next_server_, servers_.size(),
                           {.wait = options_.reconnect_wait, .jitter = options_.reconnect_jitter},
                           dice);
}

Result<std::shared_ptr<NatsSession>> NatsLink::connect(const std::stop_token& stop) {
    const NatsUrl& server = servers_[next_server_++ % servers_.size()];
    const auto open = [&] {
        return NatsSession::open(options_.connect, login_, server, *this, patience_, stop);
    };
    const Duration patience_max = options_.connect.connect_timeout;
    const auto took_too_long = [](const auto& session) {
        return !session && session.error().kind == ErrorKind::timeout;
    };
    const Time begun = clock_.now();
    auto session = open();
    // A busy broker, or a busy machine, is given its whole time before anybody is told; of several
    // servers another one may be quicker.
    while (took_too_long(session) && servers_.size() == 1 && patience_ < patience_max &&
           clock_.now() - begun < patience_max && !stop.stop_requested()) {
        patience_ = std::min(2 * patience_, patience_max);
        session = open();
    }
    patience_ = took_too_long(session) ? std::min(2 * patience_, patience_max) : kFirstPatience;
    if (!session) return session;
    auto listening = (*session)->subscribe(questions_box(receiver_->inbox()));
    if (listening && options_.components.empty()) {
        listening = (*session)->subscribe(search_box(receiver_->inbox()));
    }
    if (!listening) {
        (*session)->close();
        return std::unexpected(listening.error());
    }
    heard_pushes_.clear();
    listen_to_pushes(**session);
    {
        const std::lock_guard lock(send_mutex_);
        live_ = session->get();
        order_.clear();
        echo_came_ = false;
    }
    told_error_.clear();
    collector_.connected(source_, clock_.now());
    write_log(options_.log, LogLevel::info, "connected",
              {{"source", options_.id}, {"server", server.shown()}});
    return session;
}

std::string NatsLink::tend(NatsSession& session, const std::stop_token& stop) {
    const bool searching = options_.components.empty();
    Time search_at = clock_.now();
    Time ping_at = search_at + kPingInterval;
    while (!stop.stop_requested()) {
        const Time now = clock_.now();
        if (searching && now >= search_at) {
            search_services(now);
            search_at = now + options_.discovery_interval;
        }
        Wishes wishes;
        {
            std::unique_lock lock(wake_mutex_);
            const Time next = searching ? std::min(search_at, ping_at) : ping_at;
            wake_.wait_for(lock, stop, next - now, [this] {
                return wishes_.lost || wishes_.listen || !wishes_.pings.empty();
            });
            wishes = std::exchange(wishes_, Wishes{});
        }
        if (wishes.lost) return wishes.why_lost;
        if (wishes.listen) listen_to_pushes(session);
        if (!wishes.pings.empty()) ping_for(session, wishes.pings, stop);
        if (clock_.now() < ping_at) continue;
        if (!session.is_alive()) return "no answer to our pings for 3 s";
        ping_at = clock_.now() + kPingInterval;
    }
    return "stopped";
}

void NatsLink::listen_to_pushes(NatsSession& session) {
    std::set<std::string> wanted;
    {
        const std::lock_guard lock(wake_mutex_);
        wanted = wanted_pushes_;
    }
    bool broken = false;
    for (const std::string& subject : wanted) {
        if (heard_pushes_.contains(subject)) continue;
        if (!session.subscribe(subject)) break;  // The connection is gone, and will say so.
        heard_pushes_.insert(subject);
        broken = true;
    }
    if (broken) collector_.push_road_broken(source_, clock_.now());
}

void NatsLink::ping_for(NatsSession& session, const std::vector<EchoId>& echoes,
                        const std::stop_token& stop) {
    const Time end = clock_.now() + kPingPatience;
    while (clock_.now() < end && !stop.stop_requested()) {
        if (session.ping(kPingSlice)) {
            const Time now = clock_.now();
            for (const EchoId echo : echoes) {
                {
                    const std::lock_guard lock(send_mutex_);
                    order_.echo_back(echo);
                }
                collector_.echo_received(source_, echo, now);
            }
            return;
        }
        const std::lock_guard lock(wake_mutex_);
        if (wishes_.lost) return;
    }
}

void NatsLink::search_services(Time) {
    const std::lock_guard lock(send_mutex_);
    if (live_ == nullptr) return;
    const ReplySubject reply{.kind = ReplyKind::ping, .component = {}, .number = ++last_search_};
    (void)live_->publish(service_subject(ServiceVerb::ping),
                         format_reply_subject(receiver_->inbox(), reply));
}

void NatsLink::tell_lost(const std::string& why, bool was_connected) {
    const std::string words =
        was_connected ? "connection lost (" + why + "): " + target_ + ": connecting again" : why;
    // Every attempt fails alike: said once, until something else is to be said.
    if (words == told_error_) return;
    told_error_ = words;
    const Time now = clock_.now();
    // First the log: who tells the collector's events too can see what was said already.
    write_log(options_.log, LogLevel::warning, words, {{"source", options_.id}});
    collector_.disconnected(source_, words, now);
    collector_.set_last_error(source_, words, now);
}

void NatsLink::wish(const auto& change) {
    {
        const std::lock_guard lock(wake_mutex_);
        change(wishes_);
    }
    wake_.notify_all();
}

bool NatsLink::ask(const Question& question) {
    const std::lock_guard lock(send_mutex_);
    const auto subject = stats_subjects_.find(question.component.value);
    if (live_ == nullptr || subject == stats_subjects_.end()) return false;
    const ReplySubject reply{
        .kind = ReplyKind::stats, .component = question.component, .number = question.round.value};
    const auto question_and_echo = live_->together();
    if (!live_->publish(subject->second, format_reply_subject(receiver_->inbox(), reply))) {
        return false;
    }
    order_.asked({question.component, question.round, question.echo});
    return send_echo(question.echo);
}

bool NatsLink::echo(EchoId echo) {
    const std::lock_guard lock(send_mutex_);
    return live_ != nullptr && send_echo(echo);
}

bool NatsLink::send_echo(EchoId echo) {
    last_echo_ = echo;
    if (!echo_by_ping_) {
        const ReplySubject own{.kind = ReplyKind::echo, .component = {}, .number = echo.value};
        return live_->publish(format_reply_subject(receiver_->inbox(), own), {});
    }
    wish([echo](Wishes& wishes) {
        if (wishes.pings.size() < kPingsMax) wishes.pings.push_back(echo);
    });
    return true;
}

void NatsLink::on_read() {
    read_at_ = clock_.now();
}

void NatsLink::on_message(const Message& message) {
    receiver_->receive(message.subject, message.payload, read_at_);
}

void NatsLink::on_no_responders(std::string_view subscription) {
    // That a search finds nobody is no news.
    if (subscription != questions_box(receiver_->inbox())) return;
    std::optional<QuestionOrder::Asked> unheard;
    {
        const std::lock_guard lock(send_mutex_);
        // Before the first echo nobody knows whether we may send any: what the broker says to that
        // comes on another thread, and later.
        const bool in_turn = echo_came_ && !echo_by_ping_;
        unheard = in_turn ? order_.take_unheard() : order_.take_unheard_of_one_component();
    }
    if (unheard) collector_.no_responders(unheard->component, unheard->round, read_at_);
}

void NatsLink::on_more() {
    collector_.receives_on(clock_.now());
}

void NatsLink::on_handed_on() {
    collector_.drained(clock_.now());
}

Duration NatsLink::on_empty() {
    const Time now = clock_.now();
    const Time again = collector_.drained_or_wait(now, kQuietMax);
    return again == kNotDue ? Duration::zero() : again - now;
}

void NatsLink::on_lost(const std::string& reason) {
    {
        const std::lock_guard lock(send_mutex_);
        live_ = nullptr;
    }
    wish([&reason](Wishes& wishes) {
        wishes.lost = true;
        if (wishes.why_lost.empty()) wishes.why_lost = reason;
    });
}

void NatsLink::on_denied(const std::string& text) {
    counters_->permission_errors.fetch_add(1, std::memory_order_relaxed);
    const auto lower = [](std::string words) {
        std::ranges::transform(words, words.begin(), [](unsigned char c) {
            return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        });
        return words;
    };
    const std::string denied = lower(text);
    if (denied.find("publish to \"" + lower(receiver_->inbox()) + ".e.") != std::string::npos) {
        // We may listen there, not speak: the PING of the connection serves as echo from now on.
        const std::lock_guard lock(send_mutex_);
        if (std::exchange(echo_by_ping_, true)) return;
        wish([this](Wishes& wishes) { wishes.pings.push_back(last_echo_); });
        return;
    }
    const std::string words = "not permitted (" + text + "): " + target_ +
                              ": let the account do it, see docs/guide/nats.md";
    collector_.set_last_error(source_, words, clock_.now());
    write_log(options_.log, LogLevel::warning, words, {{"source", options_.id}});
}

void NatsLink::on_given_up() {
    // At least one: a broker does not say what it had for us.
    counters_->dropped.fetch_add(1, std::memory_order_relaxed);
}

void NatsLink::on_target(const NatsTarget& target) {
    {
        const std::lock_guard lock(send_mutex_);
        stats_subjects_.insert_or_assign(target.component.value,
                                         service_subject(ServiceVerb::stats, target.service));
    }
    if (!options_.kv_metrics) return;
    bool full = false;
    wish([&](Wishes& wishes) {
        for (std::string& subject : kv_metrics_subjects(target.name.name_space)) {
            full = full || wanted_pushes_.size() >= kPushSubjectsMax;
            if (!full) wishes.listen |= wanted_pushes_.insert(std::move(subject)).second;
        }
    });
    if (!full) return;
    collector_.set_last_error(source_,
                              "too many namespaces push: " + target_ +
                                  ": 64 are heard, the workers of the others are only asked",
                              clock_.now());
}

void NatsLink::on_echo(EchoId echo) {
    const std::lock_guard lock(send_mutex_);
    echo_came_ = true;
    order_.echo_back(echo);
}

void NatsLink::ask_info(const std::string& subject) {
    const std::lock_guard lock(send_mutex_);
    if (live_ == nullptr) return;
    const ReplySubject reply{.kind = ReplyKind::info, .component = {}, .number = last_search_};
    (void)live_->publish(subject, format_reply_subject(receiver_->inbox(), reply));
}

}  // namespace muster
