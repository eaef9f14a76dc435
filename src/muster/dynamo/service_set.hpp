// ServiceSet: what one window of a scrape gathered, merged into one list of endpoints.
//
// Pure: the replies' bytes in, in the order of arrival; endpoints out. Nothing is checked but what
// the seed checks, nothing is de-duplicated.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "muster/dynamo/endpoint.hpp"
#include "muster/wire/dynamo_release.hpp"
#include "muster/wire/strict_stats.hpp"

namespace muster::dynamo {

/// Messages one window keeps, as the inbox of the seed's client does; what exceeds it is lost.
inline constexpr std::size_t kWindowMessagesMax = 65'536;

class ServiceSet {
public:
    explicit ServiceSet(DynamoRelease release = {}) : release_(release) {}

    /// Takes one message of the window. An empty one (so "no responders") is passed over, one that
    /// is no service record is dropped whole and gives an error for the log.
    [[nodiscard]] Result<void> add(std::string_view payload);

    [[nodiscard]] const std::vector<StrictServiceInfo>& services() const noexcept {
        return services_;
    }
    /// All endpoints: in the order of the replies, then as each reply lists them. Empties the set.
    [[nodiscard]] std::vector<EndpointInfo> into_endpoints();

private:
    DynamoRelease release_;
    std::vector<StrictServiceInfo> services_;
};

/// Leaves those whose subject starts with `subject`, byte for byte.
[[nodiscard]] std::vector<EndpointInfo> keep_prefixed(std::vector<EndpointInfo> endpoints,
                                                      std::string_view subject);

}  // namespace muster::dynamo
