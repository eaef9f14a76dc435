// See nats_library.hpp.
#include "muster/io/nats/detail/nats_library.hpp"

#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <mutex>
#include <thread>

#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {
namespace {

/// Threads that the calling thread starts from now on do not push others off a processor when they
/// are woken. nats.c frees messages on a thread of its own, which it wakes for each: on the
/// processor of whoever receives it would cut in once per message, twice with its lock. Older
/// kernels know by the policy, newer ones (6.18) only by the priority: 5 steps down leave it a
/// quarter of a processor that is wanted by another, hundred times what it needs.
void start_threads_that_wait_their_turn() {
    int policy = 0;
    sched_param parameters{};
    if (pthread_getschedparam(pthread_self(), &policy, &parameters) != 0) return;
    if (policy != SCHED_OTHER) return;
    (void)pthread_setschedparam(pthread_self(), SCHED_BATCH, &parameters);
    // Of this thread alone: on Linux each has its own.
    (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 5);
}

}  // namespace

void open_nats_library() {
    static std::once_flag opened;
    std::call_once(opened, [] {
        const SigpipeBlock inherited_by_its_threads;
        struct sigaction before{};
        sigaction(SIGPIPE, nullptr, &before);
        // Most of the work, which nats.c would do: not on a thread that waits its turn.
        OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
        // Its own threads (timers, callbacks, freeing) inherit from this one; those that read and
        // deliver are started later, by whoever connects and subscribes.
        std::jthread([] {
            start_threads_that_wait_their_turn();
            nats_Open(-1);  // Default spin; a second opening, by whoever embeds us, does nothing.
        }).join();
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
