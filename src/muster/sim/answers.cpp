// Answers are the wire's own writers over a process; garbage is a right answer made wrong.
#include "muster/sim/answers.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

#include "muster/wire/stats_writer.hpp"

namespace muster {
namespace {

/// Genuine workers acknowledge a request in about this time; it is all they measure of it.
constexpr std::uint64_t kAcknowledgeNs = 23'006;

/// The endpoints of one answer; the views in it live as long as it does.
class EndpointList {
public:
    EndpointList(const ProcessPlan& plan, const SimulatedAnswer& answer,
                 std::string_view data_json) {
        names_.reserve(answer.flood);
        endpoints_.reserve(3 + answer.flood);
        add("clear_kv_blocks");
        WrittenEndpoint& generate = add(kGenerateEndpoint);
        generate.num_requests = answer.requests_total;
        generate.processing_time_ns = answer.requests_total * kAcknowledgeNs;
        generate.average_processing_time_ns = answer.requests_total == 0 ? 0 : kAcknowledgeNs;
        if (serves_load(plan.release)) {
            WrittenEndpoint& load = add(kLoadEndpoint);
            load.record = &answer.record;
            load.data_json = data_json;
        }
        for (std::uint32_t i = 0; i < answer.flood; ++i) {
            names_.push_back(fmt::format("extra_{}", i));
            add(names_.back());
        }
    }
    [[nodiscard]] std::span<const WrittenEndpoint> all() const noexcept { return endpoints_; }

private:
    WrittenEndpoint& add(std::string_view name) {
        WrittenEndpoint& endpoint = endpoints_.emplace_back();
        endpoint.endpoint = name;
        return endpoint;
    }

    std::vector<std::string> names_;
    std::vector<WrittenEndpoint> endpoints_;
};

void write_with_data(std::string& out, const ProcessPlan& plan, const SimulatedProcess& process,
                     const SimulatedAnswer& answer, std::string_view data_json) {
    const EndpointList endpoints(plan, answer, data_json);
    WrittenService service;
    service.release = plan.release;
    service.service = plan.service;
    service.service_id = process.service_id();
    service.started = process.started();
    service.instance_id = answer.instance_id;
    service.endpoints = endpoints.all();
    switch (answer.verb) {
        case ServiceVerb::ping: return write_ping_reply(out, service);
        case ServiceVerb::info: return write_info_reply(out, service, plan.component);
        case ServiceVerb::stats: return write_stats_reply(out, service);
    }
}

/// Records that are JSON, but no load.
constexpr std::array<std::string_view, 5> kBadRecords = {
    R"("busy")", "[]", R"({"worker_stats":{},"kv_stats":{}})",
    R"({"worker_stats":{"data_parallel_rank":null,"request_active_slots":-1,)"
    R"("request_total_slots":"256","num_requests_waiting":null},)"
    R"("kv_stats":{"kv_active_blocks":1.5,)"
    R"("kv_total_blocks":-2,"gpu_cache_usage_perc":"0.5","gpu_prefix_cache_hit_rate":[]},)"
    R"("spec_decode_stats":null})",
    R"({"worker_stats":7,"kv_stats":7,"spec_decode_stats":7})"};
static_assert(kGarbageKinds == kBadRecords.size() + 7);

/// Spoils a message that was right, in one of seven ways.
void spoil(std::string& message, std::uint32_t way) {
    switch (way) {
        case 0: message.clear(); break;
        case 1: message.resize(message.size() / 2); break;
        case 2: message.insert(message.size() / 2, "\xff\xfe"); break;
        case 3: message = "load average: 0.42"; break;
        case 4: message = "null"; break;
        case 5: message.assign(64, '\0'); break;
        default: {
            // A required field goes by another name.
            for (const std::string_view key : {R"("id":)", R"("worker_id":)"}) {
                const std::size_t at = message.find(key);
                if (at != std::string::npos) message.replace(at, key.size(), R"("idle":)");
            }
            break;
        }
    }
}

}  // namespace

void write_answer(std::string& out, const ProcessPlan& plan, const SimulatedProcess& process,
                  const SimulatedAnswer& answer) {
    write_with_data(out, plan, process, answer, {});
}

void write_garbage_answer(std::string& out, const ProcessPlan& plan,
                          const SimulatedProcess& process, const SimulatedAnswer& answer,
                          std::uint32_t turn) {
    const std::uint32_t kind = turn % kGarbageKinds;
    std::string message;
    if (kind < kBadRecords.size()) {
        write_with_data(message, plan, process, answer, kBadRecords[kind]);
    } else {
        write_answer(message, plan, process, answer);
        spoil(message, kind - static_cast<std::uint32_t>(kBadRecords.size()));
    }
    out += message;
}

void write_garbage_event(std::string& out, std::uint64_t worker_id, const MetricsRecord& record,
                         std::uint32_t turn) {
    const std::uint32_t kind = turn % kGarbageKinds;
    std::string message;
    if (kind < kBadRecords.size()) {
        message = fmt::format(R"({{"worker_id":{},"data":{}}})", worker_id, kBadRecords[kind]);
    } else {
        write_load_event(message, worker_id, record);
        spoil(message, kind - static_cast<std::uint32_t>(kBadRecords.size()));
    }
    out += message;
}

}  // namespace muster
