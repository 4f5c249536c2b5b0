#include "substrate/process/spawn.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/strings.h"

namespace stormglass::substrate {
namespace {

constexpr int descriptors_max = 16;
// Descriptors are first copied above this, so that dup2() to their final numbers cannot clash.
constexpr int descriptors_aside = 64;

enum class Step { wait, descriptors, enter_namespace, become_user, change_folder, execute };

/// What the child tells us through the report pipe: its pid first, then a failure if there is one.
struct Report {
    Step step;
    int error;
};

struct Pipe {
    base::UniqueFd read_end, write_end;
};

Result<base::UniqueFd> copy_aside(int fd) {
    base::UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, descriptors_aside));
    if (!copy.valid()) return fail_errno("copy a descriptor");
    return copy;
}

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
    const base::UniqueFd read_end(ends[0]), write_end(ends[1]);
    return Pipe{TRY(copy_aside(read_end.get())), TRY(copy_aside(write_end.get()))};
}

/// All that the child needs, made before the fork: after it, only plain system calls are allowed.
struct Prepared {
    const char* program = nullptr;
    std::vector<char*> argv, environment;
    base::UniqueFd network_namespace;
    std::optional<unsigned> uid, gid;
    std::vector<base::UniqueFd> descriptors;
    Pipe go;      // The caller's word that the child may go on.
    Pipe report;  // The child's pid and its failure; closed by exec.
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

Result<Prepared> prepare(const SpawnRequest& request) {
    Prepared prepared;
    prepared.program = request.program.c_str();
    prepared.argv = pointers(request.argv);
    prepared.environment = pointers(request.environment);
    prepared.uid = request.uid;
    prepared.gid = request.gid;
    if (!request.network_namespace.empty()) {
        const base::UniqueFd fd(::open(request.network_namespace.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd.valid()) return fail_errno("open network namespace " + request.network_namespace);
        prepared.network_namespace = TRY(copy_aside(fd.get()));
    }
    if (request.descriptors.size() > descriptors_max) {
        return fail(Domain::system, "limit", "too many descriptors for a process");
    }
    for (const int fd : request.descriptors) prepared.descriptors.push_back(TRY(copy_aside(fd)));
    prepared.go = TRY(make_pipe());
    prepared.report = TRY(make_pipe());
    return prepared;
}

// From here to run_child(): in the forked child, async-signal-safe calls only.

[[noreturn]] void give_up(const Prepared& prepared, Step step) {
    const Report report{step, errno};
    (void)!::write(prepared.report.write_end.get(), &report, sizeof report);
    ::_exit(127);
}

void reset_signals() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Closes, rather than marks, what the child must not have: while it waits it must not hold the
/// pipe of another child, or two of them would keep each other alive after our death.
void close_others(std::array<int, descriptors_max + 4> kept) {
    std::sort(kept.begin(), kept.end());
    int first = 3;  // Unused places hold -1 and sort to the front.
    for (const int fd : kept) {
        if (fd < first) continue;
        if (fd > first)
            ::close_range(static_cast<unsigned>(first), static_cast<unsigned>(fd - 1), 0);
        first = fd + 1;
    }
    ::close_range(static_cast<unsigned>(first), ~0U, 0);
}

void keep_only_ours(const Prepared& prepared) {
    std::array<int, descriptors_max + 4> kept;
    kept.fill(-1);
    std::size_t count = 0;
    for (const auto& fd : prepared.descriptors) kept[count++] = fd.get();
    kept[count++] = prepared.network_namespace.get();
    kept[count++] = prepared.go.read_end.get();
    kept[count++] = prepared.report.write_end.get();
    close_others(kept);
}

void place_descriptors(const Prepared& prepared) {
    int target = 0;
    for (const auto& fd : prepared.descriptors) {
        if (::dup2(fd.get(), target++) < 0) give_up(prepared, Step::descriptors);
    }
}

void become_user(const Prepared& prepared) {
    // No group of ours may stay, also where only a user is given.
    if ((prepared.uid || prepared.gid) && ::setgroups(0, nullptr) != 0) {
        give_up(prepared, Step::become_user);
    }
    if (prepared.gid && ::setgid(*prepared.gid) != 0) give_up(prepared, Step::become_user);
    if (prepared.uid && ::setuid(*prepared.uid) != 0) give_up(prepared, Step::become_user);
}

[[noreturn]] void run_child(const Prepared& prepared) {
    keep_only_ours(prepared);
    ::setsid();
    const pid_t pid = ::getpid();
    if (::write(prepared.report.write_end.get(), &pid, sizeof pid) != sizeof pid) ::_exit(127);
    char word = 0;
    if (::read(prepared.go.read_end.get(), &word, 1) != 1) ::_exit(127);  // The caller died.
    place_descriptors(prepared);
    if (prepared.network_namespace.valid() &&
        ::setns(prepared.network_namespace.get(), CLONE_NEWNET) != 0) {
        give_up(prepared, Step::enter_namespace);
    }
    ::umask(0022);
    if (::chdir("/") != 0) give_up(prepared, Step::change_folder);
    become_user(prepared);
    reset_signals();
    ::execve(prepared.program, prepared.argv.data(), prepared.environment.data());
    give_up(prepared, Step::execute);
}

// Back in the caller.

/// Forks twice, so that init and not the daemon is the parent that reaps.
Result<void> fork_detached(const Prepared& prepared) {
    sigset_t all, before;
    ::sigfillset(&all);  // No handler of the daemon may run in the child.
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t middle = ::_Fork();
    if (middle == 0) {
        const pid_t child = ::_Fork();
        if (child == 0) run_child(prepared);
        ::_exit(child < 0 ? errno : 0);
    }
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    if (middle < 0) return fail_errno("fork");
    int status = 0;
    while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
    return fail_errno("fork");
}

std::string describe(const SpawnRequest& request, Step step) {
    switch (step) {
        case Step::wait:
            return "wait for the caller";
        case Step::descriptors:
            return "pass descriptors to " + request.program;
        case Step::enter_namespace:
            return "enter network namespace " + request.network_namespace;
        case Step::become_user:
            return fmt::format("become user {} group {}", request.uid.value_or(0),
                               request.gid.value_or(0));
        case Step::change_folder:
            return "change to folder /";
        case Step::execute:
            return "execute " + request.program;
    }
    return "start " + request.program;
}

}  // namespace

Result<ProcessIdentity> spawn_detached(const SpawnRequest& request, const BeforeExec& before_exec) {
    Prepared prepared = TRY(prepare(request));
    TRY(fork_detached(prepared));
    prepared.report.write_end.reset();
    prepared.go.read_end.reset();
    pid_t pid = 0;
    const int report = prepared.report.read_end.get();
    if (::read(report, &pid, sizeof pid) != sizeof pid) {
        return fail(Domain::system, "spawn", request.program + ": the new process died at once");
    }
    const auto identity = TRY(identify(pid));
    TRY(before_exec(identity));  // On failure the pipe closes and the child ends.
    if (::write(prepared.go.write_end.get(), "g", 1) != 1) return fail_errno("release the child");
    Report failure{};
    if (::read(report, &failure, sizeof failure) == sizeof failure) {
        errno = failure.error;
        return fail_errno(describe(request, failure.step));
    }
    return identity;
}

Result<std::string> find_program(const std::string& name, const std::string& path) {
    if (name.find('/') != std::string::npos) return name;
    for (const auto& folder : base::split(path, ':')) {
        const std::string candidate = folder + "/" + name;
        struct stat found {};
        if (::access(candidate.c_str(), X_OK) == 0 && ::stat(candidate.c_str(), &found) == 0 &&
            S_ISREG(found.st_mode)) {
            return candidate;
        }
    }
    return fail(Domain::system, "not-found", fmt::format("no program '{}' on {}", name, path));
}

Result<base::UniqueFd> pipe_with(const std::string& text) {
    if (text.size() > pipe_text_max) {
        return fail(Domain::system, "limit", "the text for stdin is longer than a pipe can hold");
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
    base::UniqueFd read_end(ends[0]);
    const base::UniqueFd write_end(ends[1]);
    const int wanted = static_cast<int>(text.size());
    if (::fcntl(write_end.get(), F_GETPIPE_SZ) < wanted &&
        ::fcntl(write_end.get(), F_SETPIPE_SZ, wanted) < 0) {
        return fail_errno("enlarge the stdin pipe");
    }
    TRY(base::write_all(write_end.get(), text));
    return read_end;
}

}  // namespace stormglass::substrate
