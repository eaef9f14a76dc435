// NatsPump: the thread that reads a connection, and writes what others published on it.
//
// Left to itself nats.c reads on one thread and delivers on another, which it wakes for every burst
// and, while one lasts, for every few messages; each byte is touched by two processors, and each
// message that is published is a system call. Here one thread takes what has come and hands it on,
// and what belongs together is written together. To nats.c it is an "external event loop" of one
// connection. (Decision 0018.)
//
// Private to io/nats. Thread rule: as each function says.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>

#include "muster/base/time.hpp"
#include "muster/io/nats/detail/nats_library.hpp"

namespace muster {

/// What a pump does besides reading and writing. Called on its thread.
class NatsPumpWork {
public:
    virtual ~NatsPumpWork() = default;
    /// Something was read: subscriptions may hold messages.
    virtual void take_messages() = 0;
    /// More has come: it is read at once, and then another of these is called.
    virtual void on_more() = 0;
    /// Nobody knows when another of these is called: nothing came in the time that on_empty asked
    /// for, which look() may cut short; or the next read may last.
    virtual void on_handed_on() = 0;
    /// Nothing more has come. Returns for how long nothing need be read, so that what comes
    /// meanwhile wakes nobody; zero or less: at once.
    [[nodiscard]] virtual Duration on_empty() = 0;
};

class NatsPump {
public:
    /// `work` must live until stop() has returned.
    explicit NatsPump(NatsPumpWork& work);
    ~NatsPump();
    NatsPump(const NatsPump&) = delete;
    NatsPump& operator=(const NatsPump&) = delete;

    /// A connection made with `options` is read by this pump, which must outlive it. `secure`: it
    /// speaks TLS, where a read waits for the rest of a record.
    [[nodiscard]] natsStatus hook_into(natsOptions* options, bool secure);
    /// Once it has connected. False: the system gives us no thread.
    [[nodiscard]] bool start();
    /// Ends the thread, and with it the connection: its socket is cut, so that nothing can wait for
    /// the broker. To be called before the connection is destroyed. Safe to call twice.
    void stop();

    /// Lets the pump look for messages: a subscription is new. Thread rule: any.
    void look() noexcept;
    /// How often something has come so far. Thread rule: any.
    [[nodiscard]] std::uint64_t reads() const noexcept { return reads_; }
    /// Something that was read is being handed on. Thread rule: any.
    [[nodiscard]] bool is_handing_on() const noexcept {
        return reading_since_.load() != kNever && !in_read_;
    }
    /// For how long something has come, and not all of it is handed on. Thread rule: any.
    [[nodiscard]] Duration reading_for(Time now) const noexcept;

    /// What the calling thread publishes while this lives is written at its end, together. Never
    /// waits for the pump, which may be in the middle of a TLS record that does not go on: what
    /// cannot be written at once is left to it.
    class Together {
    public:
        explicit Together(NatsPump& pump) noexcept;
        ~Together();
        Together(const Together&) = delete;
        Together& operator=(const Together&) = delete;

    private:
        NatsPump& pump_;
        const NatsPump* before_;
    };

private:
    static natsStatus attach(void** pump, void* loop, natsConnection* connection, natsSock socket);
    static natsStatus want_read(void* pump, bool wanted);
    static natsStatus want_write(void* pump, bool wanted);
    static natsStatus detach(void* pump);

    void run(const std::stop_token& stop);
    /// Until there is nothing more; false if there never will be.
    [[nodiscard]] bool read_all(const std::stop_token& stop);
    void write();
    void close_descriptors();
    void write_locked();  // With io_mutex_ held.
    [[nodiscard]] bool has_come(short events) const;
    [[nodiscard]] bool is_readable() const;
    /// Until there is something to read or write, or the pump is woken. True: to read.
    [[nodiscard]] bool wait_for_socket();
    /// Until the time is over, or the pump is woken.
    void rest(Duration time);

    NatsPumpWork& work_;
    int wake_ = -1;  // An eventfd.
    // Set by nats.c while it connects, before start().
    natsConnection* connection_ = nullptr;
    int socket_ = -1;  // A duplicate: nats.c closes its own on any thread.
    bool secure_ = false;

    std::atomic<bool> attached_{false};      // There is a connection to read.
    std::atomic<bool> write_wanted_{false};  // Something is published and not written.
    std::atomic<bool> in_read_{false};       // Within nats.c, which waits for whole TLS records.
    std::atomic<std::uint64_t> reads_{0};
    std::atomic<Time> reading_since_{kNever};
    std::mutex io_mutex_;  // One of us at a time reads or writes: OpenSSL wants it so.
    std::jthread thread_;
};

}  // namespace muster
