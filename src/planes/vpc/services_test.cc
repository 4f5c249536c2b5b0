// The whole process on loopback, with curl and glibc's resolver as clients.
#include "planes/vpc/services.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <resolv.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/strings.h"
#include "planes/vpc/testing.h"

namespace stormglass::vpc {
namespace {

constexpr base::Seconds patience{10};

/// What a command prints, without the last line break.
std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return "popen failed";
    char bytes[4096];
    for (std::size_t n = 0; (n = fread(bytes, 1, sizeof bytes, pipe)) > 0;) text.append(bytes, n);
    pclose(pipe);
    return text;
}

class ServicesTest : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/stormglass-vpc-test-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        folder_ = name;
        write(test_config());
        pid_ = fork();
        ASSERT_GE(pid_, 0);
        if (pid_ == 0) _exit(run_vpc_services({config_path(), status_path()}) ? 0 : 1);
        ASSERT_TRUE(wait_for([](const Status& status) { return status.loads == 1; }));
    }
    void TearDown() override {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        std::filesystem::remove_all(folder_);
    }

    std::string config_path() const { return folder_ + "/config.json"; }
    std::string status_path() const { return folder_ + "/status.json"; }
    void write(const Config& config) {
        ASSERT_TRUE(base::write_file(config_path(), base::to_json_text(config)));
    }
    Status status() const {
        const auto text = base::read_file(status_path());
        if (!text) return {};
        return base::from_json_text<Status>(*text).value_or(Status{});
    }
    bool wait_for(const std::function<bool(const Status&)>& holds) const {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (std::chrono::steady_clock::now() < end) {
            if (holds(status())) return true;
            std::this_thread::sleep_for(base::Millis{10});
        }
        return false;
    }
    std::string curl(const std::string& arguments, const std::string& path) const {
        return output_of(fmt::format("curl -s -m 5 {} http://127.0.0.1:{}{}", arguments,
                                     status().metadata_port, path));
    }
    /// Addresses that glibc's resolver gets, over UDP or TCP.
    std::vector<std::string> resolve_with_glibc(const char* name, unsigned long options) const {
        struct __res_state state {};
        res_ninit(&state);
        state.nscount = 1;
        state.nsaddr_list[0].sin_family = AF_INET;
        state.nsaddr_list[0].sin_port = htons(status().dns_port);
        state.nsaddr_list[0].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        state.options |= options;
        unsigned char answer[4096];
        const int size = res_nquery(&state, name, ns_c_in, ns_t_a, answer, sizeof answer);
        std::vector<std::string> addresses;
        ns_msg message;
        if (size > 0 && ns_initparse(answer, size, &message) == 0) {
            for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
                ns_rr record;
                char text[INET_ADDRSTRLEN];
                if (ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_a)
                    continue;
                addresses.push_back(inet_ntop(AF_INET, ns_rr_rdata(record), text, sizeof text));
            }
        }
        res_nclose(&state);
        std::sort(addresses.begin(), addresses.end());
        return addresses;
    }

    std::string folder_;
    pid_t pid_ = -1;
};

const char put_token[] = "-X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'";

}  // namespace

TEST_F(ServicesTest, CurlGetsATokenAndReadsWithIt) {
    const std::string token = curl(put_token, "/latest/api/token");
    ASSERT_EQ(token.size(), 56U);
    const std::string with_token = "-H 'X-aws-ec2-metadata-token: " + token + "'";
    EXPECT_EQ(curl(with_token, "/latest/meta-data/instance-id"), "i-0abc0000000000001");
    EXPECT_EQ(curl("-o /dev/null -w '%{http_code}'", "/latest/meta-data/"), "401");
    EXPECT_EQ(curl(with_token + " --interface 127.0.0.2 -o /dev/null -w '%{http_code}'",
                   "/latest/meta-data/"),
              "401")
        << "another instance's token";
    EXPECT_EQ(curl("--interface 127.0.0.2", "/latest/meta-data/instance-id"),
              "i-0abc0000000000002");
    const std::string head = curl(with_token + " -I", "/latest/meta-data/ami-id");
    EXPECT_NE(head.find("Server: EC2ws"), std::string::npos) << head;
    EXPECT_NE(head.find("Content-Length: 13"), std::string::npos) << head;
}

