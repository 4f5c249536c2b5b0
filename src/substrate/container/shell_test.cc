// Commands run in a live instance. Needs root.
#include "substrate/container/shell.h"

#include <fcntl.h>
#include <pty.h>

#include "substrate/container/testing.h"

namespace stormglass::substrate {
namespace {

class ShellTest : public InstancesTest {
protected:
    struct Answer {
        int status = -1;
        std::string text;
    };
    /// In a process of its own, with its output in a file.
    Answer shell(const std::string& id, const std::vector<std::string>& argv) const {
        const std::string path = root + "/output";
        const pid_t child = ::fork();
        if (child == 0) {
            const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            ::dup2(::open("/dev/null", O_RDONLY), 0);
            ::dup2(fd, 1);
            ::dup2(fd, 2);
            ::_exit(run_shell(realm, id, argv));
        }
        Answer answer;
        ::waitpid(child, &answer.status, 0);
        answer.status = WEXITSTATUS(answer.status);
        answer.text = base::read_file(path).value_or("");
        return answer;
    }
};

TEST_F(ShellTest, ACommandRunsInsideAndItsExitStatusComesBack) {
    output_of("echo here > /srv/mark");
    const auto answer =
        shell("i-1", {"sh", "-c", "cat /srv/mark; hostname; cat /proc/1/comm; pwd; exit 7"});
    EXPECT_EQ(answer.text, "here\nip-10-20-0-5.ec2.internal\ninit\n/root\n");
    EXPECT_EQ(answer.status, 7);
}

TEST_F(ShellTest, ACommandIsAsConfinedAsTheRest) {
    output_of("true");
    const auto answer = shell("i-1", {"sh", "-c",
                                      "grep -E '^(CapEff|Seccomp):' /proc/self/status; "
                                      "mount -t tmpfs x /mnt && echo BAD; cat /proc/self/cgroup"});
    EXPECT_NE(answer.text.find("CapEff:\t00000000a00425fb"), std::string::npos) << answer.text;
    EXPECT_NE(answer.text.find("Seccomp:\t2"), std::string::npos) << answer.text;
    EXPECT_EQ(answer.text.find("BAD"), std::string::npos) << answer.text;
    EXPECT_EQ(answer.text.find("stormglass"), std::string::npos) << answer.text;
}

TEST_F(ShellTest, AnInstanceThatDoesNotRunIsAClearError) {
    const auto absent = shell("i-none", {"true"});
    EXPECT_EQ(absent.status, 1);
    EXPECT_EQ(absent.text, "stormglass shell: there is no instance i-none\n");
    output_of("true");
    ASSERT_TRUE(instances->halt("i-1", Halt::power_off, 0s));
    EXPECT_EQ(shell("i-1", {"true"}).text, "stormglass shell: instance i-1 does not run\n");
}

TEST_F(ShellTest, AnUnknownCommandIs127) {
    output_of("true");
    EXPECT_EQ(shell("i-1", {"no-such-command"}).status, 127);
}

TEST_F(ShellTest, WithATerminalTheCommandHasOneOfTheInstances) {
    output_of("true");
    int master = -1;
    const pid_t child = ::forkpty(&master, nullptr, nullptr, nullptr);
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(run_shell(realm, "i-1", {}));
    const std::string keys = "tty; echo sum=$((40+2)); exit 5\n";
    ASSERT_TRUE(base::write_all(master, keys));
    std::string text;
    char part[4096];
    for (ssize_t got = 0; (got = ::read(master, part, sizeof part)) > 0;) {
        text.append(part, static_cast<std::size_t>(got));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(master);
    EXPECT_EQ(WEXITSTATUS(status), 5) << text;
    EXPECT_NE(text.find("/dev/pts/0"), std::string::npos) << text;
    EXPECT_NE(text.find("sum=42"), std::string::npos) << text;
}

}  // namespace
}  // namespace stormglass::substrate
