#include "muster/dynamo/live_set.hpp"

#include <algorithm>
#include <utility>

#include "muster/fleet/freshness.hpp"
#include "muster/fleet/statistics.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster::dynamo {
namespace {

/// Longer without a step of the collector, or a look of ours, and nothing was listened to: what
/// came meanwhile waits in buffers. FleetState draws the same line.
constexpr Duration kStandstill = std::chrono::seconds(1);

Duration late_limit(const FleetView& view, std::size_t row) {
    return freshness_limits(view.interval(row), view.patience(row), view.stale_after()).late_max;
}

WorkerId worker_id_of(const WorkerIdentity& identity) {
    if (!identity.instance_id) return {0, identity.rank, identity.instance_name};
    return {*identity.instance_id, identity.rank};
}

}  // namespace

void LiveSet::note_listening(const FleetView& view, Time now) {
    const bool stood_still = updated_at_ != kNever && now - updated_at_ > kStandstill;
    updated_at_ = now;
    const SourceInfo* const source = view.sources().empty() ? nullptr : &view.sources().front();
    const bool listening = source != nullptr && source->state == SourceState::connected &&
                           age_between(view.collector_step(), now) <= kStandstill;
    if (!listening) {
        listening_since_ = kNever;
        return;
    }
    if (stood_still || listening_since_ == kNever) listening_since_ = now;
    // A source that went and came back between two looks.
    listening_since_ = std::max(listening_since_, source->since);
    if (!source->asked_once) return;
    if (asked_at_ == kNever) asked_at_ = now;
    const Duration patience =
        view.components().empty() ? kStandstill : view.components().front().patience;
    has_asked_ = has_asked_ || now - asked_at_ > patience;
}

bool LiveSet::belongs(const FleetView& view, std::size_t row, Time now) const {
    if (options_.kind == Kind::loads) return counts_in_statistics(view, row, now);
    const WorkerFlags flags = view.flags(row);
    return !flags.has(WorkerFlag::zombie) && !flags.has(WorkerFlag::restored) &&
           view.alive_age_at(row, now) <= late_limit(view, row);
}

bool LiveSet::is_held(const FleetView& view, std::size_t row, Time now) const {
    if (view.flags(row).has(WorkerFlag::zombie)) return false;
    if (listening_since_ == kNever) return true;
    // A new process under the old id, which has told no load yet, is not the one of the set.
    if (options_.kind == Kind::loads && !view.has_load(row)) return false;
    return age_between(listening_since_, now) <= late_limit(view, row);
}

LiveSet::Member LiveSet::member_of(const FleetView& view, std::size_t row) const {
    const WorkerIdentity& identity = view.identity(row);
    Member member;
    constexpr std::string_view kScheme = "nats:";
    std::string_view subject = identity.address;
    if (subject.starts_with(kScheme)) subject.remove_prefix(kScheme.size());
    const bool is_its_own = match_subject(subject, options_.service, options_.endpoint).kind !=
                            SubjectMatch::Kind::other;
    // A worker that was first heard by a push is known by the address of that.
    member.endpoint.subject =
        is_its_own ? std::string(subject)
                   : endpoint_subject(options_.service, options_.endpoint, identity.instance_id);
    member.endpoint.name = endpoint_name_of_subject(member.endpoint.subject);
    if (options_.kind == Kind::instances) {
        member.known_at = view.slot(row).alive_at();
        return member;
    }
    const RowExtras* const extras = view.extras(row);
    member.endpoint.data.value = forward_pass_metrics_of(
        view.load(row), identity.rank, extras == nullptr ? nullptr : extras->spec_decode.get());
    member.known_at = view.known_at(row).value_or(kNever);
    return member;
}

ProcessedEndpoints LiveSet::update(const FleetView& view, Time now) {
    note_listening(view, now);
    Members previous = std::exchange(members_, {});
    rows_ = {};
    for (std::size_t row = 0; row < view.size(); ++row) {
        WorkerId id = worker_id_of(view.identity(row));
        const auto before = previous.find(id);
        const bool was_member = before != previous.end();
        if (!belongs(view, row, now) && !(was_member && is_held(view, row, now))) continue;
        const bool tells = options_.kind == Kind::instances || view.has_load(row);
        if (!tells) continue;  // Held with what it last told, below.
        rows_.rows.push_back(row);
        members_.insert_or_assign(std::move(id), member_of(view, row));
        if (was_member) previous.erase(before);
    }
    // Who has no row (or no load) any more stays only while nothing can be heard, and not beside
    // the same worker under a rank it told since.
    for (auto& [id, member] : previous) {
        if (listening_since_ != kNever) break;
        const auto at = members_.lower_bound(WorkerId(id.id));
        if (id.static_name.empty() && at != members_.end() && at->first.id == id.id) continue;
        if (rows_.oldest_gone == kNever || member.known_at < rows_.oldest_gone) {
            rows_.oldest_gone = member.known_at;
        }
        members_.insert_or_assign(id, std::move(member));
    }
    std::map<WorkerId, Endpoint> set;
    for (const auto& [id, member] : members_) set.emplace_hint(set.end(), id, member.endpoint);
    return ProcessedEndpoints::from_set(std::move(set));
}

std::optional<Duration> LiveSet::oldest_age(const FleetView& view, const SetRows& rows, Kind kind,
                                            Time now) noexcept {
    std::optional<Duration> oldest;
    const auto take = [&](Duration age) { oldest = std::max(oldest.value_or(age), age); };
    for (const std::size_t row : rows.rows) {
        if (kind == Kind::instances)
            take(view.alive_age_at(row, now));
        else if (const auto age = view.age_at(row, now))
            take(*age);
    }
    if (rows.oldest_gone != kNever) take(age_between(rows.oldest_gone, now));
    return oldest;
}

}  // namespace muster::dynamo
