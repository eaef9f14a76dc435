// PageBody: what Beast's parser puts a page into. Unlike Beast's own body of a string it does not
// fill the room with zeros before it copies the page there: that was a tenth of all that a scrape
// costs. Private to io/http; belongs to whoever has the message.
#pragma once

#include <algorithm>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "muster/io/http/beast/asio.hpp"

namespace muster {

struct PageBody {
    using value_type = std::string;  ///< Its room is kept when a parser gets it.

    class reader {  // NOLINT(readability-identifier-naming): so Beast calls it.
    public:
        template <bool is_request, typename Fields>
        reader(boost::beast::http::header<is_request, Fields>& /*head*/, std::string& body) noexcept
            : body_(body) {}

        void init(const boost::optional<std::uint64_t>& length, error_code& code) {
            // What is announced need not come: more room is made when it does.
            constexpr std::uint64_t kReservedMax = std::uint64_t{256} * 1024;
            body_.clear();
            if (length) body_.reserve(static_cast<std::size_t>(std::min(*length, kReservedMax)));
            code = {};
        }
        template <typename Buffers>
        std::size_t put(const Buffers& buffers, error_code& code) {
            const std::size_t before = body_.size();
            for (auto at = asio::buffer_sequence_begin(buffers);
                 at != asio::buffer_sequence_end(buffers); ++at) {
                const asio::const_buffer bytes = *at;
                body_.append(static_cast<const char*>(bytes.data()), bytes.size());
            }
            code = {};
            return body_.size() - before;
        }
        void finish(error_code& code) noexcept { code = {}; }

    private:
        std::string& body_;
    };
};

}  // namespace muster
