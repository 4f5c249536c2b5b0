// Label root: connections leave from inside another network namespace. The namespace is anonymous
// (a file descriptor of this process), so nothing stays behind however the test ends.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "planes/front_door/testing.h"

namespace stormglass::front_door {
namespace {

using testing::EchoServer;
using testing::RunningDoor;

/// A thread that lives in a namespace of its own, with loopback up, and the server that it made.
class ServerInNamespace {
public:
    ServerInNamespace() {
        std::thread([this] {
            made_ = unshare(CLONE_NEWNET) == 0;
            if (!made_) return;
            namespace_ = base::UniqueFd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
            const base::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
            ifreq request{};
            std::strcpy(request.ifr_name, "lo");
            request.ifr_flags = IFF_UP | IFF_RUNNING;
            made_ = ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
            server_ = std::make_unique<EchoServer>("inside", testing::listen_any("127.0.0.9"));
        }).join();
    }
    bool made() const { return made_; }
    std::string path() const {
        return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(namespace_.get());
    }
    int port() const { return server_->port(); }

private:
    bool made_ = false;
    base::UniqueFd namespace_;
    std::unique_ptr<EchoServer> server_;
};

TEST(FrontDoorNamespace, ConnectsFromInsideWithItsOwnAddress) {
    ServerInNamespace inside;
    if (!inside.made()) GTEST_SKIP() << "needs the right to make network namespaces";
    FrontDoorConfig config{.config_version = 1};
    config.internet_namespace = inside.path();
    config.client_address = "127.0.0.5";
    config.bindings = {{.port = 0, .listener_port = inside.port()}};
    config.balancers = {{.name = "web", .dns_names = {"web.elb.localhost"}}};
    config.balancers[0].nodes = {{"a", "127.0.0.9"}};
    RunningDoor door(config);
    constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: web.elb.localhost\r\n\r\n";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(testing::ask(door.port(), get), "inside 127.0.0.5 " + std::string(get));
    }
    config.config_version = 2;
    config.internet_namespace = "/nowhere";
    door.apply(config);
    EXPECT_THAT(testing::ask(door.port(), get), ::testing::StartsWith("HTTP/1.1 503"));
    config.config_version = 3;
    config.internet_namespace = "";
    door.apply(config);
    EXPECT_THAT(testing::ask(door.port(), get), ::testing::StartsWith("HTTP/1.1 503"))
        << "outside there is no such server";
}

}  // namespace
}  // namespace stormglass::front_door
