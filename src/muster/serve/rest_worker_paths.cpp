// The paths that name workers and take them away: POST /v1/workers, DELETE /v1/workers/{id}.
// Answered on the desk of orders; everything they use is shared and outlives it.
#include <memory>
#include <utility>

#include "muster/io/http/problem.hpp"
#include "muster/serve/fleet_handler.hpp"
#include "muster/serve/rest_worker_answers.hpp"

namespace muster {

void FleetHandler::order(Call call, std::move_only_function<HttpResponse(const Call&)> follow) {
    if (shared_.options.rest == nullptr) {
        call.reply.send(problem_response(501, "not-offered",
                                         "this server takes no workers: ask the `muster serve` "
                                         "that collects them"));
        return;
    }
    auto waiting = std::make_shared<Call>(std::move(call));
    std::move_only_function<void()> later = [waiting, follow = std::move(follow)]() mutable {
        waiting->reply.send(follow(*waiting));
    };
    if (shared_.orders.ask(later)) return;
    auto busy = problem_response(503, "orders-busy",
                                 "too many name workers at once: ask again in a moment");
    busy.headers.push_back({"Retry-After", "1"});
    waiting->reply.send(std::move(busy));
}

void FleetHandler::post_workers(Call call, std::string_view) {
    if (!query_of(call, {})) return;
    order(std::move(call), [&shared = shared_](const Call& asked) {
        return post_worker(*shared.options.rest, asked.request, shared.wall.now());
    });
}

void FleetHandler::delete_worker(Call call, std::string_view encoded_id) {
    auto id = id_of(call, encoded_id);
    if (!id) return;
    order(std::move(call), [&shared = shared_, id = std::move(*id)](const Call& asked) {
        return muster::delete_worker(*shared.options.rest, id, asked.target);
    });
}

}  // namespace muster
