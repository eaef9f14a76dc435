#include "muster/engines/detail/scrape_plan.hpp"

namespace muster::detail {

namespace {

using enum EngineDocument;

// A page that says little more than the scheduler does, and costs the engine many milliseconds.
constexpr Duration kSeldom = std::chrono::seconds(5);
// Sizes and names of a process do not change; but the change of a process may go unseen.
constexpr Duration kOnce = std::chrono::seconds(60);
// A switch that is off stays off until the engine is started anew.
constexpr Duration kNotOfferedFor = std::chrono::seconds(60);
// A server that nothing is known of may just be starting.
constexpr Duration kProbeAgain = std::chrono::seconds(10);

constexpr std::string_view kTextAccept = "text/plain;version=0.0.4, */*;q=0.1";
constexpr std::string_view kJsonAccept = "application/json";

constexpr bool is_text(EngineDocument document) {
    return document == metrics || document == prometheus_metrics;
}

}  // namespace

std::string query_value(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            encoded.push_back(c);
        } else {
            encoded.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
        }
    }
    return encoded;
}

void ScrapePlan::begin(Time now) {
    now_ = now;
    asked_.fill(false);
    asked_of_models_.fill(false);
    used_.fill(false);
    first_ask_ = true;
}

void ScrapePlan::forget() {
    states_ = {};
    router_ = false;
    loaded_.clear();
}

void ScrapePlan::forget_once() {
    for (State& state : states_) state = {};
}

void ScrapePlan::note(EngineDocument document, Offer offer) {
    State& state = states_[index_of(document)];
    state.offer = offer;
    state.again_at = offer == Offer::no ? now_ + kNotOfferedFor : kNever;
}

void ScrapePlan::add(EngineDocument document, std::string target, std::string_view why) {
    asked_[index_of(document)] = true;
    states_[index_of(document)].asked_at = now_;
    requests_.push_back(
        {document, std::move(target), is_text(document) ? kTextAccept : kJsonAccept, why});
}

void ScrapePlan::want(EngineDocument document, std::string_view why) {
    const State& state = states_[index_of(document)];
    if (asked_[index_of(document)]) return;
    if (state.offer == Offer::no && now_ < state.again_at) return;
    add(document, std::string(path_of(document)), why);
}

void ScrapePlan::want_every(EngineDocument document, Duration every, std::string_view why) {
    const State& state = states_[index_of(document)];
    if (state.asked_at != kNever && now_ - state.asked_at < every) return;
    want(document, why);
}

/// A router loads a model, and throws another out, for whoever asks without `autoload=false`.
void ScrapePlan::want_of_models(EngineDocument document, std::string_view why) {
    const State& state = states_[index_of(document)];
    if (asked_of_models_[index_of(document)]) return;
    if (state.offer == Offer::no && now_ < state.again_at) return;
    asked_of_models_[index_of(document)] = true;
    for (const std::string& model : loaded_) {
        std::string target(path_of(document));
        target.append("?model=").append(query_value(model)).append("&autoload=false");
        add(document, std::move(target), why);
    }
}

/// Something answered, and no page told what: the other engines' own documents do.
void ScrapePlan::plan_unknown() {
    if (first_ask_) {
        // Always, whatever it said before: this is how an engine that comes up is recognised.
        if (!asked_[index_of(metrics)])
            add(metrics, std::string(path_of(metrics)), "which engine this is");
        return;
    }
    plan_others();
}

void ScrapePlan::plan_others() {
    want_every(loads, kProbeAgain, "whether this is SGLang without its metrics page");
    want_every(get_load, kProbeAgain, "whether this is an older SGLang");
    want_every(props, kProbeAgain, "whether this is llama.cpp without its metrics page");
}

void ScrapePlan::plan_sglang() {
    want(loads, "running, waiting, slots and KV use, from the scheduler itself");
    const bool scheduler_tells = offer(loads) == Offer::yes;
    if (!scheduler_tells && !first_ask_) {
        want(metrics, "running, waiting and KV use");
        if (offer(metrics) == Offer::no) want(get_load, "running and waiting");
    } else if (used_[index_of(loads)] || first_ask_) {
        want_every(metrics, kSeldom, "rates, prefix hit rate, page size");
    } else {
        want(metrics, "running, waiting and KV use, as /v1/loads failed");
    }
}

void ScrapePlan::plan_llamacpp() {
    if (router_) {
        want(models, "which models the router has loaded");
        if (used_[index_of(models)]) {
            want_of_models(metrics, "running, waiting and rates");
            want_of_models(slots, "slots and KV use");
        }
        return;
    }
    want(metrics, "running, waiting and rates");
    want(slots, "slots and KV use");
    want_every(props, kOnce, "slots and model, once");
}

/// Of all that tells load (`/props` does not); its page was asked for, and is not there.
bool ScrapePlan::offers_nothing() const noexcept {
    if (offer(metrics) != Offer::no) return false;
    for (std::size_t i = 0; i < kEngineDocumentCount; ++i) {
        const bool tells = static_cast<EngineDocument>(i) != props;
        if (tells && states_[i].offer == Offer::yes) return false;
    }
    return true;
}

std::span<const DocumentRequest> ScrapePlan::ask() {
    requests_.clear();
    if (!engine_) {
        plan_unknown();
    } else {
        switch (*engine_) {
            case Engine::sglang: plan_sglang(); break;
            case Engine::llamacpp: plan_llamacpp(); break;
            case Engine::vllm:
                want(metrics, "requests, queue, KV use and rates");
                want(server_load, "requests before their first step");
                break;
            case Engine::trtllm:
                want(metrics, "iterations since the last read");
                want_every(prometheus_metrics, kSeldom, "token rates");
                break;
            default: want(metrics, "requests, queue and rates"); break;
        }
        // Not a document of its own is left: another engine may have taken its port.
        if (!first_ask_ && offers_nothing()) plan_others();
    }
    // All that it ever told is switched off: still it must be seen to be there, and to come back.
    if (first_ask_ && requests_.empty()) {
        add(metrics, std::string(path_of(metrics)), "whether it is there");
    }
    first_ask_ = false;
    return requests_;
}

}  // namespace muster::detail
