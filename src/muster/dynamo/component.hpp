// Runtime and Component: where the seed's classes begin.
//
// A Runtime is one NATS account seen from one program; a Component is one namespace/component on
// it, a small value that may be copied. All classes made from one Runtime share what asks the
// workers. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/collect/collector.hpp"
#include "muster/dynamo/service_set.hpp"
#include "muster/io/nats/nats_options.hpp"
#include "muster/wire/dynamo_release.hpp"

namespace muster {
class Log;
}

namespace muster::dynamo {

enum class Mode : std::uint8_t {
    live,   ///< Over muster's collector: the set is the fresh and late workers.
    exact,  ///< The seed's own loop: a window of 300 ms every 400 ms, and its diseases.
};

struct RuntimeOptions {
    NatsConnectOptions connect;
    Mode mode = Mode::live;
    /// Live mode: interval, patience, stale_after, ... of the collector.
    Collector::Options collector{};
    /// Live mode: listen to pushed loads beside asking.
    bool kv_metrics = true;
    /// Whose names are asked for, and whose records are read (collect_endpoints, exact mode).
    DynamoRelease release{};
    Log* log = nullptr;  ///< Must outlive the Runtime and all that is made from it.
};

class Component;
class ScrapeConnection;
class LiveFeed;

class Runtime : public std::enable_shared_from_this<Runtime> {
    struct Private {};

public:
    /// Exact mode connects, and fails with `closed` if there is no server, like the seed's. Live
    /// mode does not wait for the broker. Both fail with bad_input on wrong options.
    [[nodiscard]] static Result<std::shared_ptr<Runtime>> start(RuntimeOptions options);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    /// bad_input if a name is empty or leaves no service name.
    [[nodiscard]] Result<Component> component(std::string_view name_space, std::string_view name);

    [[nodiscard]] const RuntimeOptions& options() const noexcept { return options_; }

    // For the other files of this module.
    /// The connection that scrapes are made on; made when it is first needed.
    [[nodiscard]] Result<std::shared_ptr<ScrapeConnection>> scrape_connection();
    /// What asks a component's workers for one endpoint; one for all who want it at a time.
    [[nodiscard]] Result<std::shared_ptr<LiveFeed>> feed(const Component& component,
                                                         const std::string& endpoint);
    /// Says once per Runtime that nothing was found yet, once that something was.
    void note_scrape(bool found);

    /// Only start() can make this.
    Runtime(RuntimeOptions options, Private);

private:
    struct Shared;
    RuntimeOptions options_;
    std::unique_ptr<Shared> shared_;
};

/// An endpoint of a component, before any instance of it.
class ComponentEndpoint {
public:
    ComponentEndpoint(std::string service, std::string endpoint);
    /// `SERVICE.ENDPOINT`
    [[nodiscard]] const std::string& subject() const noexcept { return subject_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    std::string name_;
    std::string subject_;
};

class Component {
public:
    [[nodiscard]] const ComponentName& name() const noexcept { return name_; }
    /// As its workers' NATS service is called, by the naming rule of the Runtime's release.
    [[nodiscard]] const std::string& service_name() const noexcept { return service_name_; }
    [[nodiscard]] ComponentEndpoint endpoint(const std::string& name) const {
        return {service_name_, name};
    }
    /// One question to all workers; what arrives within `timeout` of it, never less. Blocks for
    /// that time. Fails only if the connection is closed or cannot be made. While the broker is
    /// away nothing is sent, and the set is empty. A timeout of 0 gives an empty set at once.
    [[nodiscard]] Result<ServiceSet> scrape_stats(Duration timeout) const;

    [[nodiscard]] Runtime& runtime() const noexcept { return *runtime_; }

private:
    friend class Runtime;
    Component(std::shared_ptr<Runtime> runtime, ComponentName name);
    std::shared_ptr<Runtime> runtime_;
    ComponentName name_;
    std::string service_name_;
};

}  // namespace muster::dynamo
