// Printing, and what can go wrong with it.
#include "shell/printed_file.hpp"

namespace muster {

ExitCode print_file(const PrintedFile& file, const std::stop_token& /*stop*/) {
    return print_output(file.text);
}

}  // namespace muster
