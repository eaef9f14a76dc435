#include "muster/io/nats/detail/watched_connect.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "muster/io/nats/detail/dial_socket.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {

WatchedConnect connect_watched(natsOptions* options, const std::vector<std::uint16_t>& ports,
                               Duration patience) {
    // How often the socket is looked for, and then whether its patience is over.
    constexpr Duration kSocketLook = std::chrono::milliseconds(2);
    constexpr Duration kPatienceLook = std::chrono::milliseconds(50);
    open_nats_library();
    DialSocket socket;
    std::mutex mutex;
    std::condition_variable over;
    bool is_over = false;
    WatchedConnect made;
    std::jthread thread([&] {
        const SigpipeBlock inherited_by_threads_of_the_connection;
        socket.begin(ports, patience);
        natsConnection* connection = nullptr;
        const natsStatus status = natsConnection_Connect(&connection, options);
        socket.end();
        const std::lock_guard lock(mutex);
        made.status = status;
        made.connection.reset(connection);
        is_over = true;
        over.notify_all();
    });
    bool is_looked_for = true;
    std::unique_lock lock(mutex);
    while (!over.wait_for(lock, is_looked_for ? kSocketLook : kPatienceLook,
                          [&] { return is_over; })) {
        is_looked_for = socket.look(BootClock{}.now());
    }
    made.was_cut = made.status != NATS_OK && socket.was_cut();
    lock.unlock();
    thread.join();
    return made;
}

}  // namespace muster
