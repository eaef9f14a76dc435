// gzip over zlib, in one call: the text is whole and bounded.
//
// Pure functions; any thread.
#include "muster/io/http/gzip.hpp"

#include <zlib.h>

#include <algorithm>

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

Result<std::string> gunzip(std::string_view zipped, std::size_t bytes_max) {
    constexpr int kGzipWindow = 15 + 16;
    z_stream stream{};
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) {
        return fail(ErrorKind::internal, ErrorOrigin::self, "no memory");
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zipped.data()));
    stream.avail_in = static_cast<uInt>(zipped.size());
    std::string text;
    int step = Z_OK;
    while (step == Z_OK && text.size() <= bytes_max) {
        // Pages shrink to a ninth: mostly one step.
        const std::size_t room = std::max<std::size_t>(std::size_t{16} * 1024, 12 * zipped.size());
        const std::size_t size = text.size();
        text.resize(std::min(size + room, bytes_max + 1));
        stream.next_out = reinterpret_cast<Bytef*>(text.data() + size);
        stream.avail_out = static_cast<uInt>(text.size() - size);
        step = inflate(&stream, Z_NO_FLUSH);
        text.resize(text.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    if (text.size() > bytes_max) {
        return fail(ErrorKind::overloaded, ErrorOrigin::upstream,
                    "its gzip unpacks to more than " + std::to_string(bytes_max >> 20) + " MiB");
    }
    if (step != Z_STREAM_END) {
        return fail(ErrorKind::bad_input, ErrorOrigin::upstream, "it does not unpack");
    }
    return text;
}

}  // namespace muster
