// Keys below a prefix in etcd, over its JSON gateway: each value is a worker's URL.
#include <utility>

#include "muster/io/discovery/detail/etcd_range.hpp"
#include "muster/io/discovery/detail/target_finder.hpp"
#include "muster/io/http/http_client.hpp"

namespace muster {
namespace {

constexpr Duration kAnswer = std::chrono::seconds(3);

class EtcdFinder final : public TargetFinder {
public:
    explicit EtcdFinder(DiscoveryPlace place)
        : place_(std::move(place)),
          question_(range_question(*parse_etcd_place(place_.what))),
          client_(parse_etcd_place(place_.what)->server) {}

    Result<std::vector<ScrapeTarget>> find(const std::stop_token& stop) override {
        auto answer =
            client_.ask({.method = HttpMethod::post, .target = "/v3/kv/range", .json = question_},
                        kAnswer, stop);
        if (!answer) {
            if (answer.error().what == "stopped") return std::unexpected(answer.error());
            return unreadable(answer.error().what + ": is etcd running there?");
        }
        if (answer->status != 200) {
            return unreadable("status " + std::to_string(answer->status) +
                              ": is that an etcd of version 3.4 or later?");
        }
        auto targets = parse_etcd_range(*answer->body);
        if (!targets) return unreadable(targets.error().what);
        return targets;
    }
    void wait(Duration limit, const std::stop_token& stop) override { wait_or_stop(limit, stop); }

private:
    [[nodiscard]] std::unexpected<Error> unreadable(const std::string& why) const {
        return fail(ErrorKind::closed, ErrorOrigin::upstream,
                    "not read: " + place_.text + ": " + why);
    }

    DiscoveryPlace place_;
    std::string question_;
    HttpClient client_;
};

}  // namespace

std::unique_ptr<TargetFinder> etcd_finder(const DiscoveryPlace& place) {
    return std::make_unique<EtcdFinder>(place);
}

}  // namespace muster
