#include "planes/front_door/testing.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdlib>

namespace stormglass::front_door::testing {
namespace {

constexpr std::chrono::seconds patience{10};

sockaddr_in address_of(const std::string& address, int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, address.c_str(), &at.sin_addr);
    return at;
}

void set_patience(int fd) {
    const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

base::UniqueFd connect_to(int port, const std::string& address) {
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto at = address_of(address, port);
    set_patience(fd.get());
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0) << port;
    return fd;
}

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::string read_to_end(int fd) {
    std::string all;
    char space[65536];
    for (;;) {
        const auto got = recv(fd, space, sizeof space, 0);
        if (got <= 0) return all;
        all.append(space, static_cast<std::size_t>(got));
    }
}

std::string ask(int port, std::string_view bytes) {
    const auto fd = connect_to(port);
    send_all(fd.get(), bytes);
    shutdown(fd.get(), SHUT_WR);
    return read_to_end(fd.get());
}

base::UniqueFd listen_any(const std::string& address, int port) {
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto at = address_of(address, port);
    const int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(listen(fd.get(), 128), 0);
    return fd;
}

int port_of(int fd) {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
}

EchoServer::EchoServer(std::string name, base::UniqueFd listener)
    : name_(std::move(name)), listener_(std::move(listener)), port_(port_of(listener_.get())) {
    thread_ = std::thread([this] {
        for (;;) {
            sockaddr_in peer{};
            socklen_t size = sizeof peer;
            const base::UniqueFd fd(
                accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
            if (!fd.valid()) return;
            set_patience(fd.get());
            const auto request = read_to_end(fd.get());
            char from[INET_ADDRSTRLEN] = "";
            inet_ntop(AF_INET, &peer.sin_addr, from, sizeof from);
            send_all(fd.get(), fmt::format("{} {} {}", name_, from, request));
        }
    });
}

EchoServer::~EchoServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
}

RunningDoor::RunningDoor(FrontDoorConfig config) {
    std::string name = "/tmp/sg-front-door-XXXXXX";
    folder_ = mkdtemp(name.data());
    options_ = {.config_path = folder_ + "/config.json", .status_path = folder_ + "/status.json"};
    EXPECT_TRUE(base::write_file(options_.config_path, base::to_json_text(config)));
    auto door = FrontDoor::create(options_);
    EXPECT_TRUE(door);
    if (!door) std::abort();  // Nothing in the test would make sense.
    door_ = std::move(*door);
    thread_ = std::thread([this] { door_->run(); });
    wait([](const FrontDoorStatus& now) { return now.written_at_ms > 0; });
}

RunningDoor::~RunningDoor() {
    door_->stop();
    thread_.join();
    (void)base::remove_all(folder_);
}

FrontDoorStatus RunningDoor::status() {
    const auto text = base::read_file(options_.status_path);
    if (!text) return {};
    return base::from_json_text<FrontDoorStatus>(*text).value_or(FrontDoorStatus{});
}

void RunningDoor::apply(const FrontDoorConfig& config) {
    EXPECT_TRUE(base::write_file(options_.config_path, base::to_json_text(config)));
    door_->reload();
    EXPECT_TRUE(wait([&](const FrontDoorStatus& now) {
        return now.config_version == config.config_version || !now.config_error.empty();
    }));
}

bool RunningDoor::wait(const std::function<bool(const FrontDoorStatus&)>& wanted) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        if (wanted(status())) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

}  // namespace stormglass::front_door::testing
