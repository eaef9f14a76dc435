// Processes that tests of the journal look at: a `muster serve` with a state directory, commands
// that read it, workers.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "muster/io/http/http_client.hpp"
#include "muster/sim/fleet.hpp"
#include "support/child_process.hpp"
#include "support/file_text.hpp"
#include "support/free_port.hpp"
#include "support/nats_server.hpp"
#include "support/places.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

inline constexpr Duration kDeadline = kLongEnough;

// A command that ends by itself.
struct Ran {
    int code = -1;
    std::string out;
    std::string err;
};

inline Ran run(const std::string& arguments, const std::string& environment = "") {
    TempDir dir;
    const std::string command = environment + " exec '" + places::muster_binary() + "' " +
                                arguments + " >'" + dir.file("out") + "' 2>'" + dir.file("err") +
                                "'";
    ChildProcess child({"/bin/sh", "-c", command}, dir.file("shell"));
    Ran ran;
    ran.code = child.wait(kDeadline).value_or(-1);
    ran.out = text_of(dir.file("out"));
    ran.err = text_of(dir.file("err"));
    return ran;
}

class Serve {
public:
    /// `before` stands before the command, as in "unshare -rm ...; exec".
    Serve(const std::string& nats, const std::string& state_dir, const std::string& before = "exec",
          const std::string& more = "")
        : port_(free_port()),
          child_(std::make_unique<ChildProcess>(
              std::vector<std::string>{"/bin/sh", "-c",
                                       before + " '" + places::muster_binary() + "' serve --nats " +
                                           nats + " --listen 127.0.0.1:" + std::to_string(port_) +
                                           " --state-dir '" + state_dir + "' " + more},
              dir_.file("log"))) {
        EXPECT_TRUE(wait_until(kDeadline, [&] { return said("serving http://"); })) << log();
    }
    void kill() { child_->kill(); }
    int stop() {
        child_->send(SIGTERM);
        return child_->wait(kDeadline).value_or(-1);
    }
    [[nodiscard]] std::string log() const { return text_of(dir_.file("log")); }
    [[nodiscard]] bool said(const std::string& words) const {
        return log().find(words) != std::string::npos;
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] nlohmann::json get(const std::string& target, unsigned status = 200) const {
        HttpClient client({"127.0.0.1", std::to_string(port_), ""});
        const auto answer = client.get(target, std::chrono::seconds(10));
        if (!answer) return nullptr;
        EXPECT_EQ(answer->status, status) << target << ": " << *answer->body;
        return nlohmann::json::parse(*answer->body, nullptr, false);
    }
    [[nodiscard]] bool shows(std::size_t workers, const std::string& state) const {
        return wait_until(kDeadline, [&] {
            const nlohmann::json fleet = get("/v1/fleet");
            return fleet.is_object() && fleet["workers"].size() == workers &&
                   std::ranges::all_of(fleet["workers"], [&](const nlohmann::json& w) {
                       return w["state"] == state;
                   });
        });
    }
    /// All of them are fresh, and the journal knows them: what a restart can go on from.
    [[nodiscard]] bool keeps(std::size_t workers) const {
        return shows(workers, "fresh") && wait_until(kDeadline, [&] {
                   return get("/v1/fleet?at=0s")["workers"].size() == workers;
               });
    }

private:
    TempDir dir_;
    std::uint16_t port_;
    std::unique_ptr<ChildProcess> child_;
};

inline std::unique_ptr<SimulatedFleet> workers_on(const NatsServer& broker, std::uint32_t count,
                                                  double changes_per_second = 1.0) {
    SimulatedFleetOptions options;
    options.changes_per_second = changes_per_second;
    options.nats_url = broker.url();
    options.workers = count;
    auto started = SimulatedFleet::start(std::move(options));
    EXPECT_TRUE(started) << started.error().what;
    return started ? std::move(*started) : nullptr;
}

inline std::map<std::string, nlohmann::json> by_id(const nlohmann::json& fleet) {
    std::map<std::string, nlohmann::json> workers;
    for (const nlohmann::json& worker : fleet["workers"]) workers[worker["id"]] = worker;
    return workers;
}

/// Empty: that command can be run in a name space of its own.
inline std::string cannot_mount(const std::string& mount) {
    TempDir dir;
    ChildProcess able({"unshare", "-rm", "sh", "-c", mount}, dir.file("log"));
    if (able.wait(kDeadline) == 0) return {};
    return "SKIPPED: no disk can be mounted here (unshare -rm " + mount +
           "): run it where user name spaces are allowed, or as root";
}

}  // namespace muster::testing
