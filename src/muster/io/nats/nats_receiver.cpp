// See nats_receiver.hpp.
#include "muster/io/nats/nats_receiver.hpp"

#include <algorithm>
#include <utility>

#include "muster/io/runtime/log.hpp"

namespace muster {
namespace {

/// A stranger's words, fit for one line of a log.
std::string in_one_line(std::string_view text) {
    constexpr std::size_t kShownMax = 80;
    std::string line(text.substr(0, kShownMax));
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = '?';
    }
    return line;
}

/// What a healthy fleet does: nothing to warn of.
bool is_normal(RejectReason reason, const RejectLog::Line& line) {
    // A worker pushes from its first moment on, we from ours: before its first answer.
    if (reason == RejectReason::unknown_worker) return !line.again && !line.many;
    return reason == RejectReason::old_question || reason == RejectReason::overtaken_by_push;
}

}  // namespace

NatsReceiver::NatsReceiver(const NatsSourceOptions& options, Collector& collector, SourceId source,
                           std::string inbox, NatsReceiverPort& port)
    : options_(options),
      collector_(collector),
      source_(source),
      inbox_(std::move(inbox)),
      port_(port),
      counters_(collector.counters(source)),
      reply_parser_(ServiceReplyOptions{.load_endpoint = options.endpoint}) {}

void NatsReceiver::add_target(const NatsTarget& target) {
    targets_.insert_or_assign(target.component.value, target);
    for (const std::string& subject : kv_metrics_subjects(target.name.name_space)) {
        std::vector<ComponentId>& components = pushed_[subject];
        if (std::ranges::find(components, target.component) == components.end()) {
            components.push_back(target.component);
        }
    }
}

void NatsReceiver::add_known_target(const NatsTarget& target) {
    search_.remember(target.name, target.service);
    add_target(target);
}

ComponentId NatsReceiver::component_of(const ComponentName& name, Time now) {
    for (const auto& [id, target] : targets_) {
        if (target.name == name) return target.component;
    }
    return collector_.add_component(source_, ComponentSpec{.name = to_string(name)}, now);
}

void NatsReceiver::receive(std::string_view subject, std::string_view payload, Time now) {
    const auto asked = parse_reply_subject(inbox_, subject);
    if (!asked) {
        const auto pushed = pushed_.find(subject);
        if (pushed == pushed_.end()) {
            reject({RejectReason::unsolicited, "subject"}, options_.id, now);
        } else {
            receive_push(subject, payload, pushed->second, now);
        }
        return;
    }
    switch (asked->kind) {
        case ReplyKind::stats: receive_stats(*asked, payload, now); return;
        case ReplyKind::echo:
            port_.on_echo(EchoId{asked->number});
            collector_.echo_received(source_, EchoId{asked->number}, now);
            return;
        case ReplyKind::ping: receive_ping(payload, now); return;
        case ReplyKind::info: receive_info(payload, now); return;
    }
}

void NatsReceiver::receive_stats(const ReplySubject& asked, std::string_view payload, Time now) {
    const auto known = targets_.find(asked.component.value);
    if (known == targets_.end()) {
        reject({RejectReason::unsolicited, "component"}, options_.id, now);
        return;
    }
    const NatsTarget& target = known->second;
    const auto reply = reply_parser_.parse_stats(payload);
    if (!reply) {
        refuse_report(reply.error(), to_string(target.name), now);
        return;
    }
    if (reply->head.name != target.service) {
        refuse_report({RejectReason::foreign_name, reply->head.name}, to_string(target.name), now);
        return;
    }
    const auto worker = [&] {
        return to_string(target.name) + "/" +
               (reply->instance_id ? std::to_string(*reply->instance_id)
                                   : std::string(reply->head.id));
    };
    for (const Rejection& rejection : reply->rejections) reject(rejection, worker(), now);
    Answer answer;
    answer.component = asked.component;
    answer.round = RoundId{asked.number};
    answer.received = now;
    answer.instance = {.id = reply->instance_id, .name = reply->head.id};
    answer.service_id = reply->head.id;
    answer.started = reply->started;
    answer.requests_total = reply->requests_total;
    answer.offers_load = reply->offers_load;
    answer.address = address_of(reply->subject);
    answer.engine = "dynamo";
    answer.raw = reply->record_json;
    if (reply->record) {
        answer.rank = reply->record->rank;
        answer.load = &reply->record->load;
        answer.spec_decode = reply->record->spec_decode;
    }
    const Verdict verdict = collector_.apply(answer);
    if (verdict.reason || !verdict.dropped.items().empty()) reject(verdict, worker(), now);
}

