// RestWorker: a worker that somebody named over REST: what the order says (POST /v1/workers), what
// the answer says, and the file that keeps them over a restart.
//
// Orders are read strictly, as those of cordons are: a misspelt one must not be half understood.
// Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/labels.hpp"

namespace muster {

struct RestWorker {
    std::string url;   ///< As it was given: who asks it checks it.
    Labels labels;     ///< Sorted, each name once.
    std::string by;    ///< Empty: not told.
    WallTime since{};  ///< When it was named first.
};

/// {"url": "...", "labels": {"zone": "a"}, "by": "..."}; `labels` and `by` may be absent or null.
/// `since` is left alone. Fails (bad_input, client) naming the member and what it takes.
[[nodiscard]] Result<RestWorker> parse_rest_worker(std::string_view json);

/// The members of one, as the answer and the file say it: `"url":...,"labels":{...},...`.
void append_rest_worker_members(std::string& out, const RestWorker& worker);

/// The file: {"muster_rest_workers": 1, "workers": [...]}.
[[nodiscard]] std::string print_rest_workers(std::span<const RestWorker> workers);
/// Fails (bad_input) in words that say what is wrong with it; also with another version's.
[[nodiscard]] Result<std::vector<RestWorker>> parse_rest_workers(std::string_view json);

}  // namespace muster
