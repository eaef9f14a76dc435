// Replies to `$SRV.STATS`, `$SRV.INFO` and `$SRV.PING`, read liberally and fast.
//
// First step of the data path for Dynamo workers: bytes in, the answer of one process out, with
// its load record (forward_pass_metrics.hpp). The strict reading of the seed is strict_stats.hpp.
// Thread rule: a parser belongs to one thread; make one per receiving thread and keep it.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "muster/wire/dynamo_names.hpp"
#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/rejection.hpp"

namespace muster {

/// One endpoint as STATS or INFO lists it. What is absent was missing or of a wrong type. Errors
/// and times are left out: Dynamo's measure its acknowledgement only, and reading them costs.
struct ServiceEndpoint {
    std::string_view name{};
    std::string_view subject{};
    std::optional<std::uint64_t> num_requests{};
    std::string_view data_json{};  ///< As it was sent; empty if the key was missing.
};

/// What every reply begins with.
struct ServiceHead {
    std::string_view name{};
    std::string_view id{};       ///< Of this service in this process; another one after a restart.
    std::string_view version{};  ///< Empty if not told.
};

/// What one process answered to `$SRV.STATS`.
struct StatsReply {
    ServiceHead head{};
    /// Start of the process by its own clock, ns since 1970; absent if not told or unreadable.
    std::optional<std::int64_t> started{};
    std::span<const ServiceEndpoint> endpoints{};
    /// The id its subjects agree on; absent for a static worker, and if no endpoint carries one.
    std::optional<std::uint64_t> instance_id{};
    /// Subject of the load endpoint; of `generate` or else the first endpoint if there is none.
    std::string_view subject{};
    /// It has a load endpoint. False for 0.6.1 and later, which offer no load this way.
    bool offers_load = false;
    /// Requests accepted by `generate` since the process started.
    std::optional<std::uint64_t> requests_total{};
    /// Absent if it offers no load, or if nothing of the record could be used (see rejections).
    std::optional<LoadRecord> record{};
    /// The record as it was sent; empty if there is none.
    std::string_view record_json{};
    /// What was not taken: fields of the record, the record, endpoints without a subject.
    std::span<const Rejection> rejections{};
};

/// What one process answered to `$SRV.INFO`.
struct InfoReply {
    ServiceHead head{};
    std::string_view description{};
    std::span<const ServiceEndpoint> endpoints{};  ///< Name and subject only.
};

/// Which endpoints of a service carry what.
struct ServiceReplyOptions {
    std::string load_endpoint{kLoadEndpoint};
    std::string requests_endpoint{kGenerateEndpoint};
};

class ServiceReplyParser {
public:
    explicit ServiceReplyParser(ServiceReplyOptions options = {});
    ~ServiceReplyParser();
    ServiceReplyParser(ServiceReplyParser&&) noexcept;
    ServiceReplyParser& operator=(ServiceReplyParser&&) noexcept;

    /// Copies `payload` (nothing of it is kept by the caller's pointer); all views in the result
    /// live until the next call. Allocates only while it meets larger replies than before, and for
    /// speculative decoding. Reasons for refusing all of it: too_large (bytes or endpoints),
    /// not_utf8, not_json, bad_service (no name, id or list of endpoints), foreign_subject (the
    /// load endpoint carries no readable id, or another one than the other endpoints). Whether the
    /// name is the one that was asked is for the caller to judge (foreign_name).
    [[nodiscard]] std::expected<StatsReply, Rejection> parse_stats(std::string_view payload);
    /// The same for INFO; an endpoint without a subject is left out.
    [[nodiscard]] std::expected<InfoReply, Rejection> parse_info(std::string_view payload);
    /// The same for PING.
    [[nodiscard]] std::expected<ServiceHead, Rejection> parse_ping(std::string_view payload);

private:
    struct Workings;
    std::unique_ptr<Workings> workings_;
};

}  // namespace muster
