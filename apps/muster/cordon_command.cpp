// cordon, uncordon: one question to the server, and its answer in words.
#include "cordon_command.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "muster/io/http/url.hpp"
#include "muster/wire/cordon_request.hpp"
#include "muster/wire/fleet_document.hpp"
#include "muster/wire/problem_document.hpp"
#include "nearest_name.hpp"
#include "server_words.hpp"

namespace muster {
namespace {

constexpr Duration kAnswer = std::chrono::seconds(5);

/// Empty if the system knows none that can be sent.
std::string login_name() {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) != 0 ||
        found == nullptr) {
        return {};
    }
    std::string name = found->pw_name;
    return complaint_of_by(name).empty() ? name : std::string();
}

std::string by_words(const std::string& by) {
    return by.empty() ? "" : " (by " + by + ')';
}

std::string target_of(const std::string& worker) {
    return "/v1/workers/" + percent_encode(worker) + "/cordon";
}

class Ordering {
public:
    Ordering(HttpUrl server, HttpClientOptions client, std::string worker,
             const std::stop_token& stop)
        : client_(std::move(server), std::move(client)), worker_(std::move(worker)), stop_(stop) {}

    /// `done`: what is printed when the answer is `status`.
    ExitCode order(const HttpQuestion& question, unsigned status, const std::string& done) {
        const auto answer = client_.ask(question, kAnswer, stop_);
        if (!answer) return unreachable(cannot_reach(client_.url(), answer.error()));
        if (answer->status == status) {
            const auto written = write_output(done + '\n');
            if (written || written.error().kind == ErrorKind::closed) return ExitCode::done;
            report_error(written.error().what);
            return ExitCode::trouble;
        }
        const auto problem = parse_problem(*answer->body);
        if (problem && problem->type == "unknown-worker") return say_unknown();
        if (problem && problem->type == "not-cordoned") {
            report_error("not cordoned: " + worker_ + ": `muster get` flags those that are");
            return ExitCode::trouble;
        }
        return unreachable(refused_by(client_.url(), question.target, *answer));
    }

private:
    static ExitCode unreachable(const Error& error) {
        if (error.what == "stopped") return ExitCode::done;
        report_error(error.what);
        return ExitCode::unreachable;
    }

    ExitCode say_unknown() {
        std::vector<std::string> ids;
        const auto answer = client_.get("/v1/workers?fields=id", kAnswer, stop_);
        const auto fleet = answer ? parse_fleet_document(*answer->body)
                                  : Result<FleetDocument>(std::unexpected(answer.error()));
        if (fleet) {
            for (const WorkerEntry& entry : fleet->workers) ids.push_back(entry.id);
        }
        const auto nearest = nearest_name(worker_, ids);
        report_error("unknown worker: " + worker_ + ": " +
                     (nearest ? "did you mean " + *nearest + "?" : "`muster get` lists them"));
        return ExitCode::trouble;
    }

    HttpClient client_;
    std::string worker_;
    const std::stop_token& stop_;
};

}  // namespace

ExitCode run_cordon(const CordonOptions& options, const std::stop_token& stop) {
    const std::string by = options.by.empty() ? login_name() : options.by;
    return Ordering(options.server, options.client, options.worker, stop)
        .order({.method = HttpMethod::put,
                .target = target_of(options.worker),
                .json = print_cordon_request({.why = options.why, .by = by})},
               200, options.worker + " cordoned: " + options.why + by_words(by));
}

ExitCode run_uncordon(const UncordonOptions& options, const std::stop_token& stop) {
    const std::string by = options.by.empty() ? login_name() : options.by;
    const std::string query = by.empty() ? "" : "?by=" + percent_encode(by);
    return Ordering(options.server, options.client, options.worker, stop)
        .order({.method = HttpMethod::del, .target = target_of(options.worker) + query, .json = {}},
               204, options.worker + " uncordoned" + by_words(by));
}

}  // namespace muster
