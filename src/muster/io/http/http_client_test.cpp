// The client against a real listening socket that answers from a script of bytes: keeping the
// connection, making it anew, answers that are none, deadlines, stops.
#include "muster/io/http/http_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct Scripted {
    std::string bytes;
    bool close_after = false;
};

// Answers the n-th question with the n-th entry; after the last it stays silent.
class ScriptedServer {
public:
    explicit ScriptedServer(std::vector<Scripted> script) : script_(std::move(script)) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (listener_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(bind(listener_, any, size), 0);
        EXPECT_EQ(listen(listener_, 8), 0);
        EXPECT_EQ(getsockname(listener_, any, &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        shutdown(listener_, SHUT_RDWR);
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
            if (connection_ >= 0) shutdown(connection_, SHUT_RDWR);
        }
        thread_.join();
        close(listener_);
    }
    [[nodiscard]] HttpUrl url(std::string prefix = "") const {
        return {"127.0.0.1", std::to_string(port_), std::move(prefix)};
    }
    [[nodiscard]] std::size_t connections() const { return connections_; }
    [[nodiscard]] std::string questions() {
        const std::lock_guard lock(mutex_);
        return questions_;
    }

private:
    void serve() {
        std::size_t next = 0;
        for (;;) {
            const int accepted = accept(listener_, nullptr, nullptr);
            if (accepted < 0) return;
            ++connections_;
            {
                const std::lock_guard lock(mutex_);
                if (ended_) {
                    close(accepted);
                    return;
                }
                connection_ = accepted;
            }
            while (read_question()) {
                if (next == script_.size()) continue;
                const Scripted& entry = script_[next++];
                (void)send(accepted, entry.bytes.data(), entry.bytes.size(), MSG_NOSIGNAL);
                if (entry.close_after) break;
            }
            const std::lock_guard lock(mutex_);
            connection_ = -1;
            close(accepted);
        }
    }
    bool read_question() {
        std::string question;
        std::array<char, 4096> bytes{};
        while (!question.ends_with("\r\n\r\n")) {
            const ssize_t got = recv(connection_, bytes.data(), bytes.size(), 0);
            if (got <= 0) return false;
            question.append(bytes.data(), static_cast<std::size_t>(got));
        }
        const std::lock_guard lock(mutex_);
        questions_ += question;
        return true;
    }

    std::vector<Scripted> script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> connections_{0};
    std::mutex mutex_;
    bool ended_ = false;
    int connection_ = -1;
    std::string questions_;
    std::thread thread_;
};

TEST(HttpClient, KeepsItsConnectionBetweenQuestions) {
    ScriptedServer server({{kOk},
                           {"HTTP/1.1 404 Not Found\r\nContent-Type: text/x\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}});
    HttpClient client(server.url("/under"));
    const auto first = client.get("/v1/fleet?a=b", 10s);
    ASSERT_TRUE(first) << first.error().what;
    EXPECT_EQ(first->status, 200U);
    EXPECT_EQ(*first->body, "ok");
    const auto second = client.get("/v1/fleet", 10s);
    ASSERT_TRUE(second) << second.error().what;
    EXPECT_EQ(second->status, 404U);
    EXPECT_EQ(second->content_type, "text/x");
    EXPECT_EQ(*second->body, "abc");
    EXPECT_EQ(server.connections(), 1U);
    EXPECT_NE(server.questions().find("GET /under/v1/fleet?a=b HTTP/1.1\r\n"), std::string::npos);
    EXPECT_NE(server.questions().find("Host: " + server.url().authority()), std::string::npos);
}

TEST(HttpClient, ConnectsAnewWhenTheServerHasEndedTheConnection) {
    ScriptedServer server({{kOk, true}, {kOk}});
    HttpClient client(server.url());
    ASSERT_TRUE(client.get("/", 10s));
    const auto second = client.get("/", 10s);
    ASSERT_TRUE(second) << second.error().what;
    EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpClient, SaysWhatIsWrongInAFewWords) {
    struct Case {
        const char* bytes;
        ErrorKind kind;
        const char* what;
    };
    for (const Case& c : {Case{"", ErrorKind::closed, "it ended the connection"},
                          Case{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                               ErrorKind::closed, "it ended the connection"},
                          Case{"SSH-2.0-OpenSSH\r\n\r\n", ErrorKind::bad_input,
                               "it does not speak HTTP (bad version)"},
                          Case{"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
                               ErrorKind::bad_input, "answer above 256 MiB"}}) {
        ScriptedServer server({{c.bytes, true}});
        const auto answer = HttpClient(server.url()).get("/", 10s);
        ASSERT_FALSE(answer) << c.bytes;
        EXPECT_EQ(answer.error().what, c.what);
        EXPECT_EQ(answer.error().kind, c.kind) << c.what;
    }
}

TEST(HttpClient, NobodyThereIsRefused) {
    HttpUrl url;
    {
        const ScriptedServer gone({});
        url = gone.url();
    }
    const auto answer = HttpClient(url).get("/", 10s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().what, "connection refused");
}

TEST(HttpClient, ASilentServerIsATimeoutAndTheNextQuestionStartsClean) {
    ScriptedServer server({});
    HttpClient client(server.url());
    for (int i = 0; i < 2; ++i) {
        const auto answer = client.get("/", 30ms);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, ErrorKind::timeout);
    }
}

TEST(HttpClient, AStopEndsTheWaitAtOnce) {
    ScriptedServer server({});
    HttpClient client(server.url());
    std::stop_source stop;
    std::thread stopper([&] {
        while (server.questions().empty()) std::this_thread::yield();
        stop.request_stop();
    });
    const auto answer = client.get("/", 100s, stop.get_token());
    stopper.join();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().what, "stopped");
    EXPECT_FALSE(client.get("/", 100s, stop.get_token()));
}

TEST(HttpUrl, IsTakenApart) {
    const auto url = parse_http_url("http://127.0.0.1:6878");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "127.0.0.1");
    EXPECT_EQ(url->port, "6878");
    EXPECT_EQ(url->to_text(), "http://127.0.0.1:6878");
    EXPECT_EQ(parse_http_url("http://muster/")->to_text(), "http://muster:80");
    EXPECT_EQ(parse_http_url("http://h:1/a/b/")->prefix, "/a/b");
    EXPECT_EQ(parse_http_url("http://[::1]:70")->host, "::1");
    EXPECT_EQ(parse_http_url("http://[::1]:70")->authority(), "[::1]:70");
}

TEST(HttpUrl, RefusesWhatIsNoServer) {
    for (const char* text : {"",
                             "127.0.0.1:6878",
                             "nats://h",
                             "http://",
                             "http://:1",
                             "http://h:",
                             "http://h:0",
                             "http://h:70000",
                             "http://h:1x",
                             "http://h:1?a",
                             "http://h#a",
                             "http://u:p@h",
                             "http://[::1",
                             "http://[::1]x",
                             "http://h /",
                             "http://h\r\nX: y",
                             "httpss://h",
                             "ftp://h",
                             "http://[[a]",
                             "http://a]",
                             "http://h:08000",
                             "http://{}",
                             "http://a,b",
                             "http://\"h\"",
                             "http://h\\x"}) {
        EXPECT_FALSE(parse_http_url(text)) << text;
    }
    EXPECT_EQ(parse_http_url("http://gpu_1.rack-2.example:1")->host, "gpu_1.rack-2.example");
    EXPECT_EQ(parse_http_url("http://[fe80::1%eth0]:1")->host, "fe80::1%eth0");
    const auto secure = parse_http_url("https://h/p");
    ASSERT_TRUE(secure);
    EXPECT_TRUE(secure->tls);
    EXPECT_EQ(secure->to_text(), "https://h:443/p");
}

}  // namespace
}  // namespace muster
