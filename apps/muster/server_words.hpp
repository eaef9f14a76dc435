// What is said when a running `muster serve` cannot be asked, or says no.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "muster/base/error.hpp"
#include "muster/io/http/http_client.hpp"

namespace muster {

/// A whole sentence from what HttpClient says; "stopped" stays what it is. `otherwise`: what can be
/// done without a server, if anything can.
[[nodiscard]] Error cannot_reach(const HttpUrl& server, const Error& error,
                                 std::string_view otherwise = {});

/// A whole sentence for an answer that is not what was asked for.
[[nodiscard]] Error refused_by(const HttpUrl& server, const std::string& target,
                               const HttpResponse& answer);

}  // namespace muster
