// An endpoint as a reply lists it (EndpointInfo) and as a set holds it (Endpoint), and the id by
// which a set finds it (WorkerId). Plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "muster/base/error.hpp"
#include "muster/dynamo/load_metrics.hpp"
#include "muster/wire/strict_stats.hpp"

namespace muster::dynamo {

/// One endpoint of one reply, undecoded.
struct EndpointInfo {
    std::string name;
    std::string subject;
    /// Absent if any of its seven fields was missing or of a wrong type.
    std::optional<StrictEndpointStats> data;

    /// The hexadecimal number that ends the subject; bad_input if there is none.
    [[nodiscard]] Result<std::uint64_t> id() const;
    /// Its load as the seed decodes it; bad_input without data, or if that is no load record.
    [[nodiscard]] Result<ForwardPassMetrics> decode(DynamoRelease release = {}) const;
    friend bool operator==(const EndpointInfo&, const EndpointInfo&) = default;
};

/// Who a worker is within its component. In exact mode the seed's number alone. In live mode also
/// the data-parallel rank, where its record names one, and, for a static worker (it has no number:
/// id is 0), the NATS service id that tells it from others.
struct WorkerId {
    std::uint64_t id = 0;
    std::optional<std::uint32_t> rank{};
    std::string static_name{};

    WorkerId() = default;
    /// Implicit: the seed's worker id is a bare number.
    WorkerId(std::uint64_t number) : id(number) {}
    WorkerId(std::uint64_t number, std::optional<std::uint32_t> of_rank, std::string name = {})
        : id(number), rank(of_rank), static_name(std::move(name)) {}
    friend auto operator<=>(const WorkerId&, const WorkerId&) = default;
};

/// `7587888657184927289`, `7587888657184927289/3`, or a static worker's name.
[[nodiscard]] std::string to_string(const WorkerId& id);

struct Endpoint {
    std::string name;
    std::string subject;
    LoadMetrics data;

    /// The seed's worker id: what follows the subject's last `-`, as a signed 64-bit number in base
    /// 16. bad_input where the seed panics.
    [[nodiscard]] Result<std::uint64_t> worker_id() const;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace muster::dynamo
