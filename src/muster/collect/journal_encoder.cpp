#include "muster/collect/journal_encoder.hpp"

#include <utility>

#include "muster/collect/journal/journal_rows.hpp"
#include "muster/collect/journal/journal_sample.hpp"
#include "muster/collect/journal/journal_values.hpp"

namespace muster {
namespace {

Duration wall_offset(const WallAnchor& anchor) {
    return anchor.wall.time_since_epoch() - anchor.steady.time_since_epoch();
}

/// Tombstones are a row of which some are taken out and to whose end others are put: by place, who
/// went; in full, who came.
bool write_tombstones(std::string& out, const JournalBase& base, const Tombstones& now,
                      Tombstones& before) {
    std::vector<std::size_t> went;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        const bool stays = kept < now.size() && now[kept].identity == before[i].identity &&
                           now[kept].since == before[i].since;
        if (stays)
            ++kept;
        else
            went.push_back(i);
    }
    if (went.empty() && kept == now.size()) return false;
    ByteWriter to(out);
    to.varint(went.size());
    for (std::size_t i = 0; i < went.size(); ++i) {
        to.varint(went[i] - (i == 0 ? 0 : went[i - 1] + 1));
    }
    to.varint(now.size() - kept);
    for (std::size_t i = kept; i < now.size(); ++i) write_tombstone(to, base, now[i]);
    before = now;
    return true;
}

}  // namespace

JournalEncoder::JournalEncoder(const JournalHeader& header, std::string& out)
    : base_(header.base.steady),
      base_offset_(wall_offset(header.base)),
      last_offset_(base_offset_) {
    out += kJournalMark;
    std::string body;
    ByteWriter to(body);
    to.byte(static_cast<std::uint8_t>(header.series));
    to.fixed64(static_cast<std::uint64_t>(header.base.steady.time_since_epoch().count()));
    to.fixed64(static_cast<std::uint64_t>(header.base.wall.time_since_epoch().count()));
    write_text(to, header.boot);
    write_text(to, header.epoch);
    write_text(to, header.software);
    append_record(out, JournalRecordType::header, body);
}

template <typename Part, typename Write>
bool JournalEncoder::write_if_news(std::string& out, WholePart& last,
                                   const std::shared_ptr<Part>& part, Write write) {
    if (last.looked && last.seen == part) return false;
    const bool first = !std::exchange(last.looked, true);
    last.seen = part;
    std::string written;
    ByteWriter to(written);
    write(to);
    if (!first && written == last.written) return false;
    last.written = std::move(written);
    out += last.written;
    return true;
}

bool JournalEncoder::sample(std::string& out, const FleetView& view, const WallAnchor& now) {
    const JournalBase base{base_};
    const Time at = base.floor(now.steady);
    std::string parts;
    std::uint8_t sections = 0;
    const auto add = [&](SampleSection section, bool written) {
        if (written) sections |= static_cast<std::uint8_t>(section);
    };
    ByteWriter to(parts);
    if (view.stale_after() != last_.stale_after || !sampled_) {
        write_duration(to, view.stale_after());
        add(SampleSection::stale_after, true);
        last_.stale_after = view.stale_after();
    }
    const auto add_whole = [&](SampleSection section, WholePart& last, const auto& part,
                               auto write) {
        add(section, write_if_news(parts, last, part, write));
    };
    add_whole(SampleSection::sources, sources_, view.parts().sources,
              [&](ByteWriter& whole) { write_sources(whole, base, view.sources()); });
    add_whole(SampleSection::components, components_, view.parts().components,
              [&](ByteWriter& whole) { write_components(whole, base, view.components()); });
    if (view.parts().tombstones != tombstones_) {
        tombstones_ = view.parts().tombstones;
        add(SampleSection::tombstones,
            write_tombstones(parts, base, *tombstones_, last_.tombstones));
    }
    if (view.parts().directory != directory_) {
        directory_ = view.parts().directory;
        add(SampleSection::members, write_members(parts, base, *directory_, last_.rows));
    }
    add(SampleSection::rows, write_rows(parts, base, view, at, last_.rows));
    add_whole(SampleSection::cordons, cordons_, view.parts().cordons,
              [&](ByteWriter& whole) { write_cordons(whole, base, view.cordons()); });
    add_whole(SampleSection::expected, expected_, view.parts().expected,
              [&](ByteWriter& whole) { write_expected(whole, base, view.expected()); });
    const Duration offset = wall_offset(now);
    if (sections == 0 && sampled_ && offset == last_offset_) return false;
    last_offset_ = offset;
    sampled_ = true;
    std::string body;
    ByteWriter head(body);
    head.varint(static_cast<std::uint64_t>((at - base_) / std::chrono::microseconds(1)));
    head.zigzag((offset - base_offset_).count());
    head.byte(sections);
    head.varint(view.version());
    append_record(out, JournalRecordType::sample, body + parts);
    return true;
}

void JournalEncoder::quiet(std::string& out, Time until) {
    std::string body;
    ByteWriter(body).fixed64(static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::microseconds>(until - base_).count()));
    append_record(out, JournalRecordType::quiet, body);
}

void JournalEncoder::events(std::string& out, std::span<const FleetEvent> events,
                            const WallAnchor& now) {
    if (events.empty()) return;
    const JournalBase base{base_};
    std::string body;
    ByteWriter to(body);
    to.zigzag((wall_offset(now) - base_offset_).count());
    to.varint(events.size());
    for (const FleetEvent& event : events) {
        to.byte(static_cast<std::uint8_t>(event.kind));
        base.write(to, event.when);
        write_name(body, event.subject);
        write_name(body, event.detail);
    }
    append_record(out, JournalRecordType::events, body);
}

void JournalEncoder::write_name(std::string& body, const std::string& name) {
    ByteWriter to(body);
    const auto known = names_.find(name);
    if (known != names_.end()) {
        to.varint(known->second + kNameFirst);
        return;
    }
    const bool keep = names_.size() < kJournalNamesMax && name.size() <= kJournalNameBytesMax;
    to.varint(keep ? kNameKept : kNameOnce);
    write_text(to, name);
    if (keep) names_.emplace(name, static_cast<std::uint32_t>(names_.size()));
}

}  // namespace muster
