// For the balancer's tests: a folder that cleans itself up, scripted targets, a blunt HTTP client
// and a node that runs in this process. All on loopback, all ports chosen by the kernel.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "planes/lb/config.h"
#include "planes/lb/node.h"

namespace stormglass::lb::testing {

class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    std::string path(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// A blocking TCP connection whose every wait ends after ten seconds.
class Connection {
public:
    explicit Connection(base::UniqueFd fd) : fd_(std::move(fd)) {}
    static Connection to(int port);

    bool send(std::string_view bytes);
    /// More bytes into buffer(); false at the end, on an error or after ten seconds.
    bool receive();
    /// Reads until the buffer holds `text`, and takes all up to its end; what there is, if it never
    /// comes.
    std::string until(std::string_view text);
    std::string exactly(std::size_t size);
    /// One whole message: head, and body by Content-Length or chunks (left as sent).
    std::string message();
    /// All until the peer closes.
    std::string rest();
    void half_close();
    void reset();
    void close() { fd_.reset(); }
    int fd() const { return fd_.get(); }
    std::string& buffer() { return buffer_; }

private:
    base::UniqueFd fd_;
    std::string buffer_;
};

/// A target: for each connection, `serve` on a thread of its own. The default answers each request
/// with 200 and the request's head as the body.
class FakeTarget {
public:
    using Serve = std::function<void(Connection&)>;
    explicit FakeTarget(Serve serve = echo_heads);
    ~FakeTarget();

    int port() const { return port_; }
    int connections() const { return connections_; }
    /// Goes deaf: the port refuses from now on.
    void shut();

    static void echo_heads(Connection& connection);
    static std::string ok(std::string_view body, std::string_view fields = "");

private:
    void accept_loop();

    Serve serve_;
    base::UniqueFd listener_;
    int port_ = 0;
    std::atomic<int> connections_ = 0;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    std::vector<std::thread> threads_;  // Guarded by mutex_.
    std::vector<int> descriptors_;      // Guarded by mutex_; to end serving threads.
    std::thread accepting_;
};

/// A free port that nobody listens on.
int closed_port();

/// A node of the given configuration, running until destroyed.
class RunningNode {
public:
    explicit RunningNode(LoadBalancerConfig config);
    ~RunningNode();

    /// The real port of the n-th listener.
    int port(std::size_t index = 0);
    Connection connect(std::size_t index = 0) { return Connection::to(port(index)); }
    /// Writes the configuration and has it applied, waiting until it is.
    void apply(LoadBalancerConfig config);
    LoadBalancerStatus status();
    /// Waits (ten seconds at most) for the status to be as wanted.
    bool wait(const std::function<bool(const LoadBalancerStatus&)>& wanted);
    /// Waits for the first target of the first group to be in that state.
    bool wait_for_state(const std::string& state, std::size_t target = 0);
    std::string access_log();  // Of all its files.
    std::vector<std::string> access_log_files();
    const TemporaryFolder& folder() const { return folder_; }

private:
    TemporaryFolder folder_;
    Options options_;
    std::unique_ptr<Node> node_;
    std::thread thread_;
};

/// One HTTP listener on any port, forwarding to one group of these targets; quick health checks.
LoadBalancerConfig simple_config(const std::vector<int>& target_ports);
Rule default_rule(Action action);
Action forward_to(const std::string& group_arn);

/// A fresh self-signed certificate for the names.
Certificate make_certificate(const std::string& arn, const std::vector<std::string>& names);

}  // namespace stormglass::lb::testing
