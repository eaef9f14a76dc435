#include "muster/collect/journal_series.hpp"

namespace muster {

bool JournalSeriesWriter::segment_is_over(Time now, std::size_t bytes_max) const noexcept {
    if (!encoder_) return true;
    if (now - began_at_ >= rules_.segment_for) return true;
    // A new segment begins with the whole fleet: to begin one at every step would not save room.
    return bytes_ > bytes_max && bytes_ > 2 * first_bytes_;
}

JournalWriting JournalSeriesWriter::step(const FleetView& view, std::span<const FleetEvent> events,
                                         const WallAnchor& now, std::size_t segment_bytes_max) {
    JournalWriting writing;
    if (segment_is_over(now.steady, segment_bytes_max)) {
        about_.series = rules_.series;
        about_.base = now;
        encoder_.emplace(about_, writing.bytes);
        encoder_->sample(writing.bytes, view, now);
        writing.new_segment = true;
        began_at_ = sampled_at_ = now.steady;
        first_bytes_ = writing.bytes.size();
        bytes_ = quiet_bytes_ = 0;
    }
    if (rules_.keeps_events) encoder_->events(writing.bytes, events, now);
    const bool due = now.steady - sampled_at_ >= rules_.sample_every;
    if (due) {
        sampled_at_ += rules_.sample_every;
        // After a time in which nobody called, not one sample for each that was missed.
        if (now.steady - sampled_at_ >= rules_.sample_every) sampled_at_ = now.steady;
        if (!encoder_->sample(writing.bytes, view, now) && writing.bytes.empty()) {
            encoder_->quiet(writing.bytes, now.steady);
            writing.replaces_quiet = quiet_bytes_ > 0;
            if (!writing.replaces_quiet) bytes_ += writing.bytes.size();
            quiet_bytes_ = writing.bytes.size();
            return writing;
        }
    }
    if (!writing.bytes.empty()) quiet_bytes_ = 0;
    bytes_ += writing.bytes.size();
    return writing;
}

}  // namespace muster
