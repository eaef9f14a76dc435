// The NATS connection of a simulated fleet: it hears the `$SRV` questions for one service, and
// sends what the workers say.
//
// NATS delivery threads call `on_question`; `send` may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster {

/// A question as it came in.
struct ServiceQuestion {
    ServiceVerb verb = ServiceVerb::stats;
    std::string service_id;                       ///< Empty: all workers are asked.
    std::shared_ptr<const std::string> reply_to;  ///< Null: the question names no reply subject.
};

class WorkerLink {
public:
    struct Options {
        std::string urls;     ///< Comma-separated, one cluster.
        std::string service;  ///< Whose questions to hear.
        std::string client_name;
        /// Each message leaves at once. Else the library collects for up to a millisecond, which
        /// spares a system call per answer in a large fleet.
        bool send_at_once = true;
    };
    /// Connects, subscribes, and waits until the server confirmed it.
    [[nodiscard]] static Result<std::unique_ptr<WorkerLink>> open(
        const Options& options, std::function<void(ServiceQuestion)> on_question);
    /// Closes, and waits (2 s at most) until no question is on its way any more.
    ~WorkerLink();
    WorkerLink(const WorkerLink&) = delete;
    WorkerLink& operator=(const WorkerLink&) = delete;

    /// False if it was not taken: too large for the server, or 8 MiB wait for it already.
    [[nodiscard]] bool send(const std::string& subject, std::string_view payload) noexcept;

private:
    class Wiring;

public:
    /// For open(): nobody else has a Wiring.
    explicit WorkerLink(std::unique_ptr<Wiring> wiring);

private:
    std::unique_ptr<Wiring> wiring_;
};

}  // namespace muster