std::string_view NatsReceiver::address_of(std::string_view subject) {
    return address_.assign("nats:").append(subject);
}

void NatsReceiver::receive_push(std::string_view subject, std::string_view payload,
                                std::span<const ComponentId> components, Time now) {
    const auto event = event_parser_.parse(payload);
    if (!event) {
        refuse_report(event.error(), subject, now);
        return;
    }
    const auto worker = [&] {
        return std::string(subject) + "/" + std::to_string(event->worker_id);
    };
    for (const Rejection& rejection : event->rejections) reject(rejection, worker(), now);
    Push push;
    push.road = Road::pushed_on_change;
    push.received = now;
    push.worker_id = event->worker_id;
    push.rank = event->record.rank;
    push.load = &event->record.load;
    push.spec_decode = event->record.spec_decode;
    push.address = address_of(subject);
    push.raw = payload;
    const Verdict verdict = collector_.apply(push, components);
    if (verdict.reason || !verdict.dropped.items().empty()) reject(verdict, worker(), now);
}

void NatsReceiver::receive_ping(std::string_view payload, Time now) {
    const auto head = reply_parser_.parse_ping(payload);
    if (!head) {
        reject(head.error(), options_.id, now);
        return;
    }
    if (const auto subject = search_.on_ping(head->name, head->id, now)) port_.ask_info(*subject);
}

void NatsReceiver::receive_info(std::string_view payload, Time now) {
    const auto info = reply_parser_.parse_info(payload);
    if (!info) {
        reject(info.error(), options_.id, now);
        return;
    }
    if (const auto found = search_.on_info(info->head.name, info->head.id, info->description)) {
        NatsTarget target{.component = {}, .name = found->name, .service = found->service};
        target.component = component_of(found->name, now);
        add_target(target);
        port_.on_target(target);
    }
    if (auto foreign = search_.take_foreign()) {
        collector_.set_foreign_services(source_, std::move(*foreign), now);
    }
}

void NatsReceiver::refuse_report(const Rejection& rejection, std::string_view who, Time now) {
    counters_->count_report(Verdict::Outcome::rejected);
    reject(rejection, who, now);
}

void NatsReceiver::reject(const Verdict& verdict, std::string_view who, Time now) {
    for (const DroppedField& field : verdict.dropped.items()) {
        reject({field.reason, record_key(field.field)}, who, now);
    }
    if (verdict.reason) reject({*verdict.reason, {}}, who, now);
}

void NatsReceiver::reject(const Rejection& rejection, std::string_view who, Time now) {
    counters_->reject(rejection.reason);
    if (options_.log == nullptr) return;
    const auto line = reject_log_.note(rejection.reason, who, now);
    if (!line) return;
    const std::string from = line->many ? "many" : in_one_line(who);
    const std::string what = in_one_line(rejection.what);
    const std::string suppressed = std::to_string(line->suppressed);
    write_log(options_.log,
              is_normal(rejection.reason, *line) ? LogLevel::debug : LogLevel::warning,
              line->many ? "not taken, from more senders than are told apart" : "not taken",
              {{"source", options_.id},
               {"reason", name_of(rejection.reason)},
               {"from", from},
               {"what", what},
               {"suppressed", suppressed}});
}

}  // namespace muster
