#include "muster/fleet/state/source_health.hpp"

#include <algorithm>

#include "muster/fleet/state/push_road.hpp"

namespace muster {
namespace {

constexpr Duration kEchoLimitMax = std::chrono::seconds(1);
constexpr Duration kEchoWrittenOffAfter = std::chrono::seconds(5);
constexpr int kTimelyEchoesToClear = 3;

void set_state(FleetParts& parts, SourceRecord& source, SourceState state, std::string reason,
               Time now) {
    static constexpr std::array kKinds = {FleetEventKind::source_connected,
                                          FleetEventKind::source_suspect,
                                          FleetEventKind::source_disconnected};
    if (source.state != state) {
        count_listened(source, now);
        source.since = now;
        parts.chronicle.tell(kKinds[static_cast<std::size_t>(state)], now, source.spec.id, reason);
    }
    source.state = state;
    source.reason = std::move(reason);
    parts.sources_changed = true;
}

/// What is open is not judged: its silence may be the source's.
void void_rounds(FleetParts& parts, SourceRecord& source) {
    for (const ComponentId id : source.components) {
        RoundLog& rounds = parts.component(id).rounds;
        if (rounds.any_open()) parts.chronicle.fired(Rule::round_void);
        rounds.void_all();
    }
}

/// Listened time starts again from 0 for everyone behind the source; so does a rank's.
void restart_listening(FleetParts& parts, SourceRecord& source, Time now) {
    count_listened(source, now);
    for (const ComponentId id : source.components) {
        parts.component(id).for_each_instance([&](InstanceRecord& instance) {
            instance.missed = 0;
            instance.silent = 0;
            instance.heard_listened = source.listened;
            for (WorkerRow* const row : instance.rows) {
                row->slot->set_missed(0);
                row->heard_at = std::max(row->heard_at, now);
            }
        });
    }
}

void ask_at_once(FleetParts& parts, SourceRecord& source, Time now) {
    for (const ComponentId id : source.components) parts.component(id).ask_at = now;
}

/// We ourselves were stopped: listening begins anew.
void resume(FleetParts& parts, Time now) {
    parts.chronicle.fired(Rule::resumed);
    parts.stepped_at = now;
    for (SourceRecord& source : parts.sources) {
        source.listened_until = now;
        // Echoes that wait in our own buffers are late by our own fault: they are not judged.
        source.echoes.clear();
        source.echo_alone_at = kNever;
        source.in_doubt = true;
        void_rounds(parts, source);
        restart_listening(parts, source, now);
    }
}

void note_asked(FleetParts& parts, SourceRecord& source, const EchoUnderway& echo) {
    if (source.asked_once) return;
    if (echo.of_round) parts.component(echo.component).asked_once = true;
    source.asked_once = std::all_of(source.components.begin(), source.components.end(),
                                    [&](ComponentId id) { return parts.component(id).asked_once; });
    parts.sources_changed = true;
}

void note_good_echo(FleetParts& parts, SourceRecord& source, const EchoUnderway& echo, Time now) {
    source.in_doubt = false;
    source.last_good_echo_sent = std::max(source.last_good_echo_sent, echo.sent);
    if (source.state != SourceState::suspect) return;
    if (++source.timely_echoes < kTimelyEchoesToClear) return;
    parts.chronicle.fired(Rule::source_cleared);
    // What was sent before and is not back is lost: it would make the source suspect again at once.
    std::erase_if(source.echoes, [&](const EchoUnderway& other) { return other.id < echo.id; });
    set_state(parts, source, SourceState::connected, "", now);
    ask_at_once(parts, source, now);
}

void become_suspect(FleetParts& parts, SourceRecord& source, const EchoUnderway& overdue,
                    Time now) {
    parts.chronicle.fired(Rule::source_suspect);
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - overdue.sent);
    set_state(parts, source, SourceState::suspect,
              "our own echo is not back after " + std::to_string(age.count()) + " ms", now);
    source.timely_echoes = 0;
    source.in_doubt = true;
    source.echo_alone_at = kNever;
    void_rounds(parts, source);
}

}  // namespace

