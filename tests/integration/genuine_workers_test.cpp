// Genuine Dynamo 0.5.1 on both sides: its workers in `muster get`, and its aggregator reading
// `muster sim dynamo`. Needs a Python package index the first time, and etcd-server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/file_text.hpp"
#include "support/free_port.hpp"
#include "support/nats_server.hpp"
#include "support/places.hpp"
#include "support/python_environment.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ChildProcess;
using testing::NatsServer;
using testing::PythonEnvironment;
using testing::TempDir;
using testing::text_of;
using testing::wait_until;

const std::string kHere = places::source_dir() + "/tests/integration/";

/// Runs a program to its end; its output, or nothing if it failed or took too long.
std::optional<std::string> run(const std::vector<std::string>& argv, const TempDir& dir,
                               Duration deadline) {
    static int number = 0;
    const std::string out = dir.file("run-" + std::to_string(number++) + ".log");
    ChildProcess child(argv, out);
    if (child.wait(deadline) != 0) return std::nullopt;
    return text_of(out);
}

std::string json_line_of(const std::string& text, const std::string& mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) return {};
    return text.substr(at + mark.size(), text.find('\n', at) - at - mark.size());
}

class GenuineDynamo : public ::testing::Test {
protected:
    void SetUp() override {
        const PythonEnvironment environment("ai-dynamo-runtime==0.5.1");
        if (!environment.why_not().empty()) {
            GTEST_SKIP() << "SKIPPED: genuine Dynamo workers were NOT tested: "
                         << environment.why_not();
        }
        python_ = environment.python();
        server_ = std::make_unique<NatsServer>(NatsServer::Options{
            .config = "jetstream { store_dir: \"" + dir_.file("js") + "\" }\n"});
    }
    /// argv of a program that runs with Dynamo's environment, and lets others have the cores.
    [[nodiscard]] std::vector<std::string> dynamo(const std::vector<std::string>& rest) const {
        std::vector<std::string> argv = {"/usr/bin/env",
                                         "NATS_SERVER=" + server_->url(),
                                         "ETCD_ENDPOINTS=" + etcd_url_,
                                         "nice",
                                         "-n",
                                         "10",
                                         python_};
        argv.insert(argv.end(), rest.begin(), rest.end());
        return argv;
    }
    bool start_etcd() {
        const std::string binary = "/usr/bin/etcd";
        if (::access(binary.c_str(), X_OK) != 0) return false;
        etcd_url_ = "http://127.0.0.1:" + std::to_string(testing::free_port());
        const std::string peers = "http://127.0.0.1:" + std::to_string(testing::free_port());
        etcd_ = std::make_unique<ChildProcess>(
            std::vector<std::string>{
                binary, "--data-dir", dir_.file("etcd"), "--listen-client-urls", etcd_url_,
                "--advertise-client-urls", etcd_url_, "--listen-peer-urls", peers,
                "--initial-advertise-peer-urls", peers, "--initial-cluster", "default=" + peers},
            dir_.file("etcd.log"));
        return wait_until(20s, [this] {
            return text_of(dir_.file("etcd.log")).find("ready to serve client requests") !=
                   std::string::npos;
        });
    }
    /// What `muster get` says of the fleet, once; null if it failed.
    json get() {
        const std::optional<std::string> said =
            run({places::muster_binary(), "get", "--nats", server_->url(), "--component",
                 "lab/Back_End", "--output", "json"},
                dir_, 15s);
        if (!said) return nullptr;
        return json::parse(*said, nullptr, false);
    }

    TempDir dir_;
    std::string python_;
    std::unique_ptr<NatsServer> server_;
    std::string etcd_url_;
    std::unique_ptr<ChildProcess> etcd_;
};

using Numbers = std::vector<double>;

/// The seven numbers of each worker, by its running requests, which the test makes unique.
std::map<double, Numbers> numbers_of(const json& view) {
    std::map<double, Numbers> all;
    if (!view.is_object()) return all;
    for (const json& worker : view["workers"]) {
        Numbers numbers;
        for (const char* field : {"running", "slots", "waiting", "kv_active_blocks",
                                  "kv_total_blocks", "kv_usage", "prefix_hit_rate"}) {
            if (worker["load"][field].is_number()) numbers.push_back(worker["load"][field]);
        }
        if (!numbers.empty()) all[numbers.front()] = numbers;
    }
    return all;
}

