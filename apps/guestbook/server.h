// A small HTTP/1.1 server: one thread waits on all connections (epoll), workers run the handler.
//
// Threading: listen(), then run() on a thread of your choice; stop() from any thread, once or
// often. The handler is called on several worker threads at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http.h"
#include "result.h"

namespace guestbook {

struct ServerOptions {
    std::string address = "0.0.0.0";
    std::uint16_t port = 8080;  // 0: any free one; port() says which.
    std::size_t workers = 16;
    std::size_t connections_max = 2048;
    std::size_t queue_max = 512;  // Requests waiting for a worker; beyond it, 503.
    // Longer than the balancer's 60 s: whoever closes an idle connection first should be the one
    // that would send on it, or requests are lost.
    std::chrono::seconds idle_max{75};
    std::chrono::seconds drain_max{10};  // How long requests in hand may take after stop().
};

class Server {
public:
    using Handler = std::function<Response(const Request&)>;

    Server(ServerOptions options, Handler handler);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    Result<> listen();
    std::uint16_t port() const { return port_; }
    /// Serves until stop(), then finishes the requests in hand.
    void run();
    void stop();

private:
    using Clock = std::chrono::steady_clock;

    enum class Phase { reading, handling, writing, closing };
    struct Connection {
        int socket = -1;
        Phase phase = Phase::reading;
        std::string in, out;
        std::size_t sent = 0;
        Persistence persistence = Persistence::keep_alive;
        bool ended = false;      // The client closed its half: no more requests will come.
        bool continued = false;  // "100 Continue" was sent for the request being read.
        Clock::time_point since = Clock::now();
    };
    struct Job {
        std::uint64_t connection;
        Request request;
    };
    struct Answer {
        std::uint64_t connection;
        std::string bytes;
        Persistence persistence;
    };

    void accept_all();
    void on_event(std::uint64_t id, std::uint32_t events);
    void read_some(std::uint64_t id, Connection& connection);
    void advance(std::uint64_t id, Connection& connection);
    void parse(std::uint64_t id, Connection& connection);
    void write_some(std::uint64_t id, Connection& connection);
    void reply(std::uint64_t id, Connection& connection, const Response& response);
    void begin_close(std::uint64_t id, Connection& connection);
    void discard(std::uint64_t id, const Connection& connection);
    void take_answers();
    void close_idle();
    void begin_drain();
    void watch(std::uint64_t id, const Connection& connection);
    void close_connection(std::uint64_t id);
    bool enqueue(Job job);
    void work();
    Answer handle(const Job& job);
    void wake() const;

    const ServerOptions options_;
    const Handler handler_;
    int listener_ = -1, epoll_ = -1, waker_ = -1;
    std::uint16_t port_ = 0;
    std::uint64_t next_id_ = 2;                        // 0 is the listener, 1 the waker.
    std::map<std::uint64_t, Connection> connections_;  // The event thread's alone.
    bool draining_ = false;                            // The event thread's alone.

    std::mutex mutex_;  // Guards what follows.
    std::condition_variable work_there_;
    std::deque<Job> jobs_;
    std::vector<Answer> answers_;
    bool stopping_ = false;
    bool workers_end_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace guestbook