TEST_F(ServicesTest, OneConnectionServesManyRequests) {
    const std::string url =
        fmt::format("http://127.0.0.1:{}/latest/meta-data/instance-id", status().metadata_port);
    EXPECT_EQ(curl("--interface 127.0.0.2 -w '%{num_connects}' " + url + " -w '%{num_connects}'",
                   "/latest/meta-data/instance-id"),
              "i-0abc00000000000021i-0abc00000000000020");
}

TEST_F(ServicesTest, GlibcResolvesOverUdpAndTcp) {
    for (const unsigned long options :
         {0UL, static_cast<unsigned long>(RES_USEVC), static_cast<unsigned long>(RES_USE_EDNS0)}) {
        EXPECT_EQ(resolve_with_glibc("web-1.us-east-1.elb.localhost", options),
                  (std::vector<std::string>{"10.20.0.10", "10.20.1.10"}));
        EXPECT_EQ(resolve_with_glibc("db.abc.us-east-1.rds.amazonaws.com", options),
                  std::vector<std::string>{"10.20.8.5"});
        EXPECT_TRUE(resolve_with_glibc("nowhere.example", options).empty());
    }
}

TEST_F(ServicesTest, AReloadChangesTheAnswersAndABadOneDoesNot) {
    Config config = test_config();
    config.records[5].values = {"10.20.9.5"};  // The database failed over.
    config.instances[1].instance_id = "i-0new";
    write(config);
    kill(pid_, SIGHUP);
    ASSERT_TRUE(wait_for([](const Status& status) { return status.loads == 2; }));
    EXPECT_EQ(resolve_with_glibc("db.abc.us-east-1.rds.amazonaws.com", 0),
              std::vector<std::string>{"10.20.9.5"});
    EXPECT_EQ(curl("--interface 127.0.0.2", "/latest/meta-data/instance-id"), "i-0new");

    const std::string sha256 = status().config_sha256;
    ASSERT_TRUE(base::write_file(config_path(), R"({"token":"hush"x)"));
    kill(pid_, SIGHUP);
    ASSERT_TRUE(wait_for([](const Status& status) { return !status.last_error.empty(); }));
    EXPECT_EQ(status().config_sha256, sha256);
    EXPECT_EQ(status().last_error.find("hush"), std::string::npos) << "no secret in the status";
    EXPECT_EQ(curl("--interface 127.0.0.2", "/latest/meta-data/instance-id"), "i-0new");
}

TEST_F(ServicesTest, CountersReachTheStatusAndTermEndsIt) {
    resolve_with_glibc("s3.us-east-1.amazonaws.com", 0);
    curl("", "/");
    EXPECT_TRUE(wait_for([](const Status& status) {
        return status.dns_queries >= 1 && status.metadata_requests >= 1;
    }));
    EXPECT_EQ(output_of("stat -c %a " + status_path()), "600\n");
    kill(pid_, SIGTERM);
    int result = -1;
    ASSERT_EQ(waitpid(pid_, &result, 0), pid_);
    pid_ = -1;
    EXPECT_EQ(result, 0);
}

TEST_F(ServicesTest, ABusyClientDoesNotShutOthersOut) {
    std::vector<base::UniqueFd> held;
    for (int i = 0; i < 200; ++i) {
        base::UniqueFd fd(socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(status().metadata_port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        held.push_back(std::move(fd));
    }
    EXPECT_EQ(curl("--interface 127.0.0.2", "/latest/meta-data/instance-id"),
              "i-0abc0000000000002");
}

}  // namespace stormglass::vpc
