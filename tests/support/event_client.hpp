// EventClient: an event stream over a real socket, followed.
//
// Blocking; a stream that says nothing for ten seconds has ended. One thread at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "support/fleet_follower.hpp"
#include "support/http_socket.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

class EventClient {
public:
    /// Connects and asks; the head is read by `open`.
    EventClient(const std::string& address, std::string_view target, std::string_view fields = {},
                int receive_buffer = 0)
        : socket_(address, receive_buffer) {
        socket_.get(target, fields);
    }

    /// The head of the response.
    [[nodiscard]] SocketResponse open() { return socket_.response(true); }
    /// The next event, taken by the follower; nothing if the stream ended or broke.
    [[nodiscard]] std::optional<StreamEvent> next() {
        for (;;) {
            auto event = take_event(text_);
            if (!event) return std::nullopt;
            if (!event->name.empty()) {
                if (!follower_.take(*event)) return std::nullopt;
                return event;
            }
            const auto chunk = socket_.chunk();
            if (!chunk || chunk->empty()) {
                ended_well_ = chunk.has_value() && text_.empty();
                return std::nullopt;
            }
            text_ += *chunk;
        }
    }
    /// Reads on until `done` holds after an event; false if the stream ended before, or thirty
    /// seconds passed.
    [[nodiscard]] bool follow_until(const std::function<bool(const StreamEvent&)>& done) {
        const Time end = steady_now() + kLongEnough;
        while (steady_now() < end) {
            const auto event = next();
            if (!event) return false;
            if (done(*event)) return true;
        }
        return false;
    }
    /// Reads on until the document has that version.
    [[nodiscard]] bool follow_to(std::uint64_t version) {
        if (!follower_.fleet().is_null() && follower_.fleet()["version"] >= version) return true;
        return follow_until([&](const StreamEvent& e) { return e.data["version"] >= version; });
    }

    [[nodiscard]] FleetFollower& follower() noexcept { return follower_; }
    [[nodiscard]] HttpSocket& socket() noexcept { return socket_; }
    /// After next() gave nothing: whether the server had ended the stream properly.
    [[nodiscard]] bool ended_well() const noexcept { return ended_well_; }

private:
    HttpSocket socket_;
    std::string text_;
    FleetFollower follower_;
    bool ended_well_ = false;
};

}  // namespace muster::testing
