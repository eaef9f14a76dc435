// gzip over zlib's deflate, in one call: the text is whole and bounded.
//
// Pure function; any thread.
#include "muster/io/http/gzip.hpp"

#include <zlib.h>

namespace muster {

Result<std::string> gzip(std::string_view text) {
    constexpr int kGzipWindow = 15 + 16;  // 32 KiB window; + 16 asks for the gzip wrapper.
    constexpr int kMemoryLevel = 8;
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return fail(ErrorKind::overloaded, ErrorOrigin::self, "gzip: no memory: send it plain");
    }
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int done = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (done != Z_STREAM_END) {
        return fail(ErrorKind::internal, ErrorOrigin::self,
                    "gzip: text above 4 GiB: send it plain");
    }
    return out;
}

}  // namespace muster
