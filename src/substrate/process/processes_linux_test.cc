// Real processes of a realm made for this run; needs root for cgroups and namespaces.
#include "substrate/process/processes_linux.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/strings.h"
#include "substrate/process/cgroups.h"
#include "substrate/process/identity.h"

namespace stormglass::substrate {
namespace {

using namespace std::chrono_literals;

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = 5s) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

class ProcessesTest : public testing::Test {
protected:
    ProcessesTest() {
        char folder[] = "/tmp/stormglass-process-test-XXXXXX";
        root = ::mkdtemp(folder);
        realm = {
            .id = "t" + root.substr(root.size() - 5), .data_dir = root, .run_dir = root + "/run"};
        processes = make_linux_processes(realm);
    }
    ~ProcessesTest() override {
        EXPECT_TRUE(processes->remove_everything());
        for (const char* mount : {"cpu", "memory", "pids", "unified", "."}) {
            EXPECT_FALSE(std::filesystem::exists(std::string("/sys/fs/cgroup/") + mount +
                                                 "/stormglass-" + realm.id));
        }
        EXPECT_TRUE(base::remove_all(root));
    }

    ProcessSpec shell(const std::string& name, const std::string& script) const {
        return {.name = name, .argv = {"sh", "-c", script}, .log_path = root + "/" + name + ".log"};
    }
    std::string log(const std::string& name) const {
        return base::read_file(root + "/" + name + ".log").value_or("");
    }
    bool logged(const std::string& name, const std::string& text) const {
        return eventually([&] { return log(name).find(text) != std::string::npos; });
    }

    std::string root;
    Realm realm;
    std::unique_ptr<Processes> processes;
};

TEST_F(ProcessesTest, AStartedProcessRunsUntilItIsStoppedAndLeavesNothing) {
    const auto started = processes->start(shell("web", "echo up; exec sleep 1000"));
    ASSERT_TRUE(started) << started.error().message;
    EXPECT_TRUE(started->running);
    EXPECT_TRUE(logged("web", "up"));
    EXPECT_EQ(processes->observe("web")->pid, started->pid);
    ASSERT_TRUE(processes->stop("web", StopMode::terminate_then_kill, 5s));
    EXPECT_FALSE(processes->observe("web")->running);
    EXPECT_TRUE(processes->list()->empty());
}

TEST_F(ProcessesTest, TheLogIsReadableOnlyByItsOwner) {
    ASSERT_TRUE(processes->start(shell("web", "exec sleep 1000")));
    struct stat log_file {};
    ASSERT_EQ(::stat((root + "/web.log").c_str(), &log_file), 0);
    EXPECT_EQ(log_file.st_mode & 0777, 0600U);
}

TEST_F(ProcessesTest, StartingTwiceKeepsTheFirst) {
    const auto first = processes->start(shell("web", "exec sleep 1000"));
    const auto second = processes->start(shell("web", "exec sleep 1000"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->pid, second->pid);
}

TEST_F(ProcessesTest, ALaterDaemonFindsTheProcess) {
    const auto started = processes->start(shell("web", "exec sleep 1000"));
    ASSERT_TRUE(started);
    const auto later = make_linux_processes(realm);
    EXPECT_EQ(later->observe("web")->pid, started->pid);
    EXPECT_TRUE(later->stop("web", StopMode::kill, 0s));
}

TEST_F(ProcessesTest, AProgramThatCannotBeExecutedIsAnErrorThatNamesIt) {
    ProcessSpec spec{.name = "bad", .argv = {"/does/not/exist"}};
    const auto missing = processes->start(spec);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message, "execute /does/not/exist: No such file or directory");
    ASSERT_TRUE(base::write_file(root + "/text", "no program"));
    spec.argv = {root + "/text"};
    const auto refused = processes->start(spec);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("Permission denied"), std::string::npos);
    EXPECT_TRUE(processes->list()->empty());
}

TEST_F(ProcessesTest, AMissingNetworkNamespaceIsAnErrorThatNamesIt) {
    auto spec = shell("web", "true");
    spec.network_namespace = root + "/absent";
    const auto started = processes->start(spec);
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message.find(root + "/absent"), std::string::npos);
}

TEST_F(ProcessesTest, StopKillsChildrenThatLeftTheSession) {
    ASSERT_TRUE(processes->start(
        shell("web",
              "trap '' TERM; setsid sh -c 'trap \"\" TERM; while :; do sleep 1; done' & "
              "echo child $!; while :; do sleep 1; done")));
    ASSERT_TRUE(logged("web", "child "));
    const int child = std::stoi(log("web").substr(6));
    const auto identity = identify(child);
    ASSERT_TRUE(identity);
    ASSERT_TRUE(processes->stop("web", StopMode::terminate_then_kill, 50ms));
    EXPECT_TRUE(wait_for_end(*identity, 2s));
}

TEST_F(ProcessesTest, AStartAfterTheMainProcessDiedEndsTheChildrenItLeft) {
    ASSERT_TRUE(processes->start(shell("web", "setsid sleep 1000 & echo child $!")));
    ASSERT_TRUE(logged("web", "child "));
    const auto child = identify(std::stoi(log("web").substr(6)));
    ASSERT_TRUE(child);
    ASSERT_TRUE(eventually([&] { return !processes->observe("web")->running; }));
    ASSERT_TRUE(processes->start(shell("web", "exec sleep 1000")));
    EXPECT_FALSE(is_running(*child));
}

TEST_F(ProcessesTest, ASignalReachesTheProcess) {
    ASSERT_TRUE(processes->start(
        shell("web", "trap 'echo reloaded' HUP; echo ready; while :; do sleep 0.01; done")));
    ASSERT_TRUE(logged("web", "ready"));
    ASSERT_TRUE(processes->signal("web", SIGHUP));
    EXPECT_TRUE(logged("web", "reloaded"));
    EXPECT_FALSE(processes->signal("absent", SIGHUP));
}

