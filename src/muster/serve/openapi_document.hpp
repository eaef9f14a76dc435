// The description of the API that GET /v1/openapi.json answers: serve/openapi.json, built in.
//
// Any thread.
#pragma once

#include <string_view>

namespace muster {

/// OpenAPI 3.1, JSON.
[[nodiscard]] std::string_view openapi_document() noexcept;

}  // namespace muster
