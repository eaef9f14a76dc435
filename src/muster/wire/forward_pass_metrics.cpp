// Pushed load events and bare records: an envelope around detail/record_reader.
#include "muster/wire/forward_pass_metrics.hpp"

#include <limits>

#include "muster/wire/detail/record_reader.hpp"

namespace muster {

namespace {

/// The first two in the order of the positional form; the last is how the push of Dynamo 0.8 and
/// later, which has no record, is told apart (docs/decisions/0021).
constexpr std::array<std::string_view, 3> kEventKeys = {"worker_id", "data",
                                                        "active_decode_blocks"};
enum EventKey : std::size_t { kWorkerId, kEventData, kLaterPush };
constexpr std::size_t kEventPositions = 2;
constexpr auto kEventMembers = detail::keys_of(kEventKeys);

std::unexpected<Rejection> refuse(RejectReason reason, std::string_view what) {
    return std::unexpected(Rejection{reason, what});
}

}  // namespace

std::string_view record_key(LoadField field) noexcept {
    // The same order, behind the rank.
    return detail::kRecordKeys[1 + static_cast<std::size_t>(field)];
}

struct LoadEventParser::Workings {
    detail::PaddedDocument document;
    RejectionList rejections;
};

LoadEventParser::LoadEventParser() : workings_(std::make_unique<Workings>()) {}
LoadEventParser::~LoadEventParser() = default;
LoadEventParser::LoadEventParser(LoadEventParser&&) noexcept = default;
LoadEventParser& LoadEventParser::operator=(LoadEventParser&&) noexcept = default;

std::expected<LoadEvent, Rejection> LoadEventParser::parse(std::string_view payload) {
    workings_->rejections.clear();
    auto document = workings_->document.open(payload);
    if (!document) return refuse(document.error(), "payload");
    detail::Scalar<std::uint64_t> worker_id;
    detail::ReadRecord record;
    std::optional<detail::Shape> data;
    bool later_push = false;
    const auto take = [&](std::size_t key, detail::od::value& value) {
        if (key == kLaterPush) {
            later_push = true;
            return true;
        }
        if (key == kWorkerId) {
            worker_id = detail::read_count(value, std::numeric_limits<std::uint64_t>::max());
            return !worker_id.broken;
        }
        record = {};
        data = detail::read_record(value, record);
        return *data != detail::Shape::broken;
    };
    const detail::Shape shape =
        detail::for_members(*document, kEventMembers, kEventPositions, take);
    if (shape == detail::Shape::scalar && detail::PaddedDocument::is_scalar(payload)) {
        return refuse(RejectReason::bad_metrics, "payload");
    }
    if (shape != detail::Shape::read || !detail::PaddedDocument::ended(*document)) {
        return refuse(RejectReason::not_json, "payload");
    }
    if (!worker_id.good) return refuse(RejectReason::bad_metrics, kEventKeys[kWorkerId]);
    if (!data && later_push) return refuse(RejectReason::bad_metrics, kEventKeys[kLaterPush]);
    if (data != detail::Shape::read) {
        return refuse(RejectReason::bad_metrics, kEventKeys[kEventData]);
    }
    auto finished = detail::finish(record, kEventKeys[kEventData], workings_->rejections);
    if (!finished) return refuse(RejectReason::bad_metrics, kEventKeys[kEventData]);
    return LoadEvent{worker_id.value, std::move(*finished), workings_->rejections.items()};
}

std::expected<BareRecord, Rejection> LoadEventParser::parse_record(std::string_view payload) {
    workings_->rejections.clear();
    auto document = workings_->document.open(payload);
    if (!document) return refuse(document.error(), "payload");
    detail::ReadRecord record;
    const detail::Shape shape = detail::read_record(*document, record);
    if (shape == detail::Shape::scalar && detail::PaddedDocument::is_scalar(payload)) {
        return refuse(RejectReason::bad_metrics, "payload");
    }
    if (shape != detail::Shape::read || !detail::PaddedDocument::ended(*document)) {
        return refuse(RejectReason::not_json, "payload");
    }
    auto finished = detail::finish(record, "payload", workings_->rejections);
    if (!finished) return refuse(RejectReason::bad_metrics, "payload");
    return BareRecord{std::move(*finished), workings_->rejections.items()};
}

}  // namespace muster
