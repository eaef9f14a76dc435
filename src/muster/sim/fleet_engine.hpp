// The machine room of SimulatedFleet: the workers, who is due when, and the one thread that drives
// them.
//
// Two locks, never held in the other order: `state_` over workers and queues of due things,
// `inbox_` over the questions that NATS threads hand in (held for a push_back only).
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/sim/answers.hpp"
#include "muster/sim/fleet.hpp"
#include "muster/sim/worker.hpp"
#include "muster/sim/worker_link.hpp"

namespace muster {

class SimulatedFleet::Engine {
public:
    explicit Engine(SimulatedFleetOptions options);
    ~Engine() { stop(); }
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    Result<void> start();
    void stop();

    Result<void> change(std::uint32_t worker,
                        const std::function<void(SimulatedWorker&, Time)>& how);
    [[nodiscard]] WorkerTruth truth(std::uint32_t worker) const;
    [[nodiscard]] std::vector<WorkerTruth> truths() const;
    [[nodiscard]] SimulatedFleetCounters counters() const;
    [[nodiscard]] const ProcessPlan& plan() const noexcept { return plan_; }
    [[nodiscard]] std::uint64_t instance_id(std::uint32_t worker) const noexcept {
        return first_instance_id_ + worker;
    }

private:
    /// A worker and what the fleet remembers of it. Service ids come and go with its processes.
    struct Place {
        explicit Place(SimulatedWorker one) : worker(std::move(one)) {}
        SimulatedWorker worker;
        Time scheduled = Time::max();  ///< The entry in `due_` that counts.
        std::uint64_t changes = 0;
        std::int64_t changed_at_ns = 0;
        std::uint32_t garbage_turn = 0;
        std::uint32_t garbage_push_turn = 0;
        std::string service_id;       ///< As `by_service_id_` knows it.
        std::string twin_service_id;  ///< The same.
    };
    struct Due {
        Time when{};
        std::uint32_t worker = 0;
        friend bool operator>(const Due& a, const Due& b) noexcept { return a.when > b.when; }
    };
    /// An answer that is on its way.
    struct Pending {
        Time when{};
        std::uint64_t order = 0;  ///< Of equal times the earlier made goes first.
        std::uint32_t worker = 0;
        std::uint32_t incarnation = 0;
        bool is_twin = false;
        SimulatedAnswer answer;
        std::shared_ptr<const std::string> reply_to;
        friend bool operator>(const Pending& a, const Pending& b) noexcept {
            return a.when != b.when ? a.when > b.when : a.order > b.order;
        }
    };
    template <typename T>
    using Earliest = std::priority_queue<T, std::vector<T>, std::greater<>>;

    void run(const std::stop_token& stop);
    void make_workers(Time now);
    // All below: with `state_` held.
    void hear(const ServiceQuestion& question);
    void ask_worker(Place& place, ServiceVerb verb,
                    const std::shared_ptr<const std::string>& reply_to, Time now,
                    const std::string& service_id);
    void answer_as(Place& place, bool is_twin, ServiceVerb verb,
                   const std::shared_ptr<const std::string>& reply_to, Time now);
    void send_answer(Place& place, bool is_twin, const SimulatedAnswer& answer,
                     const std::string& reply_to);
    void send_pending(Time now);
    void step_due(Time now);
    void step_worker(Place& place, Time now);
    void schedule(Place& place);
    void tell_truth(Place& place);
    void push(Place& place, const SimulatedProcess& process);
    void index_services(Place& place);
    [[nodiscard]] WorkerTruth truth_of(const Place& place) const;
    [[nodiscard]] Time next_due() const;
    void send(const std::string& subject, std::uint64_t& counter);

    SimulatedFleetOptions options_;
    ProcessPlan plan_;
    std::string push_subject_;  ///< Empty: the namespace cannot be part of a subject.
    std::uint64_t first_instance_id_ = 0;
    BootClock clock_;
    WallClock wall_{clock_};

    mutable std::mutex state_;
    std::vector<Place> places_;
    std::unordered_map<std::string, std::uint32_t> by_service_id_;
    Earliest<Due> due_;
    Earliest<Pending> pending_;
    std::uint64_t order_ = 0;
    SimulatedFleetCounters counters_;
    std::string bytes_;  ///< Scratch for one message.

    std::mutex inbox_;
    std::condition_variable_any woken_;
    std::deque<ServiceQuestion> questions_;
    bool is_poked_ = false;

    std::unique_ptr<WorkerLink> link_;
    std::jthread thread_;
};

}  // namespace muster
