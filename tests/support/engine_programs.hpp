// A simulated engine and a `muster serve` as programs of the real binary, for tests that look at
// one through the other. Each ends with its object; one thread at a time.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "muster/io/http/http_client.hpp"
#include "muster/io/http/url.hpp"
#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

/// For waits on programs, on a busy machine.
inline constexpr Duration kProgramDeadline = kLongEnough;

/// Waits for what programs come to: looked at less often than what is in our own memory.
template <typename Condition>
[[nodiscard]] bool comes_true(Condition condition) {
    return wait_until(kProgramDeadline, condition, std::chrono::milliseconds(50));
}

/// `muster sim ENGINE` with one worker.
class SimCall {
public:
    explicit SimCall(const std::string& engine, const std::string& more = "")
        : run_("sim " + engine + " --workers 1 " + more) {
        EXPECT_TRUE(comes_true([&] { return !address().empty(); })) << run_.err();
    }
    /// "127.0.0.1:PORT"; empty until it says so.
    [[nodiscard]] std::string address() const {
        std::smatch found;
        const std::string said = run_.err();
        static const std::regex kAddress("http://(127\\.0\\.0\\.1:[0-9]+)");
        return std::regex_search(said, found, kAddress) ? found[1].str() : "";
    }
    [[nodiscard]] std::string worker_id() const { return "http/" + address(); }
    MusterCall& run() { return run_; }

private:
    MusterCall run_;
};

/// `muster serve` on a free port, with a state directory of its own.
class ServeCall {
public:
    explicit ServeCall(const std::string& arguments)
        : port_(std::to_string(free_port())),
          run_("serve " + arguments + " --listen 127.0.0.1:" + port_ + " --state-dir '" +
               state_.path() + "'") {
        EXPECT_TRUE(comes_true([&] {
            return run_.err().find("serving http://") != std::string::npos;
        })) << run_.err();
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + port_; }
    /// What a GET is answered with; "" if it is not answered with 200.
    [[nodiscard]] std::string text(const std::string& target) const {
        HttpClient client({"127.0.0.1", port_, "", false});
        const auto answer =
            client.ask({.method = HttpMethod::get, .target = target, .json = {}}, kProgramDeadline);
        return answer && answer->status == 200 ? *answer->body : "";
    }
    /// The same, read; an empty object for no answer.
    [[nodiscard]] nlohmann::json json(const std::string& target) const {
        nlohmann::json read = nlohmann::json::parse(text(target), nullptr, false);
        return read.is_discarded() ? nlohmann::json::object() : read;
    }
    [[nodiscard]] nlohmann::json worker(const std::string& id) const {
        return json("/v1/workers/" + percent_encode(id));
    }

private:
    TempDir state_;
    std::string port_;
    MusterCall run_;
};

}  // namespace muster::testing
