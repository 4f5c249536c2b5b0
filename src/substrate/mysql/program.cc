#include "substrate/mysql/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/file.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr std::size_t output_max = 4u << 20;
constexpr std::size_t shown_max = 2000;  // Of the output, in an error's text.

/// A descriptor that reads `text` from its start; in memory only.
Result<base::UniqueFd> memory_file(const std::string& text) {
    base::UniqueFd fd(::memfd_create("stdin", MFD_CLOEXEC));
    if (!fd.valid()) return fail_errno("memfd_create");
    TRY(base::write_all(fd.get(), text));
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return fail_errno("lseek");
    return fd;
}

Result<pid_t> spawn(const std::vector<std::string>& argv, int input, int output) {
    std::vector<char*> arguments;
    for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::string language = "LC_ALL=C";
    std::array<char*, 3> environment{path.data(), language.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(),
                                     environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error == 0) return pid;
    errno = error;
    return fail_errno("start " + argv[0]);
}

/// Reads until the other end closes; false if the limit passes first.
bool drain(int fd, std::string& output, std::chrono::steady_clock::time_point until) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd waiting{fd, POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
        std::array<char, 16384> part;
        const ssize_t got = ::read(fd, part.data(), part.size());
        if (got == 0 || (got < 0 && errno != EINTR)) return true;
        if (got > 0 && output.size() < output_max) {
            output.append(part.data(), static_cast<std::size_t>(got));
        }
    }
}

}  // namespace

Result<std::string> run_program(const ProgramRun& run) {
    const auto until = std::chrono::steady_clock::now() + run.limit;
    const auto input = TRY(memory_file(run.stdin_text));
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
    const base::UniqueFd reading(ends[0]);
    base::UniqueFd writing(ends[1]);
    const pid_t pid = TRY(spawn(run.argv, input.get(), writing.get()));
    writing.reset();
    std::string output;
    const bool ended = drain(reading.get(), output, until);
    if (!ended) ::kill(-pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended) return fail(Domain::system, "Timeout", run.argv[0] + " did not end in time");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
    const auto from = output.size() > shown_max ? output.size() - shown_max : 0;
    return fail(Domain::system, "ProgramFailed", run.argv[0] + " failed: " + output.substr(from));
}

}  // namespace stormglass::substrate::mysql
