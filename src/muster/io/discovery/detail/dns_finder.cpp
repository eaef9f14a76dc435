// A name of the DNS: each of its addresses is a worker, or each host of its SRV records is.
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "muster/io/discovery/detail/file_sd.hpp"
#include "muster/io/discovery/detail/target_finder.hpp"

namespace muster {
namespace {

std::unexpected<Error> stopped() {
    return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
}

/// Waits for an answer that comes on the resolver's thread; it may come after we have gone.
template <typename T>
class Awaited {
public:
    [[nodiscard]] NameResolver::Done<T> done() const {
        return [shared = shared_](Result<std::vector<T>> answer) {
            const std::lock_guard lock(shared->mutex);
            shared->answer = std::move(answer);
            shared->came.notify_all();
        };
    }
    [[nodiscard]] Result<std::vector<T>> wait(const std::stop_token& stop) {
        std::unique_lock lock(shared_->mutex);
        shared_->came.wait(lock, stop, [this] { return shared_->answer.has_value(); });
        if (!shared_->answer) return stopped();
        return std::move(*shared_->answer);
    }

private:
    struct Shared {
        std::mutex mutex;
        std::condition_variable_any came;
        std::optional<Result<std::vector<T>>> answer;
    };
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

class DnsFinder final : public TargetFinder {
public:
    DnsFinder(DiscoveryPlace place, NameResolver& names)
        : place_(std::move(place)), names_(names) {}

    Result<std::vector<ScrapeTarget>> find(const std::stop_token& stop) override {
        auto addresses = ask(AddressFamily::v4, stop);
        // A worker with addresses of both kinds is one worker.
        if (!addresses && addresses.error().kind == ErrorKind::bad_input) {
            addresses = ask(AddressFamily::v6, stop);
        }
        if (!addresses) return not_resolved(place_, addresses.error());
        std::vector<ScrapeTarget> targets;
        for (std::string& address : *addresses) {
            if (targets.size() == kDiscoveredMax) break;
            targets.push_back({.url = {.host = std::move(address),
                                       .port = place_.port,
                                       .prefix = {},
                                       .tls = place_.tls},
                               .server_name = place_.what});
        }
        return targets;
    }
    void wait(Duration limit, const std::stop_token& stop) override { wait_or_stop(limit, stop); }

    static std::unexpected<Error> not_resolved(const DiscoveryPlace& place, const Error& error) {
        if (error.what == "stopped") return stopped();
        return fail(error.kind, ErrorOrigin::upstream,
                    "not resolved: " + place.text + ": " + error.what +
                        ": correct the name, or ask the name servers");
    }

private:
    Result<std::vector<std::string>> ask(AddressFamily family, const std::stop_token& stop) {
        Awaited<std::string> answer;
        names_.addresses(place_.what, family, answer.done());
        return answer.wait(stop);
    }

    DiscoveryPlace place_;
    NameResolver& names_;
};

class SrvFinder final : public TargetFinder {
public:
    SrvFinder(DiscoveryPlace place, NameResolver& names)
        : place_(std::move(place)), names_(names) {}

    Result<std::vector<ScrapeTarget>> find(const std::stop_token& stop) override {
        Awaited<ServiceHost> answer;
        names_.services(place_.what, answer.done());
        auto hosts = answer.wait(stop);
        if (!hosts) return DnsFinder::not_resolved(place_, hosts.error());
        std::vector<ScrapeTarget> targets;
        for (ServiceHost& host : *hosts) {
            if (targets.size() == kDiscoveredMax) break;
            // RFC 2782: a lone dot says that the service is not offered there.
            if (host.host.empty() || host.host == "." || host.port == 0) continue;
            targets.push_back({.url = {.host = std::move(host.host),
                                       .port = std::to_string(host.port),
                                       .prefix = {},
                                       .tls = place_.tls}});
        }
        return targets;
    }
    void wait(Duration limit, const std::stop_token& stop) override { wait_or_stop(limit, stop); }

private:
    DiscoveryPlace place_;
    NameResolver& names_;
};

}  // namespace

void wait_or_stop(Duration limit, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    (void)never.wait_for(lock, stop, limit, [] { return false; });
}

std::unique_ptr<TargetFinder> dns_finder(const DiscoveryPlace& place, NameResolver& names) {
    return std::make_unique<DnsFinder>(place, names);
}

std::unique_ptr<TargetFinder> srv_finder(const DiscoveryPlace& place, NameResolver& names) {
    return std::make_unique<SrvFinder>(place, names);
}

}  // namespace muster