TEST_F(ProcessesTest, StdinTextReachesTheProcessAndNothingElse) {
    const std::string secret(200'000, 's');  // More than a pipe holds unless it is enlarged.
    auto spec = shell("web", "wc -c; tr '\\0' '\\n' < /proc/$$/cmdline; exec sleep 1000");
    spec.stdin_text = secret;
    ASSERT_TRUE(processes->start(spec));
    EXPECT_TRUE(logged("web", "200000"));
}

TEST_F(ProcessesTest, TheProcessGetsItsOwnEnvironmentAndNoDescriptorOfOurs) {
    const base::UniqueFd leak(::open("/dev/null", O_RDONLY));  // On purpose without O_CLOEXEC.
    auto spec = shell("web", "env; echo fds $(ls /proc/self/fd | wc -l); exec sleep 1000");
    spec.environment = {{"COLOUR", "blue"}};
    ASSERT_TRUE(processes->start(spec));
    ASSERT_TRUE(logged("web", "fds "));
    EXPECT_NE(log("web").find("COLOUR=blue"), std::string::npos);
    EXPECT_EQ(log("web").find("HOME="), std::string::npos);
    EXPECT_NE(log("web").find("fds 4"), std::string::npos) << log("web");  // 0, 1, 2 and ls's own.
}

TEST_F(ProcessesTest, TheProcessDropsToTheGivenUser) {
    auto spec = shell("web", "id; exec sleep 1000");
    spec.uid = 65534;
    spec.gid = 65534;
    ASSERT_TRUE(processes->start(spec));
    ASSERT_TRUE(logged("web", "uid="));
    EXPECT_TRUE(log("web").starts_with("uid=65534"));
    EXPECT_EQ(log("web").find("0(root)"), std::string::npos);
}

TEST_F(ProcessesTest, TheProcessRunsInTheGivenNetworkNamespace) {
    const std::string path = root + "/netns";
    ASSERT_TRUE(base::write_file(path, ""));
    const pid_t maker = ::fork();
    if (maker == 0) {
        const bool made = ::unshare(CLONE_NEWNET) == 0 && ::mount("/proc/self/ns/net", path.c_str(),
                                                                  nullptr, MS_BIND, nullptr) == 0;
        ::_exit(made ? 0 : 1);
    }
    int status = 1;
    ::waitpid(maker, &status, 0);
    ASSERT_EQ(status, 0);
    auto spec = shell("web", "readlink /proc/self/ns/net; exec sleep 1000");
    spec.network_namespace = path;
    EXPECT_TRUE(processes->start(spec));
    EXPECT_TRUE(logged("web", "net:"));
    struct stat wanted {};
    ::stat(path.c_str(), &wanted);
    EXPECT_NE(log("web").find(std::to_string(wanted.st_ino)), std::string::npos);
    ::umount2(path.c_str(), MNT_DETACH);
}

TEST_F(ProcessesTest, ADaemonThatDiesBeforeTheRecordLeavesNoProcess) {
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        // Writing the record then raises SIGXFSZ, which kills: a death at exactly that moment.
        const struct rlimit limit { 0, 0 };
        ::setrlimit(RLIMIT_FSIZE, &limit);
        auto spec = shell("web", "exec sleep 1000");
        spec.log_path.clear();
        (void)processes->start(spec);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(daemon, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    Cgroups cgroups(realm.id);
    EXPECT_TRUE(eventually([&] { return cgroups.members("process/web").empty(); }));
    EXPECT_FALSE(processes->observe("web")->running);
    EXPECT_EQ(processes->list()->size(), 1U) << "its cgroup names it, so that it can be removed";
    EXPECT_TRUE(processes->stop("web", StopMode::kill, 0s));
    EXPECT_TRUE(processes->list()->empty());
}

TEST_F(ProcessesTest, LimitsHoldWhereTheMachineHasCgroups) {
    auto spec = shell("web", "for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; echo made; wait");
    spec.limits = {.cpu_millicores = 500, .memory_bytes = 64 << 20, .processes_max = 4};
    const auto started = processes->start(spec);
    ASSERT_TRUE(started);
    if (!started->limits_enforced) GTEST_SKIP() << "no usable cgroups";
    EXPECT_TRUE(logged("web", "fork"));
    EXPECT_LE(processes->usage("web")->processes, 4);
}

TEST_F(ProcessesTest, UsageShowsProcessorTimeAndMemory) {
    ASSERT_TRUE(processes->start(shell("web", "while :; do :; done")));
    EXPECT_TRUE(eventually([&] {
        const auto usage = processes->usage("web");
        return usage && usage->cpu_seconds > 0.02 && usage->memory_bytes > 0;
    }));
    EXPECT_FALSE(processes->usage("absent"));
}

TEST_F(ProcessesTest, ManyThreadsCanStartProcessesAtOnce) {
    std::vector<std::thread> threads;
    std::atomic<int> started{0};
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            if (processes->start(shell("web" + std::to_string(i), "exec sleep 1000"))) started++;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(started, 8);
    EXPECT_EQ(processes->list()->size(), 8U);
}

TEST_F(ProcessesTest, ANameThatCouldLeaveTheFolderIsRefused) {
    for (const char* name : {"", "../x", "a/b", ".hidden", "a b"}) {
        EXPECT_FALSE(processes->start({.name = name, .argv = {"true"}})) << name;
        EXPECT_FALSE(processes->stop(name, StopMode::kill, 0s)) << name;
    }
}

}  // namespace
}  // namespace stormglass::substrate
