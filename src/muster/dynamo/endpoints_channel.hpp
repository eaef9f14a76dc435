// A channel that keeps the latest set only (tokio's `watch`): one sender, any number of receivers.
//
// Between the task that collects and whoever reads. A receiver remembers which value it has seen;
// values in between may be skipped. Thread rule: the sender belongs to one thread; a receiver to
// one thread at a time; copies of a receiver are independent of it.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "muster/base/time.hpp"
#include "muster/dynamo/processed_endpoints.hpp"

namespace muster::dynamo {

using EndpointsPtr = std::shared_ptr<const ProcessedEndpoints>;

/// How a wait for a change ended.
enum class Changed : std::uint8_t {
    changed,    ///< A value was sent that the receiver had not seen; it counts as seen now.
    timed_out,  ///< The time was over first.
    stopped,    ///< The stop was asked first.
    closed,     ///< The sender is gone; nothing will change any more.
};

class EndpointsReceiver {
public:
    EndpointsReceiver(const EndpointsReceiver& other);
    EndpointsReceiver(EndpointsReceiver&& other) noexcept;
    EndpointsReceiver& operator=(const EndpointsReceiver& other);
    EndpointsReceiver& operator=(EndpointsReceiver&& other) noexcept;
    ~EndpointsReceiver();

    /// The latest value, shared, never null; does not mark it seen. Never waits for a sender.
    [[nodiscard]] EndpointsPtr borrow() const;
    /// The same, and marks it seen.
    [[nodiscard]] EndpointsPtr borrow_and_update();
    /// Whether a value was sent that is not marked seen.
    [[nodiscard]] bool has_changed() const;
    /// Waits for a value that is not marked seen, and marks it.
    [[nodiscard]] Changed changed(Duration timeout, const std::stop_token& stop = {});

private:
    friend class EndpointsSender;
    struct Shared;
    explicit EndpointsReceiver(std::shared_ptr<Shared> shared, std::uint64_t seen);
    std::shared_ptr<Shared> shared_;
    std::uint64_t seen_ = 0;
};

class EndpointsSender {
public:
    /// The value that stands before the first is sent is the default set, and counts as seen.
    EndpointsSender();
    EndpointsSender(EndpointsSender&&) noexcept;
    EndpointsSender& operator=(EndpointsSender&&) noexcept;
    /// Receivers keep the last value; their waits end with `closed`.
    ~EndpointsSender();

    /// A new receiver, for which the present value counts as seen.
    [[nodiscard]] EndpointsReceiver subscribe() const;
    [[nodiscard]] std::size_t receiver_count() const;
    /// False, and nothing is kept, if no receiver is left.
    [[nodiscard]] bool send(ProcessedEndpoints value);

private:
    std::shared_ptr<EndpointsReceiver::Shared> shared_;
};

}  // namespace muster::dynamo
