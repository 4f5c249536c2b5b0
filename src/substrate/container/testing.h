// A realm, a network namespace and instances of this test run alone, and their removal.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/strings.h"
#include "substrate/container/instances_linux.h"
#include "substrate/process/cgroups.h"
#include "substrate/process/identity.h"

namespace stormglass::substrate {

using namespace std::chrono_literals;

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = 10s) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

/// An empty network namespace that stays as long as the object.
class TestNetns {
public:
    explicit TestNetns(std::string path) : path_(std::move(path)) {
        EXPECT_TRUE(base::write_file(path_, ""));
        const pid_t maker = ::fork();
        if (maker == 0) {
            const bool made =
                ::unshare(CLONE_NEWNET) == 0 &&
                ::mount("/proc/self/ns/net", path_.c_str(), nullptr, MS_BIND, nullptr) == 0;
            ::_exit(made ? 0 : 1);
        }
        int status = 1;
        ::waitpid(maker, &status, 0);
        EXPECT_EQ(status, 0) << "make a network namespace";
    }
    ~TestNetns() { ::umount2(path_.c_str(), MNT_DETACH); }
    TestNetns(const TestNetns&) = delete;
    TestNetns& operator=(const TestNetns&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

class InstancesTest : public testing::Test {
protected:
    InstancesTest() {
        char folder[] = "/tmp/stormglass-instance-test-XXXXXX";
        root = ::mkdtemp(folder);
        realm = {.id = "t" + root.substr(root.size() - 5),
                 .data_dir = root + "/data",
                 .run_dir = root + "/run",
                 .program = "/proc/self/exe"};
        EXPECT_TRUE(base::make_directories(realm.data_dir));
        netns = std::make_unique<TestNetns>(root + "/netns");
        instances = make_linux_instances(realm);
    }
    ~InstancesTest() override {
        EXPECT_TRUE(instances->remove_everything());
        netns.reset();
        expect_nothing_left();
        EXPECT_TRUE(base::remove_all(root));
    }

    InstanceSpec script(const std::string& id, const std::string& body) const {
        return {.id = id,
                .network_namespace = netns->path(),
                .hostname = "ip-10-20-0-5.ec2.internal",
                .dns_server = "10.20.0.2",
                .search_domain = "ec2.internal",
                .user_data = body.empty() ? "" : "#!/bin/bash\n" + body + "\n",
                .memory_bytes = 256 << 20,
                .processes_max = 64};
    }
    std::string console(const std::string& id) const { return instances->console(id).value_or(""); }
    bool shows(const std::string& id, const std::string& text) const {
        return eventually([&] { return console(id).find(text) != std::string::npos; });
    }
    /// Runs `body` as user data and gives the whole console once it has ended.
    std::string output_of(const std::string& body) {
        const std::string id = "i-" + std::to_string(++counter);
        const auto launched = instances->launch(script(id, body));
        EXPECT_TRUE(launched) << launched.error().message;
        if (!launched) return {};
        EXPECT_TRUE(shows(id, "[stormglass] user data ")) << console(id);
        return console(id);
    }
    void expect_nothing_left() const {
        const auto mounts = base::read_file("/proc/self/mountinfo");
        EXPECT_EQ(mounts->find(root), std::string::npos) << "a mount is left";
        for (const char* mount : {"cpu", "memory", "pids", "unified", "."}) {
            EXPECT_FALSE(std::filesystem::exists(std::string("/sys/fs/cgroup/") + mount +
                                                 "/stormglass-" + realm.id));
        }
    }

    std::string root;
    Realm realm;
    std::unique_ptr<TestNetns> netns;
    std::unique_ptr<Instances> instances;
    int counter = 0;
};

}  // namespace stormglass::substrate
