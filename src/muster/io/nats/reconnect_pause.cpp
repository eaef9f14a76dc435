// See reconnect_pause.hpp.
#include "muster/io/nats/reconnect_pause.hpp"

namespace muster {

Duration reconnect_pause(std::size_t next, std::size_t servers, const ReconnectTimes& times,
                         std::uint64_t dice) noexcept {
    if (servers > 1 && next % servers != 0) return Duration::zero();
    const auto lengths = static_cast<std::uint64_t>(times.jitter.count()) + 1;
    return times.wait + Duration(static_cast<Duration::rep>(dice % lengths));
}

}  // namespace muster
