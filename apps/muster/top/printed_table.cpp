// The frame of a printout, line by line.
#include "top/printed_table.hpp"

#include <cstdlib>

#include "screen.hpp"
#include "top/frame_writer.hpp"
#include "top/top_frame.hpp"

namespace muster {

Glyphs glyphs_of_environment() {
    return glyphs_of_locale(std::getenv("LC_ALL"), std::getenv("LC_CTYPE"), std::getenv("LANG"));
}

std::string printed_table(const TopModel& model, bool color) {
    const Glyphs glyphs = glyphs_of_environment();
    const std::size_t columns = stdout_is_terminal() ? screen_size().columns : 0;
    const bool colored = color && colors_wanted();
    const FrameWriter writer({colored, glyphs});
    std::string text;
    for (const StyledLine& line : print_top(model, columns, glyphs)) {
        std::string printed = colored ? writer.line_bytes(line) : line.text();
        if (!colored && glyphs == Glyphs::ascii) printed = ascii_only(printed);
        printed.erase(printed.find_last_not_of(' ') + 1);
        text += printed + '\n';
    }
    return text;
}

}  // namespace muster
