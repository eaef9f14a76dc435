#include "muster/serve/journal_desk.hpp"

#include <pthread.h>

#include <utility>

namespace muster {

bool JournalDesk::ask(std::move_only_function<void()>& answer) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_ || waiting_.size() >= kWaitingMax) return false;
        waiting_.push_back(std::move(answer));
        if (!thread_.joinable()) {
            thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
            pthread_setname_np(thread_.native_handle(), thread_name_);
        }
    }
    asked_.notify_one();
    return true;
}

void JournalDesk::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        if (!thread_.joinable()) return;
    }
    thread_.request_stop();
    thread_.join();
    waiting_.clear();
}

void JournalDesk::run(const std::stop_token& stop) {
    for (;;) {
        std::move_only_function<void()> answer;
        {
            std::unique_lock lock(mutex_);
            if (!asked_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
            if (stop.stop_requested()) return;
            answer = std::move(waiting_.front());
            waiting_.pop_front();
        }
        answer();
    }
}

}  // namespace muster