/// Python shows a 32-bit float with all the digits that a 64-bit one needs.
Numbers as_float(Numbers numbers) {
    for (double& number : numbers) number = static_cast<double>(static_cast<float>(number));
    return numbers;
}

TEST_F(GenuineDynamo, WorkersAppearInMusterGetWithExactlyTheirNumbers) {
    if (!start_etcd()) GTEST_SKIP() << "SKIPPED: no etcd: apt-get install etcd-server";
    const std::string one = dir_.write("one.json", "[37,256,4,10234,27814,0.36794418,0.4125]");
    const std::string two = dir_.write("two.json", "[12,128,0,511,1000,0.1,1e-7]");
    const std::string script = kHere + "genuine_worker.py";
    const ChildProcess first(dynamo({script, "lab", "Back_End", one}), dir_.file("one.log"));
    const ChildProcess second(dynamo({script, "lab", "Back_End", two}), dir_.file("two.log"));
    const std::map<double, Numbers> published = {
        {37, {37, 256, 4, 10234, 27814, 0.36794418, 0.4125}},
        {12, {12, 128, 0, 511, 1000, 0.1, 1e-7}}};
    json view;
    EXPECT_TRUE(wait_until(60s, [&] { return numbers_of(view = get()) == published; }))
        << view.dump(1) << text_of(dir_.file("one.log"));
    // Changed numbers are seen too, and by then the workers are nobody's strangers.
    std::ofstream(one) << "[38,256,9,10300,27814,0.5,0.25]";
    EXPECT_TRUE(wait_until(60s, [&] {
        const std::map<double, Numbers> now = numbers_of(view = get());
        return now.contains(38) && now.at(38) == Numbers({38, 256, 9, 10300, 27814, 0.5, 0.25});
    })) << view.dump(1);
    EXPECT_EQ(view["workers"].size(), 2U);
    for (const json& worker : view["workers"]) {
        EXPECT_EQ(worker["engine"], "dynamo");
        EXPECT_EQ(worker["component"], "lab/Back_End");
        EXPECT_EQ(worker["state"], "fresh");
        // The age that it was printed with: some, and no more than a fresh one may have.
        ASSERT_TRUE(worker["age_ms"].is_number()) << worker.dump(1);
        const double interval = worker["interval_ms"];
        const double patience = worker["patience_ms"];
        EXPECT_EQ(interval, 250);
        EXPECT_EQ(patience, 300);
        EXPECT_GE(worker["age_ms"].get<double>(), 0);
        EXPECT_LE(worker["age_ms"].get<double>(), 2 * interval + patience);
    }
}

TEST_F(GenuineDynamo, TheGenuineAggregatorListsOurSimulatedWorkers) {
    constexpr std::size_t kWorkers = 40;
    const std::string truth = dir_.file("truth.jsonl");
    const ChildProcess sim({places::muster_binary(), "sim", "dynamo", "--nats", server_->url(),
                            "--component", "lab/Sim", "--workers", std::to_string(kWorkers),
                            "--seed", "5", "--rate", "0.001", "--print-truth", truth},
                           dir_.file("sim.log"));
    std::map<std::string, Numbers> published;
    ASSERT_TRUE(wait_until(10s, [&] {
        published.clear();
        std::istringstream lines(text_of(truth));
        std::string line;
        while (std::getline(lines, line)) {
            const json said = json::parse(line, nullptr, false);
            if (!said.is_object()) return false;
            const std::string id = said["worker"];
            const json& load = said["load"];
            published[id.substr(id.rfind('/') + 1)] =
                as_float({load["running"], load["slots"], load["waiting"], load["kv_active_blocks"],
                          load["kv_total_blocks"], load["kv_usage"], load["prefix_hit_rate"]});
        }
        return published.size() == kWorkers;
    })) << text_of(dir_.file("sim.log"));
    const std::optional<std::string> said =
        run(dynamo({kHere + "genuine_aggregator.py", "lab", "Sim", std::to_string(kWorkers)}), dir_,
            60s);
    ASSERT_TRUE(said);
    const json view = json::parse(json_line_of(*said, "VIEW "), nullptr, false);
    ASSERT_TRUE(view.is_object()) << *said;
    std::map<std::string, Numbers> listed;
    for (const auto& [id, numbers] : view["workers"].items()) listed[id] = numbers.get<Numbers>();
    EXPECT_EQ(listed, published);
}

}  // namespace
}  // namespace muster
