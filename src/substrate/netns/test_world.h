// A throw-away realm with its network, and small servers and clients that live inside it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/file.h"
#include "substrate/netns/enter.h"
#include "substrate/netns/network_linux.h"

namespace stormglass::substrate::netns::testing {

/// For what must arrive, however busy the machine; and for what must not.
inline constexpr std::chrono::milliseconds patience{5000};
inline constexpr std::chrono::milliseconds silence{400};

#define ASSERT_OK(expression)                                          \
    do {                                                               \
        const auto& outcome_ = (expression);                           \
        ASSERT_TRUE(outcome_.has_value()) << outcome_.error().message; \
    } while (false)

class World {
public:
    World();
    ~World();
    const Realm& realm() const { return realm_; }
    Network& network() { return *network_; }
    /// As a daemon that starts again: forgets what it had open.
    void restart() { network_ = make_linux_network(realm_); }
    std::string at(const std::string& attachment) const {
        return network_->attachment_namespace(attachment);
    }

private:
    Realm realm_;
    std::unique_ptr<Network> network_;
};

/// Tells each client the address it sees it come from, then echoes.
class EchoServer {
public:
    EchoServer(const std::string& namespace_path, std::uint16_t port,
               const std::string& address = "0.0.0.0");
    ~EchoServer();

private:
    void serve(int client);
    base::UniqueFd listener_, stop_;
    std::thread thread_;
};

/// One connection to an EchoServer.
class Client {
public:
    static std::optional<Client> open(const std::string& from, const std::string& address,
                                      std::uint16_t port, std::chrono::milliseconds timeout,
                                      const std::string& source = "");
    const std::string& seen_as() const { return seen_as_; }
    bool echoes(std::chrono::milliseconds timeout);

private:
    base::UniqueFd fd_;
    std::string seen_as_;
};

inline bool reaches(const std::string& from, const std::string& address, std::uint16_t port) {
    return Client::open(from, address, port, patience).has_value();
}
inline bool is_cut_off(const std::string& from, const std::string& address, std::uint16_t port) {
    return !Client::open(from, address, port, silence).has_value();
}
/// Whether a ping is answered (ICMP through a datagram socket would need a host setting: raw).
bool pings(const std::string& from, const std::string& address, std::chrono::milliseconds timeout);
/// Whether a UDP datagram sent from a socket at `from` reaches one bound to `to_address:port`.
bool datagram_arrives(const std::string& from, const std::string& to, const std::string& address,
                      std::uint16_t port, std::chrono::milliseconds timeout);

/// Sends one datagram and closes both sockets: whether it arrived.
bool send_and_wait(int sender, int receiver, const std::string& address, std::uint16_t port,
                   std::chrono::milliseconds timeout);

/// A VPC NET.0.0/16 with an internet gateway, a public subnet NET.1.0/24, a private subnet
/// NET.2.0/24 and a second public one NET.3.0/24; groups sg-open (everything), sg-web (80 from
/// anywhere), sg-db (3306 from sg-web), sg-none (nothing); an ACL acl-open.
VpcSpec sample_vpc(const std::string& id, const std::string& net = "10.20");
/// Adds interface eni-NAME of attachment NAME.
InterfaceSpec& add(VpcSpec& vpc, const std::string& name, const std::string& subnet,
                   const std::string& address, std::vector<std::string> groups);
SecurityGroupSpec& group(VpcSpec& vpc, const std::string& id);
SubnetSpec& subnet(VpcSpec& vpc, const std::string& id);

}  // namespace stormglass::substrate::netns::testing
