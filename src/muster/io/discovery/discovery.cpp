// The thread of one place: find, judge, tell, wait.
#include "muster/io/discovery/discovery.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <map>
#include <thread>
#include <utility>

#include "muster/collect/withdrawal_hold.hpp"
#include "muster/io/discovery/detail/etcd_range.hpp"
#include "muster/io/discovery/detail/target_finder.hpp"

namespace muster {
namespace {

// A file tells by itself when it changes, but for one behind a symbolic link elsewhere.
constexpr Duration kFileEvery = std::chrono::seconds(30);
constexpr Duration kNamesEvery = std::chrono::seconds(5);
constexpr Duration kEtcdEvery = std::chrono::seconds(2);
// After a failure, and while a withdrawal is held.
constexpr Duration kAgainAfter = std::chrono::seconds(2);

constexpr std::array<std::string_view, 4> kKindNames = {"file", "dns", "srv", "etcd"};

Duration pause_of(DiscoveryKind kind) {
    switch (kind) {
        case DiscoveryKind::file: return kFileEvery;
        case DiscoveryKind::etcd: return kEtcdEvery;
        default: return kNamesEvery;
    }
}

std::unique_ptr<TargetFinder> finder_of(const DiscoveryPlace& place, NameResolver& names) {
    switch (place.kind) {
        case DiscoveryKind::dns: return dns_finder(place, names);
        case DiscoveryKind::srv: return srv_finder(place, names);
        case DiscoveryKind::etcd: return etcd_finder(place);
        case DiscoveryKind::file: break;
    }
    return file_finder(place);
}

class DiscoveryThread final : public Discovery {
public:
    DiscoveryThread(DiscoveryPlace place, HttpSource& source, const Clock& clock,
                    NameResolver& names)
        : place_(std::move(place)),
          source_(source),
          clock_(clock),
          finder_(finder_of(place_, names)),
          thread_([this](const std::stop_token& stop) { run(stop); }) {
        pthread_setname_np(thread_.native_handle(), "muster-discover");
    }

private:
    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            auto found = finder_->find(stop);
            if (stop.stop_requested()) return;
            Duration pause = pause_of(place_.kind);
            if (!found) {
                source_.discovery_failed(found.error().what);
                pause = kAgainAfter;
            } else if (!tell(std::move(*found))) {
                pause = kAgainAfter;
            }
            finder_->wait(pause, stop);
        }
    }

    /// False if it is to be looked at again soon.
    bool tell(std::vector<ScrapeTarget> found) {
        WithdrawalHold::Names listed;
        for (const ScrapeTarget& target : found) listed.insert(target.name());
        const auto outcome = hold_.judge(listed, clock_.now());
        if (outcome == WithdrawalHold::Outcome::outage) {
            source_.discovery_failed("nobody is listed any more: " + place_.text + ": " +
                                     std::to_string(hold_.workers().size()) +
                                     " workers are watched on; end them, or list some");
            return false;
        }
        std::map<std::string, ScrapeTarget> targets;
        for (ScrapeTarget& target : found) {
            std::string name = target.name();
            targets.insert_or_assign(std::move(name), std::move(target));
        }
        for (const auto& [name, target] : known_) {
            if (hold_.workers().contains(name)) targets.insert({name, target});  // Held.
        }
        known_ = std::move(targets);
        std::vector<ScrapeTarget> now;
        for (const auto& [name, target] : known_) now.push_back(target);
        source_.set_targets(std::move(now), "no longer listed by " + place_.text);
        return outcome == WithdrawalHold::Outcome::taken;
    }

    DiscoveryPlace place_;
    HttpSource& source_;
    const Clock& clock_;
    std::unique_ptr<TargetFinder> finder_;
    WithdrawalHold hold_;
    std::map<std::string, ScrapeTarget> known_;
    std::jthread thread_;  // Last: it uses all of the above.
};

std::unexpected<Error> wrong(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

Result<void> read_name(std::string_view text, DiscoveryPlace& place) {
    place.tls = text.starts_with("https://");
    if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
        if (!place.tls && !text.starts_with("http://")) {
            return wrong("its name has an unknown scheme: write http:// or https:// before it");
        }
        text.remove_prefix(scheme + 3);
    }
    if (place.kind == DiscoveryKind::srv) {
        place.what = text;
        const bool plain = std::ranges::all_of(
            text, [](char c) { return c > ' ' && c < 0x7f && c != ':' && c != '/'; });
        if (plain && !text.empty()) return {};
        return wrong("write srv:NAME, such as srv:_vllm._tcp.example.org");
    }
    auto url = parse_http_url("http://" + std::string(text));
    // Without a port of its own the URL would have HTTP's.
    const std::string_view authority = text.substr(0, text.find('/'));
    const bool has_port = authority.contains(':') && !authority.ends_with(']');
    if (!url || !url->prefix.empty() || !has_port) {
        return wrong("write dns:NAME:PORT, such as dns:engines.example.org:8000");
    }
    place.what = url->host;
    place.port = url->port;
    return {};
}

}  // namespace

std::string_view name_of(DiscoveryKind kind) noexcept {
    return kKindNames[static_cast<std::size_t>(kind)];
}

Result<DiscoveryPlace> parse_discovery_place(std::string_view text) {
    DiscoveryPlace place;
    place.text = text;
    const std::size_t colon = text.find(':');
    const auto kind = std::ranges::find(kKindNames, text.substr(0, colon));
    if (colon == std::string_view::npos || kind == kKindNames.end()) {
        return wrong("write file:PATH, dns:NAME:PORT, srv:NAME, etcd:URL or rest");
    }
    place.kind = static_cast<DiscoveryKind>(kind - kKindNames.begin());
    const std::string_view rest = text.substr(colon + 1);
    place.what = rest;
    switch (place.kind) {
        case DiscoveryKind::file:
            if (rest.empty()) return wrong("write file:PATH, such as file:/etc/muster/workers.yml");
            break;
        case DiscoveryKind::etcd:
            if (auto read = parse_etcd_place(rest); !read) {
                return wrong(read.error().what + " (etcd:http://HOST:2379/PREFIX)");
            }
            break;
        default:
            if (auto read = read_name(rest, place); !read) {
                return std::unexpected(std::move(read.error()));
            }
    }
    return place;
}

std::unique_ptr<Discovery> Discovery::start(DiscoveryPlace place, HttpSource& source,
                                            const Clock& clock, NameResolver& names) {
    return std::make_unique<DiscoveryThread>(std::move(place), source, clock, names);
}

}  // namespace muster
