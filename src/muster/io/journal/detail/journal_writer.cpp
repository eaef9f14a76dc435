#include "muster/io/journal/detail/journal_writer.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "muster/io/journal/journal.hpp"

namespace muster {
namespace {

// A segment is the unit of forgetting: with so many the bound is met closely.
constexpr std::uint64_t kSegmentsPerBound = 16;

Duration kept_for(JournalSeries series) {
    return series == JournalSeries::fine ? fine_series().kept_for : day_series().kept_for;
}

WallTime modified_at(const std::string& path) {
    struct stat facts{};
    if (::stat(path.c_str(), &facts) != 0) return {};
    return WallTime(std::chrono::seconds(facts.st_mtim.tv_sec) +
                    std::chrono::nanoseconds(facts.st_mtim.tv_nsec));
}

}  // namespace

JournalWriter::JournalWriter(std::string directory, std::uint64_t bytes_max,
                             const JournalHeader& about)
    : directory_(std::move(directory)),
      bytes_max_(bytes_max),
      series_{Series{JournalSeriesWriter(fine_series(), about), {}, {}, 0},
              Series{JournalSeriesWriter(day_series(), about), {}, {}, 0}} {}

Result<void> JournalWriter::open() {
    if (lock_.is_open()) return {};
    if (auto made = make_directory(directory_); !made) return made;
    auto lock = lock_directory(directory_);
    if (!lock) return std::unexpected(std::move(lock.error()));
    if (auto scanned = scan(); !scanned) return scanned;
    lock_ = std::move(*lock);
    return {};
}

Result<void> JournalWriter::scan() {
    const auto segments = list_segments(directory_);
    if (!segments) return std::unexpected(segments.error());
    old_.clear();
    bytes_ = 0;
    for (const SegmentFile& segment : *segments) {
        old_.push_back({segment, modified_at(directory_ + '/' + segment.name())});
        bytes_ += segment.bytes;
        next_number_ = std::max(next_number_, segment.number + 1);
    }
    return {};
}

Result<void> JournalWriter::write(const FleetView& view, std::span<const FleetEvent> events,
                                  const WallAnchor& now) {
    for (Series& series : series_) {
        const JournalWriting writing =
            series.plan.step(view, events, now, bytes_max_ / kSegmentsPerBound);
        if (writing.bytes.empty()) continue;
        if (auto written = write_series(series, writing, now); !written) {
            abandon();
            return written;
        }
    }
    return {};
}

Time JournalWriter::next_due() const noexcept {
    return std::min(series_[0].plan.next_due(), series_[1].plan.next_due());
}

Result<void> JournalWriter::write_series(Series& series, const JournalWriting& writing,
                                         const WallAnchor& now) {
    if (writing.new_segment) {
        if (series.file.is_open()) {
            // Whatever the machine does later, what is finished is on its disk.
            (void)::fdatasync(series.file.fd());
            old_.push_back({series.segment, now.wall});
            series.file.close();
        }
        series.segment = {next_number_, series.plan.rules().series, 0};
        if (auto room = make_room(writing.bytes.size(), now.wall); !room) return room;
        auto file = create_segment(directory_, series.segment);
        if (!file) return std::unexpected(std::move(file.error()));
        ++next_number_;
        series.file = std::move(*file);
    } else if (auto room = make_room(writing.bytes.size(), now.wall); !room) {
        return room;
    }
    const std::uint64_t offset = writing.replaces_quiet ? series.last_record : series.segment.bytes;
    const std::string path = directory_ + '/' + series.segment.name();
    if (auto written = write_at(series.file, path, writing.bytes, offset); !written) {
        // What was not written whole is no record: the good part stands as it was.
        if (!writing.replaces_quiet)
            (void)::ftruncate(series.file.fd(), static_cast<off_t>(offset));
        return written;
    }
    series.last_record = offset;
    if (!writing.replaces_quiet) {
        series.segment.bytes += writing.bytes.size();
        bytes_ += writing.bytes.size();
    }
    return {};
}

Result<void> JournalWriter::make_room(std::uint64_t coming, WallTime now) {
    const auto gone = [&](const Old& old) { return now - old.end > kept_for(old.file.series); };
    const auto forget = [&](std::size_t i) -> Result<void> {
        if (auto removed = remove_segment(directory_, old_[i].file); !removed) return removed;
        bytes_ -= std::min(bytes_, old_[i].file.bytes);
        old_.erase(old_.begin() + static_cast<std::ptrdiff_t>(i));
        return {};
    };
    for (std::size_t i = old_.size(); i-- > 0;) {
        if (!gone(old_[i])) continue;
        if (auto done = forget(i); !done) return done;
    }
    while (!old_.empty() &&
           (bytes_ + coming > bytes_max_ || old_.size() + 2 > kJournalSegmentsMax)) {
        if (auto done = forget(0); !done) return done;
    }
    if (bytes_ + coming <= bytes_max_) return {};
    return fail(ErrorKind::overloaded, ErrorOrigin::client,
                "the journal is full: " + directory_ + ": this fleet needs more than " +
                    std::to_string(bytes_max_ >> 20U) + " MiB: give more with --journal-size");
}

void JournalWriter::abandon() {
    for (Series& series : series_) {
        series.plan.abandon();
        series.file.close();
        series.segment = {};
    }
    // The directory may not even be there any more: the next open() begins from nothing.
    lock_.close();
}

}  // namespace muster
