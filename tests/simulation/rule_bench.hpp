// RuleTest: one FleetState, one source, one clock moved by hand; for tests that put a single rule
// on the table. Time passes in small steps, each with the questions that fall due in it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "muster/fleet/fleet_state.hpp"

namespace muster {

[[nodiscard]] inline Load load_with(std::uint64_t waiting, std::uint64_t active = 60,
                                    std::uint64_t running = 3) {
    Load load;
    load.set_count(LoadField::running, running);
    load.set_count(LoadField::slots, 256);
    load.set_count(LoadField::waiting, waiting);
    load.set_count(LoadField::kv_active_blocks, active);
    load.set_count(LoadField::kv_total_blocks, 1'000);
    load.set_fraction(LoadField::kv_usage, static_cast<double>(active) / 1'000);
    return load;
}

class RuleTest : public ::testing::Test {
protected:
    /// What a worker does at each question.
    struct Responder {
        std::uint64_t id;
        Load load = load_with(1);
        std::optional<std::int64_t> started = 1'000;
        std::optional<std::uint64_t> requests = std::nullopt;
        std::optional<std::uint32_t> rank = std::nullopt;
        bool offers_load = true;
        bool answers = true;
    };

    explicit RuleTest(const FleetRules& rules = {})
        : state(rules, now),
          source(state.add_source({.id = "nats-1", .kind = "nats", .target = "t"}, now)),
          backend(state.add_component(source, {.name = "dynamo/backend"}, now)) {
        state.connected(source, now);
    }

    Verdict say(const Responder& who, RoundId round, ComponentId component) {
        Answer answer;
        answer.component = component;
        answer.round = round;
        answer.received = now;
        answer.instance = {.id = who.id, .name = {}};
        answer.started = who.started;
        answer.requests_total = who.requests;
        answer.rank = who.rank;
        answer.offers_load = who.offers_load;
        answer.load = who.offers_load ? &who.load : nullptr;
        answer.address = "nats:subject";
        return state.apply(answer);
    }
    Verdict say(const Responder& who, RoundId round) { return say(who, round, backend); }
    Verdict push(std::uint64_t id, const Load& load, std::optional<std::uint32_t> rank = {}) {
        Push push;
        push.received = now;
        push.worker_id = id;
        push.rank = rank;
        push.load = &load;
        return state.apply(push, components);
    }
    /// A question to `backend`; its echo is remembered in `echo`.
    RoundId ask() {
        const FleetState::BegunRound begun = state.begin_round(backend, now);
        echo = begun.echo;
        return begun.round;
    }
    /// A question to another component, answered by `who` alone; its echo comes back.
    void ask_other(ComponentId component, const Responder& who) {
        const FleetState::BegunRound begun = state.begin_round(component, now);
        say(who, begun.round, component);
        state.echo_received(source, begun.echo, now);
    }
    void echo_back() { state.echo_received(source, echo, now); }
    void pass(Duration by) {
        for (const Time end = now + by; now < end;) {
            now = std::min(end, now + std::chrono::milliseconds(50));
            state.step(now);
        }
    }
    /// Asks whatever is due, and has the responders answer and the echo come back at once.
    void live(Duration by) {
        for (const Time end = now + by; now < end;) {
            now += std::chrono::milliseconds(10);
            state.step(now);
            for (const ComponentId component : components) {
                if (state.ask_due_at(component) > now) continue;
                const FleetState::BegunRound begun = state.begin_round(component, now);
                if (component == backend) last_round = begun.round;
                for (const Responder& who : responders) {
                    if (component == backend && who.answers) say(who, begun.round);
                }
                if (echoes) state.echo_received(source, begun.echo, now);
            }
            if (echoes && state.echo_due_at(source) <= now) {
                state.echo_received(source, state.begin_echo(source, now), now);
            }
        }
    }
    /// Workers 1 to count.
    void people(std::uint64_t count) {
        for (std::uint64_t id = 1; id <= count; ++id) responders.push_back({.id = id});
    }
    FleetViewPtr view() { return state.freeze(now); }
    std::optional<std::size_t> row(std::uint64_t id, const FleetView& in) {
        return in.find("dynamo/backend/" + std::to_string(id));
    }
    bool shown(std::uint64_t id) { return row(id, *view()).has_value(); }
    bool flagged(std::uint64_t id, WorkerFlag flag) {
        const FleetViewPtr in = view();
        const auto at = row(id, *in);
        return at && in->flags(*at).has(flag);
    }
    std::uint64_t fired(Rule rule) { return state.rule_counts().of(rule); }
    const Tombstone* tombstone(std::uint64_t id) {
        kept = view();
        return kept->find_tombstone("dynamo/backend/" + std::to_string(id));
    }
    SourceState source_state() { return view()->sources().front().state; }

    Time now = Time{} + std::chrono::hours(24);
    FleetState state;
    SourceId source;
    ComponentId backend;
    std::vector<ComponentId> components{backend};
    std::vector<Responder> responders;
    EchoId echo;
    RoundId last_round;
    bool echoes = true;
    FleetViewPtr kept;
};

}  // namespace muster
