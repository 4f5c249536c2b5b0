#include "substrate/container/shell.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "substrate/container/confinement.h"
#include "substrate/container/instance_folder.h"
#include "substrate/container/terminal.h"
#include "substrate/process/cgroups.h"

namespace stormglass::substrate {
namespace {

constexpr int namespaces =
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
constexpr int not_executed_status = 127;

int complain(const std::string& text) {
    std::fprintf(stderr, "stormglass shell: %s\n", text.c_str());
    return 1;
}

[[noreturn]] void die(const std::string& text) { ::_exit(complain(text)); }

int exit_status_of(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

struct Target {
    InstanceRecord record;
    std::string group;
    base::UniqueFd pidfd;
};

Result<Target> find_target(const Realm& realm, const std::string& id) {
    const auto folder = TRY(InstanceFolder::of(realm, id));
    const auto record = TRY(folder.load());
    if (!record) return fail(Domain::system, "absent", "there is no instance " + id);
    auto pidfd = open_pidfd(record->init);
    if (!pidfd) return fail(Domain::system, "stopped", "instance " + id + " does not run");
    return Target{*record, folder.group(), std::move(*pidfd)};
}

std::vector<std::string> command_of(const std::vector<std::string>& argv) {
    if (!argv.empty()) return argv;
    return {::access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh", "-l"};
}

void take_terminal(const base::UniqueFd& slave) {
    ::setsid();
    ::ioctl(slave.get(), TIOCSCTTY, 0);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(slave.get(), fd);
}

/// Inside all namespaces: becomes the command.
[[noreturn]] void become_command(const std::vector<std::string>& argv,
                                 const base::UniqueFd& slave) {
    if (slave.valid()) take_terminal(slave);
    ::close_range(3, ~0U, 0);
    const std::string term = "TERM=" + std::string(::getenv("TERM") ? ::getenv("TERM") : "dumb");
    const std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const std::string path_entry = "PATH=" + path;
    const char* const environment[] = {path_entry.c_str(), term.c_str(),   "HOME=/root",
                                       "USER=root",        "LANG=C.UTF-8", nullptr};
    const auto command = command_of(argv);
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    if (::chdir("/root") != 0 && ::chdir("/") != 0) die(fail_errno("enter /").error().message);
    if (const auto confined = confine(); !confined) die(confined.error().message);
    ::setenv("PATH", path.c_str(), 1);  // Where execvpe() looks.
    ::execvpe(words[0], words.data(), const_cast<char* const*>(environment));
    std::fprintf(stderr, "stormglass shell: %s: %m\n", words[0]);
    ::_exit(not_executed_status);
}

/// Joins the instance's cgroup and namespaces. A pid namespace holds only for children, so this
/// process makes one more and passes its exit status on.
[[noreturn]] void enter(const Realm& realm, const Target& target,
                        const std::vector<std::string>& argv, const base::UniqueFd& slave) {
    Cgroups cgroups(realm.id);
    if (const auto joined = cgroups.join(target.group, ::getpid()); !joined) {
        die(joined.error().message);
    }
    if (::setns(target.pidfd.get(), namespaces) != 0) {
        die(fail_errno("enter the instance's namespaces").error().message);
    }
    const pid_t inside = ::fork();
    if (inside < 0) die(fail_errno("fork").error().message);
    if (inside == 0) become_command(argv, slave);
    int status = 0;
    while (::waitpid(inside, &status, 0) < 0 && errno == EINTR) {
    }
    ::_exit(exit_status_of(status));
}

}  // namespace

int run_shell(const Realm& realm, const std::string& id, const std::vector<std::string>& argv) {
    auto target = find_target(realm, id);
    if (!target) return complain(target.error().message);
    // Until the command is executed, nobody inside may look into a process of the host's.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    Terminal terminal;
    if (::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO)) {
        auto opened = open_terminal(target->record.init.pid);
        if (!opened) return complain(opened.error().message);
        terminal = std::move(*opened);
    }
    const pid_t child = ::fork();
    if (child < 0) return complain(fail_errno("fork").error().message);
    if (child == 0) enter(realm, *target, argv, terminal.slave);
    terminal.slave.reset();
    if (terminal.master.valid()) return exit_status_of(relay_terminal(terminal.master, child));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return exit_status_of(status);
}

}  // namespace stormglass::substrate
