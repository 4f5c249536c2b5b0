// The hop limit, on real routes: an answer with TTL 1 reaches a neighbour and nobody behind it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/strings.h"
#include "planes/vpc/services.h"
#include "planes/vpc/testing.h"

namespace stormglass::vpc {
namespace {

constexpr base::Seconds patience{10};

std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return "popen failed";
    char bytes[512];
    for (std::size_t n = 0; (n = fread(bytes, 1, sizeof bytes, pipe)) > 0;) text.append(bytes, n);
    pclose(pipe);
    return std::string(base::trim(text));
}

/// service (10.77.0.1) - instance (10.77.0.2, forwards) - container (10.77.1.2)
class HopLimitTest : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/stormglass-hops-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        folder_ = name;
        for (const char* role : {"s", "i", "c"}) ASSERT_EQ(run("ip netns add " + ns(role)), 0);
        ASSERT_EQ(
            run("ip -n " + ns("s") + " link add vetha type veth peer name vetha netns " + ns("i")),
            0);
        ASSERT_EQ(
            run("ip -n " + ns("i") + " link add vethb type veth peer name vethb netns " + ns("c")),
            0);
        address("s", "vetha", "10.77.0.1/24");
        address("i", "vetha", "10.77.0.2/24");
        address("i", "vethb", "10.77.1.1/24");
        address("c", "vethb", "10.77.1.2/24");
        ASSERT_EQ(run("ip -n " + ns("c") + " route add default via 10.77.1.1"), 0);
        ASSERT_EQ(run("ip -n " + ns("s") + " route add 10.77.1.0/24 via 10.77.0.2"), 0);
        ASSERT_EQ(run("ip netns exec " + ns("i") + " sysctl -qw net.ipv4.ip_forward=1"), 0);
    }
    void TearDown() override {
        stop();
        for (const char* role : {"s", "i", "c"}) run("ip netns del " + ns(role));
        std::filesystem::remove_all(folder_);
    }

    static int run(const std::string& command) { return system((command + " 2>&1").c_str()); }
    static std::string ns(const char* role) {
        static const pid_t test = getpid();  // The child asks too.
        return fmt::format("sgvpc{}{}", test, role);
    }
    static void address(const char* role, const char* link, const char* cidr) {
        ASSERT_EQ(run(fmt::format("ip -n {0} addr add {2} dev {1} && ip -n {0} link set {1} up",
                                  ns(role), link, cidr)),
                  0);
    }

    void start(int hop_limit) {
        Config config = test_config();
        config.resolver_addresses.clear();
        config.metadata_address = "10.77.0.1";
        config.instances.resize(1);
        config.instances[0].hop_limit = hop_limit;
        config.instances[0].interfaces[0].local_ipv4s = {"10.77.0.2", "10.77.1.2"};
        ASSERT_TRUE(base::write_file(folder_ + "/config", base::to_json_text(config)));
        std::filesystem::remove(folder_ + "/status");
        pid_ = fork();
        if (pid_ == 0) _exit(serve());
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!base::file_exists(folder_ + "/status")) {
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            std::this_thread::sleep_for(base::Millis{10});
        }
        port_ = base::from_json_text<Status>(*base::read_file(folder_ + "/status"))->metadata_port;
    }
    /// In the child: never returns to the test.
    int serve() const {
        const base::UniqueFd to(open(("/run/netns/" + ns("s")).c_str(), O_RDONLY | O_CLOEXEC));
        if (setns(to.get(), CLONE_NEWNET) != 0) {
            perror("setns");
            return 2;
        }
        const auto served = run_vpc_services({folder_ + "/config", folder_ + "/status"});
        if (!served) fprintf(stderr, "%s\n", served.error().message.c_str());
        return served ? 0 : 1;
    }
    void stop() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    /// The HTTP status a token request gets; "000": no answer came.
    std::string put_token_from(const char* role) const {
        return output_of(fmt::format(
            "ip netns exec {} curl -s -m 2 -o /dev/null -w '%{{http_code}}' -X PUT -H "
            "'X-aws-ec2-metadata-token-ttl-seconds: 60' http://10.77.0.1:{}/latest/api/token",
            ns(role), port_));
    }

    std::string folder_;
    pid_t pid_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace

TEST_F(HopLimitTest, OneHopReachesTheInstanceAndNotWhatIsBehindIt) {
    start(1);
    EXPECT_EQ(put_token_from("i"), "200");
    EXPECT_EQ(put_token_from("c"), "000");
    stop();
    start(2);
    EXPECT_EQ(put_token_from("c"), "200");
}

}  // namespace stormglass::vpc
