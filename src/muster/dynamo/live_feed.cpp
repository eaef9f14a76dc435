#include "muster/dynamo/live_feed.hpp"

namespace muster::dynamo {

Result<std::shared_ptr<LiveFeed>> LiveFeed::start(const RuntimeOptions&, const ComponentName&,
                                                  const std::string&) {
    return fail(ErrorKind::unsupported, ErrorOrigin::self,
                "no live mode: this build has no NATS source: set Mode::exact");
}

}  // namespace muster::dynamo
