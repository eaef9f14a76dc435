// A real terminal for tests: a shell in a tmux of its own server and socket, with no configuration.
//
// Without tmux nothing can be tested on a terminal: available() says why, for a skip.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "support/child_process.hpp"

namespace muster::testing {

class TmuxTerminal {
public:
    /// Empty if there is a tmux; else what to do about it.
    [[nodiscard]] static std::string missing();

    /// Starts a shell without a prompt, in UTF-8.
    explicit TmuxTerminal(std::size_t columns = 80, std::size_t rows = 24);
    ~TmuxTerminal();
    TmuxTerminal(const TmuxTerminal&) = delete;
    TmuxTerminal& operator=(const TmuxTerminal&) = delete;

    /// Types the text as it is, then Enter.
    void run(const std::string& command) const;
    /// Types the text as it is.
    void type(const std::string& text) const;
    /// Presses a key by tmux's name: Enter, Escape, Up, C-c, PageDown.
    void press(const std::string& key) const;
    void resize(std::size_t columns, std::size_t rows) const;

    /// What is on the screen, one line a row.
    [[nodiscard]] std::string screen() const;
    /// The same with the sequences that make its colours and styles.
    [[nodiscard]] std::string styled_screen() const;
    [[nodiscard]] std::string first_line() const;
    /// Waits until one screen shows all of it, or none of it.
    [[nodiscard]] bool shows_all(const std::vector<std::string>& texts) const;
    [[nodiscard]] bool shows(const std::string& text) const { return shows_all({text}); }
    [[nodiscard]] bool hides(const std::string& text) const;
    /// The value of one of tmux's formats, as "#{alternate_on}".
    [[nodiscard]] std::string ask(const std::string& format) const;
    /// A file of its own folder, where commands may leave things.
    [[nodiscard]] std::string file(const std::string& name) const { return dir_.file(name); }

private:
    std::string tmux(const std::vector<std::string>& arguments) const;

    TempDir dir_;
};

}  // namespace muster::testing
