#include "muster/dynamo/endpoint.hpp"

#include <fmt/format.h>

#include "muster/wire/dynamo_names.hpp"

namespace muster::dynamo {

Result<std::uint64_t> EndpointInfo::id() const {
    if (const auto number = instance_id_of_subject(subject)) return *number;
    return fail(ErrorKind::bad_input, ErrorOrigin::upstream,
                fmt::format("no instance id: subject `{}`: it must end in -HEX", subject));
}

Result<ForwardPassMetrics> EndpointInfo::decode(DynamoRelease release) const {
    if (!data) {
        return fail(ErrorKind::bad_input, ErrorOrigin::upstream,
                    fmt::format("no stats: endpoint `{}`: a field of them is missing", name));
    }
    const auto record = decode_metrics_strictly(data->data, release);
    if (!record) return std::unexpected(record.error());
    return forward_pass_metrics_of(*record);
}

std::string to_string(const WorkerId& id) {
    if (!id.static_name.empty()) return id.static_name;
    return id.rank ? fmt::format("{}/{}", id.id, *id.rank) : fmt::format("{}", id.id);
}

Result<std::uint64_t> Endpoint::worker_id() const {
    // A minus cannot be in what follows the last minus, so the number is never negative.
    if (const auto number = seed_worker_id(subject)) return static_cast<std::uint64_t>(*number);
    return fail(ErrorKind::bad_input, ErrorOrigin::upstream,
                fmt::format("invalid worker id: subject `{}`: it must end in -HEX, at most "
                            "7fffffffffffffff",
                            subject));
}

}  // namespace muster::dynamo
