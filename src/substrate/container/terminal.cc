#include "substrate/container/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>

namespace stormglass::substrate {
namespace {

/// The operator's terminal passes every key on as it is, and is itself again at the end.
class RawMode {
public:
    RawMode() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios raw = before_;
        ::cfmakeraw(&raw);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
    ~RawMode() {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
    }
    RawMode(const RawMode&) = delete;
    RawMode& operator=(const RawMode&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

void pass_size(const base::UniqueFd& master) {
    winsize size{};
    if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(master.get(), TIOCSWINSZ, &size);
}

/// False at the end of input.
bool copy_some(int from, int to) {
    char part[8192];
    const ssize_t got = ::read(from, part, sizeof part);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    return base::write_all(to, {part, static_cast<std::size_t>(got)}).has_value();
}

/// Blocks these signals and gives a descriptor that reports them.
base::UniqueFd watch_signals() {
    sigset_t watched;
    ::sigemptyset(&watched);
    ::sigaddset(&watched, SIGCHLD);
    ::sigaddset(&watched, SIGWINCH);
    ::sigprocmask(SIG_BLOCK, &watched, nullptr);
    return base::UniqueFd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

Result<Terminal> open_terminal(int init_pid) {
    Terminal terminal;
    const std::string path = fmt::format("/proc/{}/root/dev/pts/ptmx", init_pid);
    terminal.master = base::UniqueFd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.master.valid()) return fail_errno("open " + path);
    const int locked = 0;
    if (::ioctl(terminal.master.get(), TIOCSPTLCK, &locked) != 0)
        return fail_errno("unlock the pty");
    terminal.slave =
        base::UniqueFd(::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.slave.valid()) return fail_errno("open the pty's other end");
    pass_size(terminal.master);
    return terminal;
}

int relay_terminal(const base::UniqueFd& master, pid_t child) {
    const RawMode raw;
    const base::UniqueFd signals = watch_signals();
    int status = 0;
    bool ended = ::waitpid(child, &status, WNOHANG) == child;  // It may have ended already.
    std::array<pollfd, 3> waited{
        {{STDIN_FILENO, POLLIN, 0}, {master.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}}};
    while (!ended) {
        if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) break;
        if (waited[0].revents != 0 && !copy_some(STDIN_FILENO, master.get())) waited[0].fd = -1;
        if (waited[1].revents != 0 && !copy_some(master.get(), STDOUT_FILENO)) waited[1].fd = -1;
        signalfd_siginfo info{};
        while (::read(signals.get(), &info, sizeof info) == sizeof info) {
            if (info.ssi_signo == SIGWINCH) pass_size(master);
        }
        ended = ::waitpid(child, &status, WNOHANG) == child;
    }
    ::fcntl(master.get(), F_SETFL, O_NONBLOCK);  // What is still in the pty.
    char part[8192];
    for (ssize_t got = 0; (got = ::read(master.get(), part, sizeof part)) > 0;) {
        if (!base::write_all(STDOUT_FILENO, {part, static_cast<std::size_t>(got)})) break;
    }
    return status;
}

}  // namespace stormglass::substrate
