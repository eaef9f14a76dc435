// What a service reply said, before it is judged whose it is: filled by either of two readings, the
// liberal one (service_reply.cpp) and that of the form which workers send (known_reply.hpp).
//
// Private to wire. Kept by a parser from reply to reply, so that its lists keep their room.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "muster/wire/detail/record_reader.hpp"
#include "muster/wire/service_reply.hpp"

namespace muster::detail {

inline constexpr std::size_t kNoRecord = std::numeric_limits<std::size_t>::max();

struct ReplyParts {
    // An empty string is as good as none: nobody has an empty name.
    ServiceHead head;
    std::string_view started;
    std::string_view description;
    bool has_endpoints = false;
    bool too_many_endpoints = false;
    std::vector<ServiceEndpoint> endpoints;
    std::vector<std::size_t> record_of_endpoint;  // Into `records`; kNoRecord if it has none.
    std::vector<ReadRecord> records;

    void clear() {
        head = {};
        started = description = {};
        has_endpoints = too_many_endpoints = false;
        forget_endpoints();
    }
    void forget_endpoints() {
        endpoints.clear();
        record_of_endpoint.clear();
        records.clear();
    }
};

}  // namespace muster::detail
