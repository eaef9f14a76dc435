// JournalDesk: the thread on which questions about the past are answered, or orders are followed
// that a file keeps.
//
// Reading the journal takes milliseconds to seconds of files and decoding, and a disk that syncs
// takes its time; a serving thread has thousands of clients who want the present. One question at a
// time; who comes when too many wait is sent away. The thread starts with the first question.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace muster {

class JournalDesk {
public:
    /// Questions that may wait: at a second each, nobody wants to wait longer.
    static constexpr std::size_t kWaitingMax = 32;

    /// `thread_name`: at most 15 letters, and it must outlive the desk.
    explicit JournalDesk(const char* thread_name) noexcept : thread_name_(thread_name) {}
    ~JournalDesk() { stop(); }
    JournalDesk(const JournalDesk&) = delete;
    JournalDesk& operator=(const JournalDesk&) = delete;

    /// Answers later, on the desk's thread. False: too many wait, or it was stopped; `answer` is as
    /// it was. Thread rule: any.
    [[nodiscard]] bool ask(std::move_only_function<void()>& answer);
    /// Ends the question under way, drops the others, joins. Safe to call twice.
    void stop();

private:
    void run(const std::stop_token& stop);

    const char* thread_name_;
    std::mutex mutex_;
    std::condition_variable_any asked_;
    std::deque<std::move_only_function<void()>> waiting_;  // By mutex_.
    bool stopped_ = false;                                 // By mutex_.
    std::jthread thread_;
};

}  // namespace muster
