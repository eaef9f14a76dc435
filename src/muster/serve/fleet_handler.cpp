// The routing table and one function for each path.
//
// Thread rules are the header's.
#include "muster/serve/fleet_handler.hpp"

#include <cstddef>

#include "muster/base/duration_text.hpp"
#include "muster/io/http/gzip.hpp"
#include "muster/io/http/problem.hpp"
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

/// In tenths of a second: "3.2s".
std::string in_words(Duration duration) {
    constexpr auto kTenth = std::chrono::milliseconds(100);
    return print_duration(duration - duration % kTenth);
}

}  // namespace

FleetHandler::FleetHandler(HttpLoop& loop, FleetHandlerShared& shared)
    : shared_(shared),
      reader_(shared.cell),
      polls_(loop, shared.cell, shared.clock, shared.options.poll_gap,
             [this](std::vector<WaitingPoll> due) { answer_polls(std::move(due)); }) {}

const std::vector<FleetHandler::Route>& FleetHandler::routes() {
    static const std::vector<Route> kRoutes = {
        {"/v1/fleet", false, &FleetHandler::get_fleet},
        {"/v1/workers", false, &FleetHandler::get_workers},
        {"/v1/workers/", true, &FleetHandler::get_worker},
        {"/v1/sources", false, &FleetHandler::get_sources},
        {"/metrics", false, &FleetHandler::get_metrics},
        {"/healthz", false, &FleetHandler::get_health},
        {"/readyz", false, &FleetHandler::get_readiness},
    };
    return kRoutes;
}

void FleetHandler::handle(HttpRequest request, HttpReply reply) {
    const std::string_view target = request.target;
    const std::string_view path = target.substr(0, target.find_first_of("?#"));
    for (const Route& route : routes()) {
        const bool matches = route.has_rest
                                 ? path.starts_with(route.path) && path.size() > route.path.size()
                                 : path == route.path;
        if (!matches) continue;
        if (request.method != HttpMethod::get && request.method != HttpMethod::head) {
            auto response = problem_response(405, "method-not-allowed",
                                             request.method_name + ": " + std::string(path) +
                                                 ": only GET and HEAD are understood here");
            response.headers.push_back({"Allow", "GET, HEAD"});
            reply.send(std::move(response));
            return;
        }
        auto parsed = parse_target(target);
        if (!parsed) {
            reply.send(problem_response(400, "bad-parameter", parsed.error().what));
            return;
        }
        const std::string rest = route.has_rest ? parsed->path.substr(route.path.size()) : "";
        (this->*route.get)({std::move(request), std::move(*parsed), std::move(reply)}, rest);
        return;
    }
    std::string known;
    for (const Route& route : routes()) {
        known.append(known.empty() ? "" : ", ").append(route.path);
        if (route.has_rest) known += "{id}";
    }
    reply.send(problem_response(404, "not-found",
                                "no such path: " + std::string(path) + ": choose among " + known));
}

void FleetHandler::stopping() {
    polls_.answer_all();
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
                                 .timeout_max = shared_.options.poll_timeout_max});
    if (!query) return;
    const FleetView& view = reader_.current();
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
    std::string json;
    append_fleet_json(json, view, moment(), query->filter);
    send_view(std::move(call), view, std::move(json));
}

void FleetHandler::get_workers(Call call, std::string_view) {
    const auto query = query_of(call, {.filters = true, .fields = true});
    if (!query) return;
    const FleetView& view = reader_.current();
    if (send_not_modified(call, view)) return;
    std::string json;
    append_workers_json(json, view, moment(), query->filter);
    send_view(std::move(call), view, std::move(json));
}

void FleetHandler::get_worker(Call call, std::string_view encoded_id) {
    const auto query = query_of(call, {.fields = true});
    if (!query) return;
    const auto id = percent_decode(encoded_id, false);
    if (!id) {
        call.reply.send(problem_response(
            400, "bad-parameter", "id: broken percent-escape: write %XX with two hex digits"));
        return;
    }
    const FleetView& view = reader_.current();
    if (const auto row = view.find(*id)) {
        if (send_not_modified(call, view)) return;
        std::string json;
        append_worker_json(json, view, *row, moment(), query->filter.members);
        send_view(std::move(call), view, std::move(json));
    } else if (const Tombstone* tombstone = view.find_tombstone(*id)) {
        std::string lost = ",\"lost\":";
        append_lost_json(lost, *tombstone, shared_.wall.anchor());
        call.reply.send(
            problem_response(410, "worker-lost", *id + ": lost: " + tombstone->detail, lost));
    } else {
        call.reply.send(problem_response(404, "unknown-worker",
                                         *id + ": no such worker: see /v1/workers for those there "
                                               "are"));
    }
}

void FleetHandler::get_sources(Call call, std::string_view) {
    if (!query_of(call, {})) return;
    const FleetView& view = reader_.current();
    if (send_not_modified(call, view)) return;
    std::string json;
    append_sources_json(json, view, moment());
    send_view(std::move(call), view, std::move(json));
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

void FleetHandler::send_view(Call call, const FleetView& view, std::string json) {
    const bool packed = wants_gzip(call.request) && json.size() >= kGzipAbove;
    call.reply.send(view_response(view, body_of(std::move(json), packed)));
}

FleetHandler::Body FleetHandler::body_of(std::string json, bool packed) {
    if (packed) {
        if (auto text = gzip(json)) {
            return {std::make_shared<const std::string>(std::move(*text)), true};
        }
    }
    return {std::make_shared<const std::string>(std::move(json)), false};
}

HttpResponse FleetHandler::view_response(const FleetView& view, const Body& body) const {
    HttpResponse response;
    response.content_type = "application/json";
    add_validators(response, view);
    if (body.packed) response.headers.push_back({"Content-Encoding", "gzip"});
    response.body = body.text;
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
        if (body.text == nullptr) {
            std::string json;
            append_fleet_json(json, *view, now, poll.query.filter);
            const bool packed = poll.gzip && json.size() >= kGzipAbove;
            body = body_of(std::move(json), packed);
        }
        poll.reply.send(view_response(*view, body));
    }
}

}  // namespace muster
