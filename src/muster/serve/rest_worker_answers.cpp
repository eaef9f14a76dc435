// See the header.
#include "muster/serve/rest_worker_answers.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include "muster/io/http/problem.hpp"
#include "muster/wire/cordon_request.hpp"
#include "muster/wire/json_writer.hpp"
#include "muster/wire/rest_worker.hpp"

namespace muster {

namespace {

/// "application/json", with or without parameters.
bool is_json(const HttpRequest& request) {
    const auto type = request.header("Content-Type");
    if (!type) return false;
    return same_token(type->substr(0, type->find_first_of("; \t")), "application/json");
}

HttpResponse refusal(const RestRefusal& refused) {
    switch (refused.kind) {
        case RestRefusal::Kind::bad_url: return problem_response(400, "bad-body", refused.what);
        case RestRefusal::Kind::named_elsewhere:
            return problem_response(409, "named-elsewhere", refused.what);
        case RestRefusal::Kind::a_rank:
            return problem_response(409, "rank-of-server", refused.what);
        case RestRefusal::Kind::too_many:
            return problem_response(409, "too-many-workers", refused.what);
        case RestRefusal::Kind::not_kept: return problem_response(503, "not-kept", refused.what);
        case RestRefusal::Kind::unknown_worker: break;
    }
    return problem_response(404, "unknown-worker", refused.what);
}

/// Empty if nothing is wrong with the parameters.
std::string read_parameters(const Target& target, std::string& by, std::string& why) {
    for (const QueryParameter& parameter : target.parameters) {
        const bool is_by = parameter.name == "by";
        if (!is_by && parameter.name != "why") {
            return parameter.name + ": no such parameter: there are by and why";
        }
        std::string& value = is_by ? by : why;
        const std::string wrong = !value.empty() ? "given twice: give it once"
                                  : is_by        ? complaint_of_by(parameter.value)
                                                 : complaint_of_why(parameter.value);
        if (!wrong.empty()) return parameter.name + ": " + wrong;
        value = parameter.value;
    }
    return {};
}

}  // namespace

HttpResponse post_worker(RestWorkers& workers, const HttpRequest& request, WallTime now) {
    if (!is_json(request)) {
        return problem_response(415, "media-type",
                                "the body is not told to be JSON: send the field Content-Type: "
                                "application/json");
    }
    auto order = parse_rest_worker(request.body);
    if (!order) return problem_response(400, "bad-body", order.error().what);
    const auto added = workers.add(std::move(*order), now);
    if (!added) return refusal(added.error());
    auto body = std::make_shared<std::string>();
    JsonWriter writer(*body);
    writer.begin_object().key("id").string(added->id);
    *body += ',';
    append_rest_worker_members(*body, added->worker);
    *body += added->kept ? ",\"kept\":true}" : ",\"kept\":false}";
    HttpResponse response;
    response.status = added->is_new ? 201 : 200;
    response.content_type = "application/json";
    response.headers = {{"Cache-Control", "no-store"},
                        {"Location", "/v1/workers/" + percent_encode(added->id)}};
    response.body = std::move(body);
    return response;
}

HttpResponse delete_worker(RestWorkers& workers, const std::string& worker, const Target& target) {
    std::string by;
    std::string why;
    if (const std::string wrong = read_parameters(target, by, why); !wrong.empty()) {
        return problem_response(400, "bad-parameter", wrong);
    }
    if (const auto removed = workers.remove(worker, by, why); !removed) {
        return refusal(removed.error());
    }
    HttpResponse response;
    response.status = 204;
    return response;
}

}  // namespace muster
