// What POST /v1/workers and DELETE /v1/workers/{id} answer: an order read, given to RestWorkers,
// and told back.
//
// An order waits for a disk: called on the desk of orders (journal_desk.hpp), never on a serving
// thread.
#pragma once

#include <string>

#include "muster/base/time.hpp"
#include "muster/io/discovery/rest_workers.hpp"
#include "muster/io/http/http_message.hpp"
#include "muster/io/http/url.hpp"

namespace muster {

/// 201 with the worker and its `Location`, 200 if it was named already; 400, 409, 415 or 503.
[[nodiscard]] HttpResponse post_worker(RestWorkers& workers, const HttpRequest& request,
                                       WallTime now);
/// 204; 400, 404, 409 or 503. `by` and `why` are parameters.
[[nodiscard]] HttpResponse delete_worker(RestWorkers& workers, const std::string& worker,
                                         const Target& target);

}  // namespace muster
