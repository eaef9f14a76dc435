// The routing table and one function for each path.
//
// Thread rules are the header's.
#include "muster/serve/fleet_handler.hpp"

#include <cstddef>

#include "muster/base/duration_text.hpp"
#include "muster/io/http/gzip.hpp"
#include "muster/io/http/problem.hpp"
#include "muster/serve/openapi_document.hpp"
#include "muster/wire/json_writer.hpp"

namespace muster {

namespace {

/// Below it gzip saves less than its own header and time.
constexpr std::size_t kGzipAbove = 1024;

bool wants_gzip(const HttpRequest& request) noexcept {
    const auto accepted = request.header("Accept-Encoding");
    return accepted && accepts_token(*accepted, "gzip");
}

HttpResponse json_response(std::string json) {
    HttpResponse response;
    response.content_type = "application/json";
    response.headers.push_back({"Cache-Control", "no-store"});
    response.body = std::make_shared<const std::string>(std::move(json));
    return response;
}

/// "workers" and "lost" have everyone.
bool chooses_everyone(const FleetFilter& filter) noexcept {
    return filter.components.empty() && filter.labels.empty() && !filter.chooses_states();
}

/// To a tenth of a second: "3s200ms".
std::string in_words(Duration duration) {
    constexpr auto kTenth = std::chrono::milliseconds(100);
    return print_duration(duration - duration % kTenth);
}

}  // namespace

FleetHandler::FleetHandler(HttpLoop& loop, FleetHandlerShared& shared)
    : shared_(shared),
      reader_(shared.cell),
      texts_(std::make_shared<RowTexts>(WorkerMembers::all())),
      polls_(loop, shared.cell, shared.clock, shared.options.poll_gap,
             [this](std::vector<WaitingPoll> due) { answer_polls(std::move(due)); }),
      streams_(loop, {shared.cell, reader_, shared.clock, shared.wall, shared.epoch}, texts_,
               shared.options.ages_gap),
      loop_(loop) {
    const bool samples = shared.options.history_interval > Duration::zero();
    if (samples && !shared.has_sampler.exchange(true)) sample_history();
}

const std::vector<FleetHandler::Route>& FleetHandler::routes() {
    using H = FleetHandler;
    // Of two that match, the first: what has a suffix stands before what has none.
    static const std::vector<Route> kRoutes = {
        {"/", false, &H::get_root},
        {.path = "/assets/", .has_rest = true, .get = &H::get_asset, .open = true},
        {"/v1/fleet", false, &H::get_fleet},
        {"/v1/fleet/events", false, &H::get_events},
        {.path = "/v1/workers", .get = &H::get_workers, .post = &H::post_workers},
        {"/v1/workers/", true, &H::get_worker_cordon, "/cordon", &H::put_worker_cordon,
         &H::delete_worker_cordon},
        {"/v1/workers/", true, &H::get_worker_raw, "/raw"},
        {.path = "/v1/workers/", .has_rest = true, .get = &H::get_worker, .del = &H::delete_worker},
        {"/v1/cordons", false, &H::get_cordons},
        {"/v1/sources", false, &H::get_sources},
        {"/v1/journal", false, &H::get_journal},
        {"/v1/openapi.json", false, &H::get_openapi},
        {"/metrics", false, &H::get_metrics},
        {.path = "/healthz", .get = &H::get_health, .open = true},
        {.path = "/readyz", .get = &H::get_readiness, .open = true},
    };
    return kRoutes;
}

std::optional<std::string_view> FleetHandler::Route::match(std::string_view given) const noexcept {
    if (!has_rest) return given == path ? std::optional(std::string_view()) : std::nullopt;
    if (!given.starts_with(path)) return std::nullopt;
    given.remove_prefix(path.size());
    if (!given.ends_with(suffix) || given.size() == suffix.size()) return std::nullopt;
    given.remove_suffix(suffix.size());
    return given;
}

FleetHandler::Answer FleetHandler::Route::answer_to(HttpMethod method) const noexcept {
    switch (method) {
        case HttpMethod::get:
        case HttpMethod::head: return get;
        case HttpMethod::put: return put;
        case HttpMethod::del: return del;
        case HttpMethod::post: return post;
        default: return nullptr;
    }
}

std::vector<std::string> FleetHandler::Route::methods() const {
    std::vector<std::string> methods;
    if (get != nullptr) methods.insert(methods.end(), {"GET", "HEAD"});
    if (put != nullptr) methods.emplace_back("PUT");
    if (del != nullptr) methods.emplace_back("DELETE");
    if (post != nullptr) methods.emplace_back("POST");
    return methods;
}

std::string FleetHandler::Route::allow() const {
    std::string allow;
    for (const std::string& method : methods()) allow += (allow.empty() ? "" : ", ") + method;
    return allow;
}

std::string FleetHandler::Route::shown() const {
    return std::string(path) + (has_rest ? "{id}" : "") + std::string(suffix);
}

std::vector<std::pair<std::string, std::vector<std::string>>> FleetHandler::described() {
    std::vector<std::pair<std::string, std::vector<std::string>>> described;
    for (const Route& route : routes()) described.emplace_back(route.shown(), route.methods());
    return described;
}

const FleetHandler::Route* FleetHandler::find_route(std::string_view path, std::string_view& rest) {
    for (const Route& route : routes()) {
        const auto match = route.match(path);
        if (!match) continue;
        rest = *match;
        return &route;
    }
    return nullptr;
}

void FleetHandler::handle(HttpRequest request, HttpReply reply) {
    const std::string target = request.target;
    const std::string_view path = std::string_view(target).substr(0, target.find_first_of("?#"));
    std::string_view rest;
    const Route* const route = find_route(path, rest);
    for (HttpHeader& header : shared_.access.cors_headers(request)) {
        reply.add_header(std::move(header));
    }
    if (route != nullptr && shared_.access.is_preflight(request)) {
        reply.send(shared_.access.preflight(request, route->allow()));
        return;
    }
    // The page tells nothing of the fleet: it asks for the token itself.
    const bool open =
        route != nullptr &&
        (route->open || (route->get == &FleetHandler::get_root && gets_page(request)));
    if (auto refusal = shared_.access.refuse(request, open)) {
        reply.send(std::move(*refusal));
        return;
    }
    if (route == nullptr) {
        reply.send(problem_response(
            404, "not-found",
            "no such path: " + std::string(path) + ": see /v1/openapi.json for those there are"));
        return;
    }
    dispatch(*route, {std::move(request), {}, std::move(reply)}, rest);
}

void FleetHandler::dispatch(const Route& route, Call call, std::string_view rest) {
    const HttpRequest& request = call.request;
    const Answer act = route.answer_to(request.method);
    if (act == nullptr) {
        auto response = problem_response(405, "method-not-allowed",
                                         request.method_name + ": " + route.shown() + ": only " +
                                             route.allow() + " are understood here");
        response.headers.push_back({"Allow", route.allow()});
        call.reply.send(std::move(response));
        return;
    }
    if (act != route.get) {
        if (auto refusal = shared_.access.refuse_write(request)) {
            call.reply.send(std::move(*refusal));
            return;
        }
    }
    auto parsed = parse_target(request.target);
    if (!parsed) {
        call.reply.send(problem_response(400, "bad-parameter", parsed.error().what));
        return;
    }
    call.target = std::move(*parsed);
    (this->*act)(std::move(call), rest);
}

void FleetHandler::stopping() {
    sample_timer_.reset();
    polls_.answer_all();
    streams_.end_all();
}

void FleetHandler::sample_history() {
    shared_.history.sample(reader_.current(), shared_.clock.now());
    sample_timer_ = loop_.call_after(shared_.options.history_interval, [this] {
        const auto ended = std::move(sample_timer_);  // Its task must outlive its own call.
        sample_history();
    });
}

std::optional<FleetQuery> FleetHandler::query_of(Call& call, const FleetQueryRules& rules) {
    auto query = parse_fleet_query(call.target.parameters, rules);
    if (query) return std::move(*query);
    call.reply.send(problem_response(400, "bad-parameter", query.error().what));
    return std::nullopt;
}

FleetMoment FleetHandler::moment() const {
    return {shared_.clock.now(), shared_.wall.anchor(), shared_.epoch};
}

void FleetHandler::get_fleet(Call call, std::string_view) {
    auto query = query_of(call, {.filters = true,
                                 .fields = true,
                                 .long_poll = true,
                                 .past = true,
                                 .now = shared_.wall.now(),
                                 .timeout_max = shared_.options.poll_timeout_max});
    if (!query) return;
    if (query->at) {
        get_past_fleet(std::move(call), std::move(*query));
        return;
    }
    const FleetViewPtr shared = reader_.hold();
    const FleetView& view = *shared;
    const Duration timeout = query->timeout.value_or(shared_.options.poll_timeout);
    // A version ahead of ours is of another epoch: its owner must learn that at once.
    if (query->wait_version == view.version() && timeout > Duration::zero()) {
        polls_.add({.version = view.version(),
                    .query = std::move(*query),
                    .gzip = wants_gzip(call.request),
                    .reply = std::move(call.reply),
                    .timer = nullptr},
                   timeout);
        return;
    }
    if (!query->wait_version && send_not_modified(call, view)) return;
    send_view(std::move(call), view, fleet_json(shared, moment(), query->filter));
}

TextPieces FleetHandler::fleet_json(const FleetViewPtr& view, const FleetMoment& now,
                                    const FleetFilter& filter) {
    if (filter.members == texts_->members()) {
        texts_->update(view, now.anchor);
        if (chooses_everyone(filter)) return kept_.at(*texts_, now);
    }
    std::string json;
    if (filter.members == texts_->members())
        append_fleet_json(json, *texts_, now, filter);
    else
        append_fleet_json(json, *view, now, filter);
    return one_piece(std::move(json));
}

void FleetHandler::get_events(Call call, std::string_view) {
    auto query = query_of(
        call,
        {.filters = true, .fields = true, .event_rate = true, .event_rate_max = kEventRateMax});
    if (!query) return;
    const auto last = call.request.header("Last-Event-ID");
    streams_.add(std::move(call.reply), std::move(*query), last);
}

void FleetHandler::get_workers(Call call, std::string_view) {
    const auto query = query_of(call, {.filters = true, .fields = true});
    if (!query) return;
    const FleetView& view = reader_.current();
    if (send_not_modified(call, view)) return;
    std::string json;
    append_workers_json(json, view, moment(), query->filter);
    send_view(std::move(call), view, one_piece(std::move(json)));
}

void FleetHandler::get_sources(Call call, std::string_view) {
    if (!query_of(call, {})) return;
    const FleetView& view = reader_.current();
    if (send_not_modified(call, view)) return;
    std::string json;
    append_sources_json(json, view, moment());
    send_view(std::move(call), view, one_piece(std::move(json)));
}

void FleetHandler::get_openapi(Call call, std::string_view) {
    if (!query_of(call, {})) return;
    call.reply.send(json_response(std::string(openapi_document())));
}

void FleetHandler::get_health(Call call, std::string_view) {
    const Duration silent = age_between(reader_.current().collector_step(), shared_.clock.now());
    if (silent > shared_.options.collector_step_max) {
        const bool ever = reader_.current().collector_step() != Time{};
        call.reply.send(problem_response(503, "collector-stuck",
                                         ever ? "the collector has not stepped for " +
                                                    in_words(silent) + ": ages are true, " +
                                                    "but nothing new is collected"
                                              : std::string("the collector has not stepped yet")));
        return;
    }
    call.reply.send(json_response("{\"status\":\"ok\"}"));
}

void FleetHandler::get_readiness(Call call, std::string_view) {
    const FleetView& view = reader_.current();
    if (!shared_.was_ready) {
        std::string waiting;
        for (const SourceInfo& source : view.sources()) {
            if (source.asked_once) continue;
            waiting.append(waiting.empty() ? "" : "; ").append(source.id);
            waiting.append(" (").append(source.target).append(", ").append(name_of(source.state));
            if (!source.reason.empty()) waiting.append(": ").append(source.reason);
            waiting += ')';
        }
        if (view.version() == 0) waiting = "no view yet";
        if (!waiting.empty()) {
            call.reply.send(problem_response(503, "not-ready", "not asked yet: " + waiting));
            return;
        }
        shared_.was_ready = true;
    }
    call.reply.send(json_response("{\"status\":\"ready\"}"));
}

std::string FleetHandler::etag(const FleetView& view) const {
    return "W/\"" + shared_.epoch + "-" + std::to_string(view.version()) + "\"";
}

bool FleetHandler::send_not_modified(Call& call, const FleetView& view) {
    const auto wanted = call.request.header("If-None-Match");
    if (!wanted) return false;
    // While the collector hangs ages grow and states pass without a new version.
    if (age_between(view.collector_step(), shared_.clock.now()) >
        shared_.options.collector_step_max) {
        return false;
    }
    // Weak comparison (RFC 9110 13.1.2): the mark W/ does not count.
    const std::string tag = etag(view);
    if (*wanted != "*" && wanted->find(tag.substr(2)) == std::string_view::npos) return false;
    HttpResponse response;
    response.status = 304;
    add_validators(response, view);
    call.reply.send(std::move(response));
    return true;
}

void FleetHandler::add_validators(HttpResponse& response, const FleetView& view) const {
    response.headers.push_back({"ETag", etag(view)});
    response.headers.push_back({"Cache-Control", "no-cache"});  // Keep it, but ask each time.
    response.headers.push_back({"Vary", "Accept-Encoding"});
}

void FleetHandler::send_view(Call call, const FleetView& view, TextPieces json) {
    call.reply.send(view_response(view, body_of(std::move(json), wants_gzip(call.request))));
}

FleetHandler::Body FleetHandler::body_of(TextPieces texts, bool packed) {
    if (packed) {
        std::string whole;
        for (const auto& text : texts) whole += *text;
        if (whole.size() >= kGzipAbove) {
            if (auto text = gzip(whole)) return {one_piece(std::move(*text)), true};
        }
    }
    return {std::move(texts), false};
}

void FleetHandler::put_body(HttpResponse& response, Body body) {
    if (body.packed) response.headers.push_back({"Content-Encoding", "gzip"});
    response.body = std::move(body.texts.front());
    body.texts.erase(body.texts.begin());
    response.more = std::move(body.texts);
}

HttpResponse FleetHandler::view_response(const FleetView& view, Body body) const {
    HttpResponse response;
    response.content_type = "application/json";
    add_validators(response, view);
    put_body(response, std::move(body));
    return response;
}

void FleetHandler::answer_polls(std::vector<WaitingPoll> due) {
    if (due.empty()) return;
    // All are answered at one moment from one view, so those who ask the same share their text.
    const FleetViewPtr view = reader_.hold();
    const FleetMoment now = moment();
    std::map<std::pair<std::string, bool>, Body> bodies;
    for (WaitingPoll& poll : due) {
        Body& body = bodies[{poll.query.key, poll.gzip}];
        if (body.texts.empty()) body = body_of(fleet_json(view, now, poll.query.filter), poll.gzip);
        poll.reply.send(view_response(*view, body));
    }
}

}  // namespace muster
