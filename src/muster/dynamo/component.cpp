#include "muster/dynamo/component.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "muster/dynamo/live_feed.hpp"
#include "muster/dynamo/scrape_connection.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/log.hpp"

namespace muster::dynamo {

struct Runtime::Shared {
    using FeedKey = std::pair<ComponentName, std::string>;

    std::mutex connection_mutex;
    std::shared_ptr<ScrapeConnection> connection;
    std::mutex feeds_mutex;
    std::map<FeedKey, std::weak_ptr<LiveFeed>> feeds;
    std::once_flag waiting;
    std::once_flag found;
};

Runtime::Runtime(RuntimeOptions options, Private)
    : options_(std::move(options)), shared_(std::make_unique<Shared>()) {}

Runtime::~Runtime() = default;

Result<std::shared_ptr<Runtime>> Runtime::start(RuntimeOptions options) {
    if (const Result<void> usable = check(options.connect); !usable) {
        return std::unexpected(usable.error());
    }
    auto runtime = std::make_shared<Runtime>(std::move(options), Private{});
    if (runtime->options_.mode == Mode::exact) {
        if (auto connection = runtime->scrape_connection(); !connection) {
            return std::unexpected(connection.error());
        }
    }
    return runtime;
}

Result<Component> Runtime::component(std::string_view name_space, std::string_view name) {
    Result<ComponentName> parsed =
        parse_component_name(std::string(name_space) + "/" + std::string(name));
    if (!parsed) return std::unexpected(parsed.error());
    return Component(shared_from_this(), std::move(*parsed));
}

Result<std::shared_ptr<ScrapeConnection>> Runtime::scrape_connection() {
    const std::lock_guard lock(shared_->connection_mutex);
    if (shared_->connection == nullptr) {
        auto opened = ScrapeConnection::open(options_.connect);
        if (!opened) return opened;
        shared_->connection = std::move(*opened);
    }
    return shared_->connection;
}

Result<std::shared_ptr<LiveFeed>> Runtime::feed(const Component& component,
                                                const std::string& endpoint) {
    const std::lock_guard lock(shared_->feeds_mutex);
    std::erase_if(shared_->feeds, [](const auto& entry) { return entry.second.expired(); });
    const Shared::FeedKey key{component.name(), endpoint};
    if (const auto at = shared_->feeds.find(key); at != shared_->feeds.end()) {
        if (auto feed = at->second.lock()) return feed;
    }
    auto feed = LiveFeed::start(options_, component.name(), endpoint);
    if (feed) shared_->feeds.insert_or_assign(key, *feed);
    return feed;
}

void Runtime::note_scrape(bool found) {
    if (found) {
        std::call_once(shared_->found, [this] {
            write_log(options_.log, LogLevel::debug, "Found metrics endpoint");
        });
    } else {
        std::call_once(shared_->waiting, [this] {
            write_log(options_.log, LogLevel::debug, "Waiting for metrics endpoint..");
        });
    }
}

ComponentEndpoint::ComponentEndpoint(std::string service, std::string endpoint)
    : name_(std::move(endpoint)), subject_(endpoint_subject(service, name_, std::nullopt)) {}

Component::Component(std::shared_ptr<Runtime> runtime, ComponentName name)
    : runtime_(std::move(runtime)),
      name_(std::move(name)),
      service_name_(muster::service_name(name_, slug_rule_of(runtime_->options().release))) {}

Result<ServiceSet> Component::scrape_stats(Duration timeout) const {
    auto connection = runtime_->scrape_connection();
    if (!connection) return std::unexpected(connection.error());
    const BootClock clock;
    return (*connection)
        ->scrape({.service = service_name_,
                  .timeout = timeout,
                  .release = runtime_->options().release,
                  .log = runtime_->options().log},
                 clock);
}

}  // namespace muster::dynamo
