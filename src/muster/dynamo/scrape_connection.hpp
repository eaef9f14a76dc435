// ScrapeConnection: the NATS connection on which single scrapes are made.
//
// One question, one inbox of its own, one window. Thread rule: any; scrapes may overlap.
#pragma once

#include <memory>
#include <string>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/dynamo/service_set.hpp"
#include "muster/io/nats/nats_options.hpp"
#include "muster/wire/dynamo_release.hpp"

namespace muster {
class Log;
}

namespace muster::dynamo {

class ScrapeConnection {
public:
    /// Connects, within connect_timeout per server; afterwards it reconnects by itself, for ever.
    [[nodiscard]] static Result<std::shared_ptr<ScrapeConnection>> open(
        const NatsConnectOptions& options);
    ~ScrapeConnection();
    ScrapeConnection(const ScrapeConnection&) = delete;
    ScrapeConnection& operator=(const ScrapeConnection&) = delete;

    struct Window {
        std::string service;  ///< Whom to ask.
        Duration timeout{};   ///< From the question on.
        DynamoRelease release{};
        Log* log = nullptr;
    };
    /// Blocks for `timeout`. See Component::scrape_stats.
    [[nodiscard]] Result<ServiceSet> scrape(const Window& window, const Clock& clock);

private:
    struct Connection;
    explicit ScrapeConnection(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

}  // namespace muster::dynamo
