// MusterCall: a run of the real binary; stdout and stderr in files of their own.
//
// Killed when the object goes. One thread at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/file_text.hpp"
#include "support/places.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

class MusterCall {
public:
    /// `arguments` as a shell reads them. `environment`: assignments before the command.
    explicit MusterCall(const std::string& arguments, const std::string& environment = "") {
        const std::string command = environment + (environment.empty() ? "" : " ") + "exec '" +
                                    places::muster_binary() + "' " + arguments + " >'" +
                                    dir_.file("out") + "' 2>'" + dir_.file("err") + "'";
        child_.emplace(std::vector<std::string>{"/bin/sh", "-c", command}, dir_.file("shell"));
    }
    [[nodiscard]] std::string out() const { return text_of(dir_.file("out")); }
    [[nodiscard]] std::string err() const { return text_of(dir_.file("err")); }
    /// Whether it writes these words to stderr, within kLongEnough.
    [[nodiscard]] bool says(const std::string& words) const {
        return wait_until(kLongEnough, [&] { return err().find(words) != std::string::npos; });
    }
    /// Its exit code; -1 when it has not ended in time.
    int code() { return child_->wait(kLongEnough).value_or(-1); }
    void send(int number) { child_->send(number); }
    [[nodiscard]] pid_t pid() const noexcept { return child_->pid(); }

private:
    TempDir dir_;
    std::optional<ChildProcess> child_;
};

}  // namespace muster::testing
