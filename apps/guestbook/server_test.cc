// The server over real sockets on loopback.
#include "server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>

namespace guestbook {
namespace {

class ServerTest : public testing::Test {
protected:
    ~ServerTest() override { finish(); }

    void start(Server::Handler handler, ServerOptions options = {}) {
        options.address = "127.0.0.1";
        options.port = 0;
        options.workers = 2;
        server_ = std::make_unique<Server>(options, std::move(handler));
        ASSERT_TRUE(server_->listen());
        loop_ = std::thread([this] { server_->run(); });
    }
    void finish() {
        if (!loop_.joinable()) return;
        server_->stop();
        loop_.join();
    }
    int connect() const {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(server_->port());
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        return socket;
    }
    /// Sends `bytes`, says that nothing follows, and returns all that comes back.
    std::string exchange(std::string_view bytes) const {
        const int socket = connect();
        EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
        ::shutdown(socket, SHUT_WR);
        std::string all;
        char buffer[4096];
        for (ssize_t got = 0; (got = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
            all.append(buffer, static_cast<std::size_t>(got));
        }
        ::close(socket);
        return all;
    }

    std::unique_ptr<Server> server_;
    std::thread loop_;
};

Response echo(const Request& request) { return {.body = request.path + " " + request.body}; }

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
    start(echo);
    const auto answer = exchange(
        "POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\n\r\nGET /c "
        "HTTP/1.1\r\n\r\n");
    EXPECT_EQ(count(answer, "200 OK"), 3U);
    EXPECT_LT(answer.find("/a x"), answer.find("/b "));
    EXPECT_LT(answer.find("/b "), answer.find("/c "));
}

TEST_F(ServerTest, AnOversizedBodyIsRefusedAndTheAnswerArrives) {
    start(echo);
    const auto answer =
        exchange("POST /a HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + std::string(200000, 'x'));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST_F(ServerTest, NonsenseIsAnsweredWith400) {
    start(echo);
    EXPECT_TRUE(exchange("\x16\x03\x01 hello\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_F(ServerTest, HeadHasTheLengthButNotTheBody) {
    start(echo);
    const auto answer = exchange("HEAD /abc HTTP/1.1\r\n\r\n");
    EXPECT_NE(answer.find("Content-Length: 5"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(ServerTest, ARequestInHandIsFinishedWhenTheServerStops) {
    std::promise<void> begun, go_on;
    start([&](const Request&) {
        begun.set_value();
        go_on.get_future().wait();
        return Response{.body = "done"};
    });
    auto answer =
        std::async(std::launch::async, [&] { return exchange("GET / HTTP/1.1\r\n\r\n"); });
    begun.get_future().wait();
    server_->stop();
    go_on.set_value();
    EXPECT_TRUE(answer.get().ends_with("done"));
    finish();
}

TEST_F(ServerTest, WhatExceedsTheQueueIsRefusedAtOnce) {
    std::promise<void> go_on;
    const auto gate = go_on.get_future().share();
    std::atomic<int> begun = 0;
    ServerOptions options;
    options.queue_max = 1;
    start(
        [&](const Request&) {
            ++begun;
            gate.wait();
            return Response{};
        },
        options);
    std::vector<std::future<std::string>> clients;
    const auto add_client = [&] {
        clients.push_back(
            std::async(std::launch::async, [&] { return exchange("GET / HTTP/1.1\r\n\r\n"); }));
    };
    for (int workers = 1; workers <= 2; ++workers) {
        add_client();
        while (begun < workers) std::this_thread::yield();
    }
    for (int i = 0; i < 6; ++i) add_client();
    // Two are in hand and one waits; refusals need no worker, so they come while the gate is shut.
    std::size_t refused = 0, served = 0;
    while (refused < 5) {
        for (auto& client : clients) {
            const bool ready = client.valid() && client.wait_for(std::chrono::milliseconds{5}) ==
                                                     std::future_status::ready;
            if (ready) refused += client.get().starts_with("HTTP/1.1 503 ") ? 1 : 0;
        }
    }
    go_on.set_value();
    for (auto& client : clients) {
        if (client.valid()) served += client.get().starts_with("HTTP/1.1 200 ") ? 1 : 0;
    }
    EXPECT_EQ(served, 3U);
}

}  // namespace
}  // namespace guestbook
