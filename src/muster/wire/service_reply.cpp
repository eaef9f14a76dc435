// The liberal reading of service replies: one pass over the text, then the judgement whose reply it
// is, since the service's name may stand behind its endpoints. Replies of the form that workers
// send take a shorter way to the same (detail/known_reply.hpp).
#include "muster/wire/service_reply.hpp"

#include <limits>
#include <utility>
#include <vector>

#include "muster/base/limits.hpp"
#include "muster/wire/detail/known_reply.hpp"
#include "muster/wire/detail/reply_parts.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {

namespace {

using detail::Shape;
using detail::od::value;

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kNoRecord = detail::kNoRecord;

/// The first five in the order of the positional form; `type` is named to be passed over fast.
constexpr std::array<std::string_view, 7> kServiceKeys = {
    "name", "id", "version", "started", "endpoints", "description", "type"};
enum ServiceKey : std::size_t { kName, kId, kVersion, kStarted, kEndpoints, kDescription, kType };
constexpr std::size_t kServicePositions = 5;
constexpr auto kServiceMembers = detail::keys_of(kServiceKeys);

/// In the order workers send them, those that are passed over included.
constexpr std::array<std::string_view, 9> kEndpointKeys = {"name",
                                                           "subject",
                                                           "num_requests",
                                                           "num_errors",
                                                           "processing_time",
                                                           "average_processing_time",
                                                           "last_error",
                                                           "data",
                                                           "queue_group"};
enum EndpointKey : std::size_t { kEndpointName, kSubject, kNumRequests, kEndpointData = 7 };
constexpr auto kEndpointMembers = detail::keys_of(kEndpointKeys);

/// One endpoint and where its record is, if it has one.
struct ReadEndpoint {
    ServiceEndpoint endpoint;
    std::size_t record = kNoRecord;
};

std::unexpected<Rejection> refuse(RejectReason reason, std::string_view what) {
    return std::unexpected(Rejection{reason, what});
}

/// The text of an object or array that was read to its end, from its first character on.
std::string_view text_behind(const char* begin, value& read) {
    const char* end = nullptr;
    if (read.current_location().get(end) != simdjson::SUCCESS) return {};
    // The location is the next token, a comma or the bracket that closes what this stands in.
    while (end > begin && *(end - 1) != '}' && *(end - 1) != ']') --end;
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

struct ServiceReplyParser::Workings : detail::ReplyParts {
    explicit Workings(ServiceReplyOptions wanted) : options(std::move(wanted)) {}

    ServiceReplyOptions options;
    detail::PaddedDocument document;
    RejectionList rejections;

    [[nodiscard]] std::optional<Rejection> read(std::string_view payload);
    [[nodiscard]] std::optional<Rejection> read_liberally(std::string_view payload);
    [[nodiscard]] bool read_service_member(std::size_t key, value& member);
    [[nodiscard]] bool read_endpoints(value& list);
    [[nodiscard]] bool read_endpoint(value& element);
    [[nodiscard]] bool read_endpoint_member(ReadEndpoint& read, std::size_t key, value& member);
    [[nodiscard]] bool read_data(ReadEndpoint& read, value& data);

    struct Pick {
        std::size_t load = kNoRecord;
        std::size_t requests = kNoRecord;
        SubjectMatch load_match;
        SubjectMatch requests_match;
        std::string_view bad_suffix;
        std::string_view numbered;  ///< First other endpoint of this service with an id.
        std::optional<std::uint64_t> id;
        bool of_this_service = false;
        bool ids_differ = false;
    };
    void look_at(Pick& pick, std::size_t index) const;
    [[nodiscard]] std::optional<Rejection> pick_endpoints(Pick& pick) const;
    void make_reply(const Pick& pick, StatsReply& reply);
};

std::optional<Rejection> ServiceReplyParser::Workings::read(std::string_view payload) {
    rejections.clear();
    clear();
    const auto kept = document.keep(payload);
    if (!kept) return Rejection{kept.error(), "payload"};
    if (!detail::read_known_reply(*kept, *this)) {
        clear();
        if (auto rejection = read_liberally(payload)) return rejection;
    }
    if (too_many_endpoints) return Rejection{RejectReason::too_large, kServiceKeys[kEndpoints]};
    for (const auto& [text, key] : {std::pair{head.name, kName}, std::pair{head.id, kId}}) {
        if (text.empty() || text.size() > kNameBytesMax) {
            return Rejection{RejectReason::bad_service, kServiceKeys[key]};
        }
    }
    return std::nullopt;
}

std::optional<Rejection> ServiceReplyParser::Workings::read_liberally(std::string_view payload) {
    auto opened = document.open_kept();
    if (!opened) return Rejection{opened.error(), "payload"};
    const Shape shape = detail::for_members(
        *opened, kServiceMembers, kServicePositions,
        [this](std::size_t key, value& member) { return read_service_member(key, member); });
    if (shape == Shape::scalar && detail::PaddedDocument::is_scalar(payload)) {
        return Rejection{RejectReason::bad_service, "payload"};
    }
    if (shape != Shape::read || !detail::PaddedDocument::ended(*opened)) {
        return Rejection{RejectReason::not_json, "payload"};
    }
    return std::nullopt;
}

bool ServiceReplyParser::Workings::read_service_member(std::size_t key, value& member) {
    if (key == kEndpoints) return read_endpoints(member);
    if (key == kType) return true;
    const auto text = detail::read_text(member);
    if (text.broken) return false;
    const std::string_view taken = text.good ? text.value : std::string_view{};
    switch (key) {
        case kName: head.name = taken; break;
        case kId: head.id = taken; break;
        case kVersion: head.version = taken; break;
        case kStarted: started = taken; break;
        default: description = taken; break;
    }
    return true;
}

bool ServiceReplyParser::Workings::read_endpoints(value& list) {
    forget_endpoints();  // A second list takes the place of the first.
    detail::od::json_type type{};
    if (list.type().get(type) != simdjson::SUCCESS) return false;
    has_endpoints = type == detail::od::json_type::array;
    if (!has_endpoints) return true;
    detail::od::array array;
    if (list.get_array().get(array) != simdjson::SUCCESS) return false;
    for (auto result : array) {
        if (result.error() != simdjson::SUCCESS) return false;
        value&& element = std::move(result).value_unsafe();
        if (endpoints.size() == kEndpointsPerReplyMax) too_many_endpoints = true;
        if (!too_many_endpoints && !read_endpoint(element)) return false;
    }
    return true;
}

bool ServiceReplyParser::Workings::read_endpoint(value& element) {
    ReadEndpoint read;
    const Shape shape = detail::for_members(
        element, kEndpointMembers, 0,
        [&](std::size_t key, value& member) { return read_endpoint_member(read, key, member); });
    if (shape == Shape::broken) return false;
    const std::string_view subject = read.endpoint.subject;
    if (subject.empty() || subject.size() > kNameBytesMax) {
        rejections.add(RejectReason::bad_service, kEndpointKeys[kSubject]);
        return true;
    }
    endpoints.push_back(read.endpoint);
    record_of_endpoint.push_back(read.record);
    return true;
}

bool ServiceReplyParser::Workings::read_endpoint_member(ReadEndpoint& read, std::size_t key,
                                                        value& member) {
    ServiceEndpoint& endpoint = read.endpoint;
    if (key == kEndpointName || key == kSubject) {
        const auto text = detail::read_text(member);
        (key == kSubject ? endpoint.subject : endpoint.name) =
            text.good ? text.value : std::string_view{};
        return !text.broken;
    }
    if (key == kEndpointData) return read_data(read, member);
    if (key != kNumRequests) return true;
    const auto count = detail::read_count(member, kAny);
    endpoint.num_requests.reset();
    if (count.good) endpoint.num_requests = count.value;
    return !count.broken;
}

bool ServiceReplyParser::Workings::read_data(ReadEndpoint& read, value& data) {
    const std::string_view token = detail::token_of(data);
    // A scalar costs no record: most endpoints send null.
    read.record = kNoRecord;
    read.endpoint.data_json = token;
    if (!token.starts_with('{') && !token.starts_with('[')) return true;
    read.record = records.size();
    records.emplace_back();
    if (detail::read_record(data, records.back()) == Shape::broken) return false;
    read.endpoint.data_json = text_behind(token.data(), data);
    return true;
}

void ServiceReplyParser::Workings::look_at(Pick& pick, std::size_t index) const {
    const std::string_view subject = endpoints[index].subject;
    const bool of_this_service = subject.size() > head.name.size() &&
                                 subject.starts_with(head.name) && subject[head.name.size()] == '.';
    if (!of_this_service) return;
    pick.of_this_service = true;
    const std::string_view endpoint = subject.substr(head.name.size() + 1);
    const SubjectMatch load = match_endpoint(endpoint, options.load_endpoint);
    const SubjectMatch requests = match_endpoint(endpoint, options.requests_endpoint);
    if (requests.kind != SubjectMatch::Kind::other) {
        pick.requests = index;
        pick.requests_match = requests;
    }
    if (load.kind == SubjectMatch::Kind::bad_suffix) {
        pick.bad_suffix = subject;
        return;
    }
    if (load.kind == SubjectMatch::Kind::instance || load.kind == SubjectMatch::Kind::unnumbered) {
        if (pick.load != kNoRecord && pick.load_match != load) pick.ids_differ = true;
        pick.load = index;
        pick.load_match = load;
    }
    const SubjectMatch& own = load.kind == SubjectMatch::Kind::other ? requests : load;
    std::optional<std::uint64_t> id;
    if (own.kind == SubjectMatch::Kind::instance)
        id = own.id;
    else if (own.kind == SubjectMatch::Kind::other)
        id = instance_id_of_subject(subject);
    if (!id) return;
    if (pick.id && *pick.id != *id) pick.ids_differ = true;
    if (!pick.id) {
        pick.id = id;
        pick.numbered = subject;
    }
}

std::optional<Rejection> ServiceReplyParser::Workings::pick_endpoints(Pick& pick) const {
    for (std::size_t i = 0; i < endpoints.size(); ++i) look_at(pick, i);
    const auto foreign = [](std::string_view subject) {
        return Rejection{RejectReason::foreign_subject, subject};
    };
    if (!endpoints.empty() && !pick.of_this_service) return foreign(endpoints.front().subject);
    if (pick.load == kNoRecord) {
        if (!pick.bad_suffix.empty()) return foreign(pick.bad_suffix);
        return std::nullopt;
    }
    const std::string_view subject = endpoints[pick.load].subject;
    if (pick.load_match.kind == SubjectMatch::Kind::instance) {
        if (pick.ids_differ) return foreign(subject);
        return std::nullopt;
    }
    // A static worker: no endpoint has an id. What only looks like one at the end of another name
    // (`add-face`) does not make it foreign; an id at the endpoint every worker has does.
    if (pick.requests_match.kind == SubjectMatch::Kind::instance || !pick.bad_suffix.empty()) {
        return foreign(subject);
    }
    pick.id.reset();
    return std::nullopt;
}

void ServiceReplyParser::Workings::make_reply(const Pick& pick, StatsReply& reply) {
    reply.head = head;
    reply.endpoints = endpoints;
    if (const auto time = parse_rfc3339(started)) reply.started = time->time_since_epoch().count();
    reply.instance_id = pick.id;
    if (pick.requests != kNoRecord) {
        reply.requests_total = endpoints[pick.requests].num_requests;
        reply.subject = endpoints[pick.requests].subject;
        if (pick.load == kNoRecord && pick.requests_match.kind == SubjectMatch::Kind::instance) {
            reply.instance_id = pick.requests_match.id;
        }
    } else if (!endpoints.empty()) {
        reply.subject = pick.numbered.empty() ? endpoints.front().subject : pick.numbered;
    }
    if (pick.load != kNoRecord) {
        reply.offers_load = true;
        reply.subject = endpoints[pick.load].subject;
        reply.record_json = endpoints[pick.load].data_json;
        const std::size_t record = record_of_endpoint[pick.load];
        if (record != kNoRecord) {
            reply.record =
                detail::finish(records[record], kEndpointKeys[kEndpointData], rejections);
        } else {
            rejections.add(RejectReason::bad_metrics, kEndpointKeys[kEndpointData]);
        }
    }
    reply.rejections = rejections.items();
}

ServiceReplyParser::ServiceReplyParser(ServiceReplyOptions options)
    : workings_(std::make_unique<Workings>(std::move(options))) {}
ServiceReplyParser::~ServiceReplyParser() = default;
ServiceReplyParser::ServiceReplyParser(ServiceReplyParser&&) noexcept = default;
ServiceReplyParser& ServiceReplyParser::operator=(ServiceReplyParser&&) noexcept = default;

std::expected<StatsReply, Rejection> ServiceReplyParser::parse_stats(std::string_view payload) {
    if (const auto rejection = workings_->read(payload)) return std::unexpected(*rejection);
    if (!workings_->has_endpoints) {
        return refuse(RejectReason::bad_service, kServiceKeys[kEndpoints]);
    }
    Workings::Pick pick;
    if (const auto rejection = workings_->pick_endpoints(pick)) return std::unexpected(*rejection);
    std::expected<StatsReply, Rejection> reply(std::in_place);
    workings_->make_reply(pick, *reply);
    return reply;
}

std::expected<InfoReply, Rejection> ServiceReplyParser::parse_info(std::string_view payload) {
    if (const auto rejection = workings_->read(payload)) return std::unexpected(*rejection);
    if (!workings_->has_endpoints) {
        return refuse(RejectReason::bad_service, kServiceKeys[kEndpoints]);
    }
    return InfoReply{workings_->head, workings_->description, workings_->endpoints};
}

std::expected<ServiceHead, Rejection> ServiceReplyParser::parse_ping(std::string_view payload) {
    if (const auto rejection = workings_->read(payload)) return std::unexpected(*rejection);
    return workings_->head;
}

}  // namespace muster
