// HttpStream: ended once, at the latest when it dies.
//
// Thread rules are the header's.
#include "muster/io/http/http_stream.hpp"

namespace muster {

HttpStream& HttpStream::operator=(HttpStream&& other) noexcept {
    if (this != &other) {
        end();
        sink_ = std::move(other.sink_);
    }
    return *this;
}

void HttpStream::end() {
    if (const auto sink = std::exchange(sink_, nullptr)) sink->end();
}

}  // namespace muster
