// The tests' world: a realm in a temporary folder, taken down whatever a test did.
#include "substrate/netns/test_world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <vector>

namespace stormglass::substrate::netns::testing {
namespace {

constexpr std::size_t line_max = 64;

bool readable(int fd, std::chrono::milliseconds timeout) {
    pollfd waiting{fd, POLLIN, 0};
    return poll(&waiting, 1, static_cast<int>(timeout.count())) == 1;
}

std::uint16_t checksum(const void* data, std::size_t size) {
    std::uint32_t sum = 0;
    const auto* words = static_cast<const std::uint16_t*>(data);
    for (std::size_t i = 0; i < size / 2; ++i) sum += words[i];
    sum = (sum >> 16) + (sum & 0xffff);
    return static_cast<std::uint16_t>(~(sum + (sum >> 16)));
}

sockaddr_in to_sockaddr(const std::string& address, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &made.sin_addr);
    return made;
}

Result<int> socket_in(const std::string& path, int type, int protocol) {
    base::UniqueFd made;
    const auto work = [&]() -> Result<void> {
        made = base::UniqueFd(socket(AF_INET, type | SOCK_CLOEXEC, protocol));
        return made.valid() ? Result<void>{} : fail_errno("socket");
    };
    TRY(run_in_namespace(path, work));
    return made.release();
}

}  // namespace

World::World() {
    char folder[] = "/tmp/stormglass-netns-XXXXXX";
    realm_.run_dir = mkdtemp(folder);
    realm_.id = realm_.run_dir.substr(realm_.run_dir.size() - 6);
    realm_.data_dir = realm_.run_dir;
    network_ = make_linux_network(realm_);
    EXPECT_TRUE(network_->start().has_value());
}

World::~World() {
    const auto outcome = network_->remove_everything();
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    EXPECT_EQ(rmdir(realm_.run_dir.c_str()), 0) << "something is left in " << realm_.run_dir;
}

