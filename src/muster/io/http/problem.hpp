// RFC 9457 problem documents: how every error of the HTTP API looks.
//
// `type` is stable: programs match on it; `detail` is for people and says what to do.
#pragma once

#include <string>
#include <string_view>

#include "muster/io/http/http_message.hpp"

namespace muster {

/// `type` is written as "/problems/TYPE"; docs/guide/http.md lists them all. `more` is empty or
/// further members, each with its leading comma: `,"lost":{...}`.
[[nodiscard]] HttpResponse problem_response(unsigned status, std::string_view type,
                                            std::string_view detail, std::string_view more = {});

}  // namespace muster
