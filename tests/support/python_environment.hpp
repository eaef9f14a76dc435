// PythonEnvironment: other people's programs for a test, in a Python environment of their own.
//
// tests/integration/genuine_venv.sh makes it, once for each machine; the first time it needs a
// package index. A test whose environment could not be made is skipped, and says what it has not
// looked at. One thread.
#pragma once

#include <chrono>
#include <string>

#include "support/child_process.hpp"
#include "support/file_text.hpp"
#include "support/places.hpp"

namespace muster::testing {

class PythonEnvironment {
public:
    /// `requirement`: "PACKAGE==VERSION".
    explicit PythonEnvironment(const std::string& requirement) {
        const TempDir dir;
        ChildProcess making(
            {places::source_dir() + "/tests/integration/genuine_venv.sh", requirement},
            dir.file("said"));
        const auto code = making.wait(std::chrono::seconds(280));
        if (code != 0) {
            why_not_ = requirement + " could not be installed (exit code " +
                       std::to_string(code.value_or(-1)) +
                       "): make a Python package index reachable for pip, and install "
                       "python3-venv";
            return;
        }
        // The last line, since pip may have said something before it.
        python_ = text_of(dir.file("said"));
        python_.erase(python_.find_last_not_of('\n') + 1);
        python_ = python_.substr(python_.rfind('\n') + 1);
    }

    /// Its interpreter; empty if there is no environment.
    [[nodiscard]] const std::string& python() const noexcept { return python_; }
    /// A sentence; empty if there is one.
    [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

private:
    std::string python_;
    std::string why_not_;
};

}  // namespace muster::testing
