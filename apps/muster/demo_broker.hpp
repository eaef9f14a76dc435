// The broker of `muster demo`: a nats-server of its own on a free loopback port, with a folder of
// its own, gone with the object.
//
// Belongs to the main thread (see ChildProcess).
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "child_process.hpp"
#include "muster/base/error.hpp"

namespace muster {

/// A folder under $TMPDIR or /tmp that is removed with all that is in it.
class ScratchFolder {
public:
    [[nodiscard]] static Result<ScratchFolder> make();
    ~ScratchFolder();
    ScratchFolder(ScratchFolder&& other) noexcept;
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
    std::string path_;  // Empty when moved from.
};

class DemoBroker {
public:
    /// Returns once clients can connect. Fails with a whole sentence: no nats-server (with the line
    /// that installs it), or it did not start.
    [[nodiscard]] static Result<DemoBroker> start(const std::stop_token& stop);

    [[nodiscard]] const std::string& url() const noexcept { return url_; }
    [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
    /// SIGSTOP and SIGCONT: it stands still, its connections stay open.
    void pause() const noexcept;
    void resume() const noexcept;

private:
    DemoBroker(ScratchFolder folder, ChildProcess process, std::string url)
        : folder_(std::move(folder)), process_(std::move(process)), url_(std::move(url)) {}

    ScratchFolder folder_;
    ChildProcess process_;  // Ends before its folder goes.
    std::string url_;
};

}  // namespace muster
