#include "muster/sim/engines/engine_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "muster/sim/random.hpp"

namespace muster::detail {

namespace {

/// llama.cpp ends a connection after so many requests.
constexpr std::uint32_t kRequestsPerConnection = 100;

void apply(ActiveEngineFaults& active, const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::slow: active.slow += std::chrono::milliseconds(fault.amount); break;
        case FaultKind::mute:
        case FaultKind::hang: active.silent = true; break;
        case FaultKind::dead:
        case FaultKind::restart: active.gone = true; break;
        case FaultKind::garbage: active.garbage = true; break;
        case FaultKind::nan: active.numbers.nan = true; break;
        case FaultKind::zeros: active.numbers.zeros = true; break;
        case FaultKind::frozen: active.numbers.frozen = true; break;
        case FaultKind::stopped: active.stopped = true; break;
        case FaultKind::ranks: active.ranks = fault.amount; break;
        case FaultKind::flood: active.flood = fault.amount; break;
        case FaultKind::refuse: active.refuse = true; break;
        case FaultKind::reset: active.reset = true; break;
        case FaultKind::half: active.half = true; break;
        case FaultKind::drip: active.drip = true; break;
        case FaultKind::status: active.status = fault.amount; break;
        case FaultKind::twice: break;  // Of Dynamo workers only; nobody can ask for it here.
    }
}

std::string whole_answer(const EngineReply& reply, bool closes) {
    return fmt::format("HTTP/1.1 {} {}\r\n{}Content-Length: {}\r\n{}\r\n{}", reply.status,
                       reply.status == 200 ? "OK" : "Error", reply.headers, reply.body.size(),
                       closes ? "Connection: close\r\n" : "", reply.body);
}

}  // namespace

EnginePlace::EnginePlace(const EngineProcess::Birth& birth, std::uint32_t index) : birth_(birth) {
    birth_.seed = mix_bits(birth.seed ^ index);
    process_.emplace(birth_);
}

void EnginePlace::add_fault(Fault fault, Time from, Time until) {
    windows_.push_back({fault, from, until});
    next_edge_ = std::min(next_edge_, from);
}

void EnginePlace::clear_faults(Time now) {
    windows_.clear();
    next_edge_ = now;
}

void EnginePlace::set_load(const Load& load, Time now) {
    birth_.load.plan = {.shape = LoadShape::fixed, .fixed = load};
    if (process_) process_->set_load(load, now);
}

Time EnginePlace::next_event() const noexcept {
    if (!process_ || active_.stopped || active_.numbers.frozen) return next_edge_;
    return std::min(next_edge_, process_->next_event());
}

ActiveEngineFaults EnginePlace::faults_at(Time now) const {
    ActiveEngineFaults active;
    for (const Window& window : windows_) {
        if (window.from <= now && now < window.until) apply(active, window.fault);
    }
    return active;
}

EnginePlace::Happened EnginePlace::step(Time now, WallTime wall) {
    Happened happened;
    if (next_edge_ <= now) change_faults(now, wall, happened);
    if (!process_ || active_.stopped || active_.numbers.frozen) return happened;
    if (process_->next_event() <= now) {
        happened.truth_changed = process_->step(now) || happened.truth_changed;
    }
    return happened;
}

void EnginePlace::start_process(Time now, WallTime wall) {
    EngineProcess::Birth birth = birth_;
    birth.seed = mix_bits(birth_.seed + ++births_);
    birth.now = now;
    birth.started = wall;
    birth.load.warm_seconds = 0.0;  // One that comes up later begins empty.
    if (active_.ranks > 0) birth.ranks = active_.ranks;
    process_.emplace(birth);
}

void EnginePlace::change_faults(Time now, WallTime wall, Happened& happened) {
    const ActiveEngineFaults before = active_;
    active_ = faults_at(now);
    next_edge_ = Time::max();
    for (const Window& window : windows_) {
        if (window.from > now) next_edge_ = std::min(next_edge_, window.from);
        if (window.until > now) next_edge_ = std::min(next_edge_, window.until);
    }
    if (active_.gone) {
        happened.truth_changed = process_.has_value();
        process_.reset();
        return;
    }
    // Another number of ranks is another command line: the process begins anew.
    if (!process_ || before.ranks != active_.ranks) {
        start_process(now, wall);
        happened.truth_changed = true;
    }
    const bool stood = before.stopped || before.numbers.frozen;
    if (stood && !active_.stopped && !active_.numbers.frozen) process_->resume(now);
    happened.resumed = before.stopped && !active_.stopped;
    process_->set_faults(active_.numbers, now);
}

/// What strangers and broken servers say, in turn.
std::string EnginePlace::garbage() {
    constexpr std::array<std::string_view, 6> kBodies = {
        "<!DOCTYPE html><html><body><h1>It works</h1></body></html>",
        "{\"error\":\"not the server you were looking for\"}",
        "\x1f\x8b\x08\x00 not really gzip",
        "# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{engine=\"0 3.0\n",
        "",
        "\xff\xfe\xfd"};
    return std::string(kBodies[garbage_turn_++ % kBodies.size()]);
}

EngineReaction EnginePlace::react(std::string_view target, bool keep_alive, Time now) {
    EngineReaction reaction;
    reaction.delay = active_.slow;
    if (!process_ || active_.reset) {
        reaction.kind = EngineReaction::Kind::reset;
        return reaction;
    }
    if (active_.stopped || active_.silent) {
        reaction.kind = active_.stopped ? EngineReaction::Kind::hold : EngineReaction::Kind::ignore;
        return reaction;
    }
    EngineReply reply;
    if (active_.status != 0) {
        reply = {static_cast<int>(active_.status), "Content-Type: application/json\r\n",
                 R"({"error":{"message":"simulated"}})"};
        if (active_.status >= 300 && active_.status < 400) reply.headers += "Location: /else\r\n";
    } else if (active_.garbage) {
        reply = {200, "Content-Type: text/html\r\n", garbage()};
    } else {
        reply = answer_of(*process_, target, now);
    }
    for (std::uint32_t i = 0; i < active_.flood; ++i) {
        fmt::format_to(std::back_inserter(reply.body), "flood_{0}{{engine=\"{0}\"}} 1.0\n", i);
    }
    const bool last = birth_.engine == Engine::llamacpp &&
                      (++answers_ % kRequestsPerConnection == 0 || reply.status != 200);
    reaction.closes = !keep_alive || last;
    reaction.bytes = whole_answer(reply, reaction.closes);
    reaction.drips = active_.drip;
    if (active_.half) {
        reaction.bytes.resize(reaction.bytes.size() - reply.body.size() / 2);
        reaction.closes = true;
    }
    return reaction;
}

}  // namespace muster::detail
