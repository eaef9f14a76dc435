// See the header.
//
// Thread rules are the header's.
#include "muster/serve/cordon_answers.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/io/http/problem.hpp"
#include "muster/wire/cordon_request.hpp"
#include "muster/wire/fleet_json.hpp"
#include "muster/wire/json_writer.hpp"

namespace muster {

namespace {

HttpResponse cordon_response(const Cordon& cordon, const WallAnchor& anchor) {
    auto body = std::make_shared<std::string>();
    JsonWriter writer(*body);
    writer.begin_object().key("id").string(cordon.worker).key("cordon");
    append_cordon_json(*body, cordon, anchor);
    writer.end_object();
    HttpResponse response;
    response.content_type = "application/json";
    response.headers.push_back({"Cache-Control", "no-store"});
    response.body = std::move(body);
    return response;
}

HttpResponse unknown_worker(const std::string& worker) {
    return problem_response(404, "unknown-worker",
                            worker + ": no such worker: see /v1/workers for those there are");
}

HttpResponse not_cordoned(const std::string& worker) {
    return problem_response(404, "not-cordoned",
                            worker + ": not cordoned: see /v1/cordons for those that are");
}

const Cordon* find_cordon(const Cordons& cordons, const std::string& worker) {
    const auto at = std::ranges::lower_bound(
        cordons, worker, {},
        [](const CordonPtr& cordon) -> const std::string& { return cordon->worker; });
    return at == cordons.end() || (*at)->worker != worker ? nullptr : at->get();
}

/// "application/json", with or without parameters.
bool is_json(const HttpRequest& request) {
    const auto type = request.header("Content-Type");
    if (!type) return false;
    const auto end = type->find_first_of("; \t");
    return same_token(type->substr(0, end), "application/json");
}

}  // namespace

HttpResponse get_cordon(const FleetView& view, const CordonCall& call) {
    if (const Cordon* cordon = find_cordon(view.cordons(), call.worker)) {
        return cordon_response(*cordon, call.anchor);
    }
    const bool known = view.find(call.worker) || view.find_tombstone(call.worker) != nullptr;
    return known ? not_cordoned(call.worker) : unknown_worker(call.worker);
}

HttpResponse put_cordon(Collector& collector, const HttpRequest& request, const CordonCall& call) {
    if (!is_json(request)) {
        return problem_response(415, "media-type",
                                "the body is not told to be JSON: send the field Content-Type: "
                                "application/json");
    }
    const auto order = parse_cordon_request(request.body);
    if (!order) return problem_response(400, "bad-body", order.error().what);
    switch (collector.cordon(call.worker, order->why, order->by, call.now)) {
        case CordonOutcome::made:
        case CordonOutcome::kept: break;
        case CordonOutcome::unknown_worker: return unknown_worker(call.worker);
        case CordonOutcome::too_many:
            return problem_response(409, "too-many-cordons",
                                    std::to_string(kCordonsMax) +
                                        " workers are cordoned already: uncordon some that are "
                                        "gone: see /v1/cordons");
    }
    // It is published already; or another client has lifted it meanwhile.
    return get_cordon(*collector.view_cell().current(), call);
}

HttpResponse delete_cordon(Collector& collector, const Target& target, const CordonCall& call) {
    std::string by;
    for (const QueryParameter& parameter : target.parameters) {
        const std::string wrong = parameter.name != "by" ? "no such parameter: there is by"
                                  : !by.empty()          ? "given twice: give it once"
                                                         : complaint_of_by(parameter.value);
        if (!wrong.empty()) {
            return problem_response(400, "bad-parameter", parameter.name + ": " + wrong);
        }
        by = parameter.value;
    }
    if (!collector.uncordon(call.worker, by, call.now)) return not_cordoned(call.worker);
    HttpResponse response;
    response.status = 204;
    return response;
}

}  // namespace muster
