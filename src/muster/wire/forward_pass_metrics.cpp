// Pushed load events and bare records: an envelope around detail/record_reader.
#include "muster/wire/forward_pass_metrics.hpp"

#include <limits>

#include "muster/wire/detail/record_reader.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 2> kEventKeys = {"worker_id", "data"};
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
    detail::Shape data = detail::Shape::scalar;
    const auto take = [&](std::size_t key, detail::od::value& value) {
        if (key == 0) {
            worker_id = detail::read_count(value, std::numeric_limits<std::uint64_t>::max());
            return !worker_id.broken;
        }
        record = {};
        data = detail::read_record(value, record);
        return data != detail::Shape::broken;
    };
    const detail::Shape shape =
        detail::for_members(*document, kEventMembers, kEventKeys.size(), take);
    if (shape == detail::Shape::scalar && detail::PaddedDocument::is_scalar(payload)) {
        return refuse(RejectReason::bad_metrics, "payload");
    }
    if (shape != detail::Shape::read || !detail::PaddedDocument::ended(*document)) {
        return refuse(RejectReason::not_json, "payload");
    }
    if (!worker_id.good) return refuse(RejectReason::bad_metrics, kEventKeys[0]);
    if (data != detail::Shape::read) return refuse(RejectReason::bad_metrics, kEventKeys[1]);
    auto finished = detail::finish(record, kEventKeys[1], workings_->rejections);
    if (!finished) return refuse(RejectReason::bad_metrics, kEventKeys[1]);
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
