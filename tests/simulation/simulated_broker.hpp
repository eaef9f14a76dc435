// SimulatedBroker: a message broker, its workers' and our connections to it, as a Source.
//
// Place in the data path: Collector calls ask/echo, what comes back is planned on the simulation's
// event queue and handed to Collector as io/nats does it. One thread, no clock of its own.
// A message travels in three legs (us to broker, broker to worker, worker to us), each of which
// delays and holds it, and loses what is under way when it is cut. The leg to a worker and the one
// to us also lose single messages, the one to us doubles them. A worker's client that is cut off
// keeps what the worker pushes, and sends it in one go when it is connected again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/collect/source.hpp"
#include "simulation/disturbance.hpp"
#include "simulation/worker_process.hpp"

namespace muster {

class SimulatedFleet;

struct ComponentTraits {
    std::string engine = "dynamo";
    bool pinned = false;
    /// Asked directly, as over HTTP: who is dead but still named refuses the connection.
    bool refuses_when_dead = false;
    /// No fault strikes at its workers.
    bool spared = false;
    /// Discovery lists it; the listing is told every two seconds.
    bool listed = false;
};

struct SimulatedComponent {
    std::string name;
    ComponentTraits traits;
    ComponentId id;
    std::size_t broker = 0;
    std::vector<std::shared_ptr<WorkerProcess>> processes;  ///< The dead ones too, until replaced.
    Disturbance disturbance;
    /// Living workers that discovery does not list any more.
    std::vector<std::uint64_t> withdrawn;
    /// What discovery says when it is ill: nothing at all, or half of the list.
    enum class Discovery : std::uint8_t { healthy, unreadable, halved } discovery{};
};

/// How messages fare. The delays are of one leg.
struct Weather {
    Duration delay_min = std::chrono::microseconds(100);
    Duration delay_max = std::chrono::milliseconds(2);
    double loss = 0.0;            ///< Of answers, echoes and pushes on their way to us.
    double doubling = 0.0;        ///< Of the same.
    double questions_lost = 0.0;  ///< On their way to a worker.
    bool reorders = false;        ///< Messages of one sender may overtake each other.
    double unsendable = 0.0;      ///< What our client cannot send at once.
};

class SimulatedBroker final : public Source {
public:
    SimulatedBroker(SimulatedFleet& fleet, std::string name, std::size_t index);

    [[nodiscard]] bool ask(const Question& question) override;
    [[nodiscard]] bool echo(EchoId echo) override;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    SourceId id;

    // Faults.
    void set_weather(const Weather& weather);
    [[nodiscard]] const Weather& weather() const noexcept { return weather_; }
    /// SIGSTOP: nothing in, nothing out, all held; proceed() delivers it.
    void pause();
    void proceed();
    /// Killed: what is under way is lost, and our client is told. `come_back` connects again.
    void die();
    void come_back();
    /// Our client gives the connection up (its pings are not answered). `come_back` connects again.
    void lose_our_link(const std::string& reason);
    /// Our connection is dead, and nobody knows it until `notice_half_open` (the client's ping).
    void half_open();
    void notice_half_open();
    [[nodiscard]] bool up() const noexcept { return link_ == Link::up && !paused_; }
    /// A new connection can be made, though perhaps nothing comes over it.
    [[nodiscard]] bool reachable() const noexcept { return link_ != Link::down; }
    /// A new muster: what is on its way to the one before is lost.
    void begin_run() {
        ++epoch_;
        asked_.clear();
    }

    /// The worker pushes its load, if it can. Called by the fleet one debounce after a change.
    void push(const SimulatedComponent& component, const std::shared_ptr<WorkerProcess>& process,
              std::size_t stream);
    /// A push under a worker id that nobody has.
    void push_stranger(const SimulatedComponent& component, std::uint64_t worker_id);
    /// What a worker that was stopped still has in its inbox.
    void worker_proceeds(const std::shared_ptr<WorkerProcess>& process);
    /// A worker that was cut off is connected again, unless the broker itself is away.
    void worker_reconnects(const std::shared_ptr<WorkerProcess>& process);
    /// Workers come back to a broker that was killed within this, each at a time of its own.
    Duration workers_return_within{};

    /// When a question was sent. REQUIRES: it was.
    [[nodiscard]] Time asked_at(ComponentId component, RoundId round) const;
    /// The longest a message may have been under way, of those that arrived since `since`.
    [[nodiscard]] Duration worst_transit_since(Time since) const;
    [[nodiscard]] std::uint64_t questions_received() const noexcept { return questions_received_; }

    Disturbance disturbance;

private:
    enum class Link : std::uint8_t { up, half_open, down };
    enum class Leg : std::uint8_t { to_broker, to_worker, to_us };

    /// Plans `act` for when the message has travelled the leg; `sender` keeps its own order.
    void travel(Leg leg, Time& sender_last, std::function<void()> act);
    void arrive(Leg leg, std::uint64_t epoch, std::function<void()> act);
    void at_broker(const Question& question);
    void at_worker(SimulatedComponent& component, const std::shared_ptr<WorkerProcess>& process,
                   RoundId round, std::uint64_t run);
    void send_saying(SimulatedComponent& component, const std::shared_ptr<WorkerProcess>& process,
                     RoundId round);
    struct Pushed {
        const SimulatedComponent* component;
        std::uint64_t worker_id;
        std::optional<std::uint32_t> rank;
        Load load;
        std::string key;
    };
    /// In one go, as a client writes them.
    void send(std::vector<Pushed> pushes, Time& sender_last);
    void workers_return();
    [[nodiscard]] Duration one_leg();

    struct WeatherPeriod {
        Time until;
        Duration transit;
    };

    SimulatedFleet& fleet_;
    std::string name_;
    std::size_t index_;
    Weather weather_;
    std::vector<WeatherPeriod> past_weather_;
    Link link_ = Link::up;
    bool paused_ = false;
    bool dead_ = false;               ///< Nobody is connected, not only we.
    std::uint64_t epoch_ = 0;         ///< Of our connection; rises when it breaks.
    std::uint64_t broker_epoch_ = 0;  ///< Of the broker's life.
    std::vector<std::function<void()>> held_;
    std::unordered_map<std::uint64_t, std::vector<Time>> asked_;  ///< By component, by round.
    Time our_last_{};
    Time broker_last_{};
    std::uint64_t questions_received_ = 0;
    struct Outbox {
        Time last{};
        std::vector<std::function<void()>> inbox;  ///< What waits while it is stopped.
        std::vector<Pushed> kept;                  ///< What its client keeps while it is cut off.
    };
    std::unordered_map<const WorkerProcess*, Outbox> outboxes_;
};

}  // namespace muster
