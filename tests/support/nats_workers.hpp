// Dynamo workers as a NATS server sees them: one connection that answers `$SRV.PING|INFO|STATS` for
// N workers of one component with the recorded bytes of genuine 0.5.1 workers (tests/golden),
// their ids and numbers put in. For tests of the transport: tests decide when an answer leaves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"

namespace muster::testing {

class NatsWorkers {
public:
    struct Options {
        std::string url;  ///< With a login, if one is needed.
        std::string name_space = "lab";
        std::string component = "backend";
        std::size_t workers = 1;
        std::uint64_t first_id = 0x1000;
        std::string tls_ca_file{};
    };

    /// Connects (and connects again, 20 ms after it lost the server). Throws if it cannot at first.
    explicit NatsWorkers(Options options);
    ~NatsWorkers();
    NatsWorkers(const NatsWorkers&) = delete;
    NatsWorkers& operator=(const NatsWorkers&) = delete;

    /// The `kv_active_blocks` that worker `index` answers from now on.
    void set_active_blocks(std::size_t index, std::uint64_t blocks);
    /// Answers leave so much later than their question came: the first worker's by `least`, the
    /// last one's by `most`, the others' evenly between (a lone worker's by `least`).
    void set_delay(Duration least, Duration most);
    /// Answers nothing, or again.
    void set_mute(bool mute);
    /// Keeps answers until release(): how many are kept.
    void hold();
    [[nodiscard]] std::size_t held() const;
    /// Sends the oldest kept answers and goes on keeping.
    void release(std::size_t count);
    /// Sends the newest kept answer before all others, and goes on keeping.
    void release_newest();
    /// Sends all that is kept and keeps no more.
    void release_all();
    /// Instead of the recorded record; absent: the recorded one again.
    void set_payload(std::size_t index, std::optional<std::string> payload);

    /// Sends a load on `namespace.NS.kv_metrics`.
    void push(std::size_t index, std::uint64_t active_blocks);
    /// Sends anything anywhere.
    void publish(const std::string& subject, const std::string& payload);

    /// When it last connected to the server.
    [[nodiscard]] Time connected_at() const;
    /// Reply subjects of the STATS questions that came, oldest first, since the last call.
    [[nodiscard]] std::vector<std::string> take_questions();
    /// Questions that came without a reply subject: would kill genuine workers. Must stay 0.
    [[nodiscard]] std::size_t questions_without_reply() const;
    [[nodiscard]] std::size_t info_questions() const;
    [[nodiscard]] std::string worker_id(std::size_t index) const;  ///< "lab/backend/4096"
    /// The bytes it would answer now.
    [[nodiscard]] std::string stats_payload(std::size_t index) const;

private:
    struct Workings;
    std::unique_ptr<Workings> workings_;
};

}  // namespace muster::testing
