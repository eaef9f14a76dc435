// One pass over the document, which knows texts and comments and nothing else of TOML.
#include "flags/toml_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "flags/toml_tree.hpp"
#include "flags/usage_error.hpp"

namespace muster {
namespace {

constexpr std::size_t kKeyPartsMax = 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

class Pass {
public:
    Pass(std::string_view text, std::string_view file) : rest_(text), file_(file) {
        if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
    }

    Result<void> run() {
        std::size_t parts = 1;
        char before = '\n';
        while (!rest_.empty()) {
            const char c = rest_.front();
            // In a word a quote begins no text, and the library reads on.
            const bool begins = std::string_view(" \t\r\n=,.[{").contains(before);
            before = c;
            if (begins && (c == '"' || c == '\'')) {
                if (auto passed = pass_text(); !passed) return passed;
            } else if (c == '#') {
                pass(rest_.find('\n'));
            } else if (!is_ascii(c)) {
                return wrong_usage("not TOML: " + place_.in(file_) +
                                   ": a character beyond ASCII: a text stands in quotes, as in "
                                   "\"300ms\"");
            } else if (c == '.' && ++parts > kKeyPartsMax) {
                return wrong_usage(fmt::format("too many parts: {}: a key: {} at most",
                                               place_.in(file_), kKeyPartsMax));
            } else {
                if (std::string_view("\n=,[]{}").contains(c)) parts = 1;
                pass(1);
            }
        }
        return {};
    }

private:
    /// REQUIRES: a quote is next.
    Result<void> pass_text() {
        const char quote = rest_.front();
        const bool is_long = rest_.starts_with(std::string(3, quote));
        const std::string end(is_long ? 3 : 1, quote);
        pass(end.size());
        while (!rest_.empty() && !rest_.starts_with(end)) {
            const char c = rest_.front();
            if (c == '\n' && !is_long) return {};  // It has no end: the library will say so.
            pass(1);
            if (c != '\\' || quote == '\'') continue;
            if (!is_long) {
                pass(1);
            } else if (auto passed = pass_escaped(); !passed) {
                return passed;
            }
        }
        pass(end.size());
        // Two quotes more may stand before the three that end it.
        for (int more = 0; is_long && more < 2 && rest_.starts_with(quote); ++more) pass(1);
        return {};
    }

    /// Behind a \ in a text of several lines: one character, or blanks and line ends.
    Result<void> pass_escaped() {
        const std::size_t blanks = rest_.find_first_not_of(" \t\n\v\f\r");
        pass(blanks);
        if (!rest_.empty() && !is_ascii(rest_.front())) {
            return wrong_usage("not a text: " + place_.in(file_) +
                               ": a character beyond ASCII behind a \\: write it as \\u00E9 is "
                               "written, or on the line before");
        }
        if (blanks == 0) pass(1);
        return {};
    }

    void pass(std::size_t bytes) {
        for (const char c : rest_.substr(0, bytes)) {
            const bool goes_on = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
            if (c == '\n')
                place_ = {place_.line + 1, 1};
            else if (!goes_on)
                ++place_.column;
        }
        rest_.remove_prefix(std::min(bytes, rest_.size()));
    }

    std::string_view rest_;
    std::string_view file_;
    TomlPlace place_{1, 1};
};

}  // namespace

Result<void> check_toml(std::string_view text, std::string_view file) {
    return Pass(text, file).run();
}

}  // namespace muster