EchoServer::EchoServer(const std::string& namespace_path, std::uint16_t port,
                       const std::string& address)
    : stop_(eventfd(0, EFD_CLOEXEC)) {
    const auto fd = listen_in(namespace_path, address, port);
    EXPECT_TRUE(fd.has_value()) << fd.error().message;
    if (!fd) return;
    listener_ = base::UniqueFd(*fd);
    thread_ = std::thread([this] {
        std::vector<base::UniqueFd> clients;
        for (;;) {
            std::vector<pollfd> waiting{{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
            for (const auto& client : clients) waiting.push_back({client.get(), POLLIN, 0});
            poll(waiting.data(), waiting.size(), -1);
            if (waiting[0].revents != 0) return;
            for (std::size_t i = 2; i < waiting.size(); ++i)
                if (waiting[i].revents != 0) serve(waiting[i].fd);
            if (waiting[1].revents == 0) continue;
            sockaddr_in peer{};
            socklen_t size = sizeof peer;
            clients.emplace_back(accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                                         SOCK_CLOEXEC | SOCK_NONBLOCK));
            char text[line_max] = {};
            inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
            send(clients.back().get(), text, sizeof text, MSG_NOSIGNAL);
        }
    });
}

void EchoServer::serve(int client) {
    char buffer[line_max];
    const auto size = recv(client, buffer, sizeof buffer, 0);
    if (size > 0) send(client, buffer, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (size <= 0) shutdown(client, SHUT_RDWR);
}

EchoServer::~EchoServer() {
    const std::uint64_t one = 1;
    EXPECT_EQ(write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    if (thread_.joinable()) thread_.join();
}

std::optional<Client> Client::open(const std::string& from, const std::string& address,
                                   std::uint16_t port, std::chrono::milliseconds timeout,
                                   const std::string& source) {
    const auto fd = connect_in(from, address, port, {timeout, source});
    if (!fd) return std::nullopt;
    Client client;
    client.fd_ = base::UniqueFd(*fd);
    char text[line_max] = {};
    if (!readable(*fd, timeout) || recv(*fd, text, sizeof text, MSG_WAITALL) <= 0)
        return std::nullopt;
    client.seen_as_ = text;
    return client;
}

bool Client::echoes(std::chrono::milliseconds timeout) {
    const char sent = 'x';
    char back = 0;
    return send(fd_.get(), &sent, 1, MSG_NOSIGNAL) == 1 && readable(fd_.get(), timeout) &&
           recv(fd_.get(), &back, 1, 0) == 1 && back == sent;
}

bool pings(const std::string& from, const std::string& address, std::chrono::milliseconds timeout) {
    const auto made = socket_in(from, SOCK_RAW, IPPROTO_ICMP);
    if (!made) return false;
    const base::UniqueFd fd(*made);
    icmphdr echo{};
    echo.type = ICMP_ECHO;
    echo.un.echo.id = static_cast<std::uint16_t>(getpid());
    echo.checksum = checksum(&echo, sizeof echo);
    const auto to = to_sockaddr(address, 0);
    if (sendto(fd.get(), &echo, sizeof echo, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) <
        0)
        return false;
    while (readable(fd.get(), timeout)) {
        unsigned char reply[128];
        const auto size = recv(fd.get(), reply, sizeof reply, 0);
        if (size >= 28 && reply[20] == ICMP_ECHOREPLY) return true;
        if (size >= 28 && reply[20] == ICMP_DEST_UNREACH) return false;
    }
    return false;
}

bool datagram_arrives(const std::string& from, const std::string& to, const std::string& address,
                      std::uint16_t port, std::chrono::milliseconds timeout) {
    const auto receiver = bind_udp_in(to, "0.0.0.0", port);
    const auto sender = socket_in(from, SOCK_DGRAM, 0);
    EXPECT_TRUE(receiver.has_value() && sender.has_value());
    if (!receiver || !sender) return false;
    return send_and_wait(*sender, *receiver, address, port, timeout);
}

bool send_and_wait(int sender, int receiver, const std::string& address, std::uint16_t port,
                   std::chrono::milliseconds timeout) {
    const base::UniqueFd receiving(receiver), sending(sender);
    const auto target = to_sockaddr(address, port);
    sendto(sender, "x", 1, 0, reinterpret_cast<const sockaddr*>(&target), sizeof target);
    return readable(receiver, timeout);
}

VpcSpec sample_vpc(const std::string& id, const std::string& net) {
    VpcSpec vpc;
    vpc.id = id;
    vpc.cidrs = {net + ".0.0/16"};
    vpc.has_internet_gateway = true;
    const AclEntry all{100, true, "-1", "0.0.0.0/0"};
    vpc.acls = {{"acl-open", {all}, {all}}};
    const std::vector<RouteSpec> out{{"0.0.0.0/0", RouteTarget::internet_gateway, "igw-1"}};
    vpc.subnets = {{"subnet-public", net + ".1.0/24", "us-east-1a", "acl-open", out},
                   {"subnet-private", net + ".2.0/24", "us-east-1a", "acl-open", {}},
                   {"subnet-other", net + ".3.0/24", "us-east-1b", "acl-open", out}};
    const GroupRule any{"-1", -1, -1, "0.0.0.0/0", ""};
    vpc.groups = {{"sg-open", {any}, {any}},
                  {"sg-web", {{"tcp", 80, 80, "0.0.0.0/0", ""}}, {any}},
                  {"sg-db", {{"tcp", 3306, 3306, "", "sg-web"}}, {}},
                  {"sg-none", {}, {any}}};
    return vpc;
}

InterfaceSpec& add(VpcSpec& vpc, const std::string& name, const std::string& subnet_id,
                   const std::string& address, std::vector<std::string> groups) {
    InterfaceSpec made;
    made.id = "eni-" + name;
    made.attachment = name;
    made.subnet_id = subnet_id;
    made.address = address;
    made.mac = fmt::format("02:00:00:00:00:{:02x}", vpc.interfaces.size() + 1);
    made.group_ids = std::move(groups);
    vpc.interfaces.push_back(std::move(made));
    return vpc.interfaces.back();
}

SecurityGroupSpec& group(VpcSpec& vpc, const std::string& id) {
    for (auto& each : vpc.groups)
        if (each.id == id) return each;
    return vpc.groups.emplace_back(SecurityGroupSpec{id, {}, {}});
}

SubnetSpec& subnet(VpcSpec& vpc, const std::string& id) {
    for (auto& each : vpc.subnets)
        if (each.id == id) return each;
    return vpc.subnets.emplace_back(SubnetSpec{id});
}

}  // namespace stormglass::substrate::netns::testing