void count_listened(SourceRecord& source, Time now) {
    if (now <= source.listened_until) return;
    if (source.state == SourceState::connected) source.listened += now - source.listened_until;
    source.listened_until = now;
}

void source_connected(FleetParts& parts, SourceRecord& source, Time now) {
    if (source.connected_once) {
        parts.chronicle.fired(Rule::reconnected);
        source.counters->reconnects.fetch_add(1, std::memory_order_relaxed);
    }
    source.connected_once = true;
    source.connected_at = now;
    void_rounds(parts, source);
    source.echoes.clear();
    source.echo_alone_at = kNever;
    source.timely_echoes = 0;
    source.in_doubt = true;
    break_push_road(parts, source);
    restart_listening(parts, source, now);
    ask_at_once(parts, source, now);
    set_state(parts, source, SourceState::connected, "", now);
}

void source_disconnected(FleetParts& parts, SourceRecord& source, const std::string& reason,
                         Time now) {
    void_rounds(parts, source);
    source.echoes.clear();
    source.in_doubt = true;
    break_push_road(parts, source);
    set_state(parts, source, SourceState::disconnected, reason, now);
}

void source_suspected(FleetParts& parts, SourceRecord& source, const std::string& reason,
                      Time now) {
    parts.chronicle.fired(Rule::source_suspect);
    source.in_doubt = true;
    void_rounds(parts, source);
    set_state(parts, source, SourceState::suspect, reason, now);
}

void note_time(FleetParts& parts, Time now) {
    note_stop(parts, now);
    for (SourceRecord& source : parts.sources) count_listened(source, now);
    parts.stepped_at = std::max(parts.stepped_at, now);
}

void note_stop(FleetParts& parts, Time now) {
    if (now - parts.stepped_at > kStepGapMax) resume(parts, now);
}

EchoUnderway& begin_echo(SourceRecord& source, Duration limit, Time now) {
    ++source.last_echo.value;
    EchoUnderway& echo = source.echoes.emplace_back();
    echo.id = source.last_echo;
    echo.sent = now;
    echo.limit = limit;
    return echo;
}

void echo_back(FleetParts& parts, SourceRecord& source, EchoId id, Time now) {
    const auto at = std::find_if(source.echoes.begin(), source.echoes.end(),
                                 [&](const EchoUnderway& e) { return e.id == id; });
    if (at == source.echoes.end()) return;  // Of another connection, or written off.
    const EchoUnderway echo = *at;
    source.echoes.erase(at);
    source.counters->echoes.fetch_add(1, std::memory_order_relaxed);
    if (echo.of_round) {
        if (Round* round = parts.component(echo.component).rounds.find(echo.round)) {
            round->outstanding = false;
            round->echo_back = now;
        }
    }
    note_asked(parts, source, echo);
    if (age_between(echo.sent, now) <= echo.limit)
        note_good_echo(parts, source, echo, now);
    else
        source.timely_echoes = 0;
}

void judge_echoes(FleetParts& parts, SourceRecord& source, Time now) {
    if (source.state == SourceState::disconnected || source.echoes.empty()) return;
    const EchoUnderway oldest = source.echoes.front();
    if (source.state == SourceState::connected && age_between(oldest.sent, now) > oldest.limit) {
        become_suspect(parts, source, oldest, now);
    }
    while (!source.echoes.empty() &&
           age_between(source.echoes.front().sent, now) >= kEchoWrittenOffAfter) {
        source.echoes.pop_front();
        source.timely_echoes = 0;
    }
}

Time echoes_judged_at(const SourceRecord& source) {
    if (source.state == SourceState::disconnected || source.echoes.empty()) return kNotDue;
    const EchoUnderway& oldest = source.echoes.front();
    if (source.state == SourceState::connected) return oldest.sent + oldest.limit + Duration(1);
    return oldest.sent + kEchoWrittenOffAfter;
}

Duration echo_limit(const FleetParts& parts, Duration interval) {
    return std::min(kEchoLimitMax, interval + parts.rules.patience);
}

}  // namespace muster
