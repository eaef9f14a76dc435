// See nats_library.hpp.
#include "muster/io/nats/detail/nats_library.hpp"

#include <csignal>
#include <mutex>

#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {

void open_nats_library() {
    static std::once_flag opened;
    std::call_once(opened, [] {
        const SigpipeBlock inherited_by_its_threads;
        struct sigaction before{};
        sigaction(SIGPIPE, nullptr, &before);
        nats_Open(-1);  // Default spin; a second opening, by whoever embeds us, does nothing.
        sigaction(SIGPIPE, &before, nullptr);
    });
}

std::string nats_error_text(natsStatus status) {
    const char* last = nats_GetLastError(nullptr);
    std::string text = last != nullptr && *last != '\0' ? last : natsStatus_GetText(status);
    // "(conn.c:1905): Authorization Violation"
    if (const std::size_t end = text.find("): "); text.starts_with('(') && end < 40) {
        text.erase(0, end + 3);
    }
    return text;
}

}  // namespace muster
