// For the front door's tests: a server that names itself, a blunt client, a front door in this
// process. Loopback and kernel-chosen ports only.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "planes/front_door/front_door.h"

namespace stormglass::front_door::testing {

/// Every wait ends after ten seconds.
base::UniqueFd connect_to(int port, const std::string& address = "127.0.0.1");
bool send_all(int fd, std::string_view bytes);
/// All until the peer closes.
std::string read_to_end(int fd);
/// Sends, ends its half, and reads to the end.
std::string ask(int port, std::string_view bytes);

/// A listening socket on any port of the address (in the calling thread's namespace).
base::UniqueFd listen_any(const std::string& address, int port = 0);
int port_of(int fd);

/// Reads each connection to its end, then answers NAME, the peer's address, and what it read.
class EchoServer {
public:
    explicit EchoServer(std::string name, base::UniqueFd listener = listen_any("127.0.0.1"));
    ~EchoServer();
    int port() const { return port_; }

private:
    std::string name_;
    base::UniqueFd listener_;
    int port_;
    std::thread thread_;
};

class RunningDoor {
public:
    explicit RunningDoor(FrontDoorConfig config);
    ~RunningDoor();
    int port(std::size_t index = 0) { return status().bindings.at(index).port; }
    void apply(const FrontDoorConfig& config);
    FrontDoorStatus status();
    bool wait(const std::function<bool(const FrontDoorStatus&)>& wanted);

private:
    std::string folder_;
    Options options_;
    std::unique_ptr<FrontDoor> door_;
    std::thread thread_;
};

}  // namespace stormglass::front_door::testing
