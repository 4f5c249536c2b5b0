#include "substrate/container/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <deque>

namespace stormglass::substrate {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds shutdown_limit{90};  // What systemd gives its services.
constexpr int exec_failed_status = 127;
constexpr int reads_per_pass = 16;

const char* const script_environment[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "USER=root",
    "LOGNAME=root",
    "SHELL=/bin/bash",
    "LANG=C.UTF-8",
    nullptr};

std::string describe(int status) {
    if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
    return fmt::format("ended with exit status {}", WEXITSTATUS(status));
}

class Supervisor {
public:
    Supervisor(ConsoleLog& console, const BootPlan& plan)
        : console_(console), waiting_(plan.scripts.begin(), plan.scripts.end()) {}

    Result<void> open();
    int run();

private:
    void start_next();
    void start(const BootScript& script);
    void handle_signals();
    void reap();
    void begin_shutdown();
    void copy_output();
    bool must_end() const;
    int patience_ms() const;

    ConsoleLog& console_;
    std::deque<BootScript> waiting_;
    BootScript current_;
    pid_t current_pid_ = 0;
    SteadyClock::time_point current_since_;
    base::UniqueFd signals_, output_read_, output_write_;
    bool stopping_ = false;
    bool childless_ = false;
    SteadyClock::time_point stop_at_;
};

Result<void> Supervisor::open() {
    sigset_t handled;
    ::sigfillset(&handled);
    if (::sigprocmask(SIG_SETMASK, &handled, nullptr) != 0) return fail_errno("block signals");
    signals_ = base::UniqueFd(::signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals_.valid()) return fail_errno("signalfd");
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe");
    output_read_ = base::UniqueFd(ends[0]);
    output_write_ = base::UniqueFd(ends[1]);
    if (::fcntl(output_read_.get(), F_SETFL, O_NONBLOCK) != 0) return fail_errno("fcntl");
    return {};
}

int Supervisor::run() {
    start_next();
    while (!must_end()) {
        std::array<pollfd, 2> waited{
            {{signals_.get(), POLLIN, 0}, {output_read_.get(), POLLIN, 0}}};
        ::poll(waited.data(), waited.size(), patience_ms());
        copy_output();
        handle_signals();
    }
    copy_output();
    console_.say("shut down");
    return 0;
}

bool Supervisor::must_end() const {
    return stopping_ && (childless_ || SteadyClock::now() >= stop_at_);
}

int Supervisor::patience_ms() const {
    if (!stopping_) return -1;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(stop_at_ - SteadyClock::now());
    return static_cast<int>(std::max<long>(left.count(), 0));
}

void Supervisor::start_next() {
    while (current_pid_ == 0 && !waiting_.empty() && !stopping_) {
        current_ = waiting_.front();
        waiting_.pop_front();
        start(current_);
    }
}

[[noreturn]] void become_script(const char* path, int output) {
    const int score = ::open("/proc/self/oom_score_adj", O_WRONLY);
    (void)!::write(score, "0", 1);  // The init's own is very low, and would be inherited.
    const int input = ::open("/dev/null", O_RDONLY);
    ::dup2(input, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::close_range(3, ~0U, 0);
    ::setsid();
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    char* const argv[] = {const_cast<char*>(path), nullptr};
    ::execve(path, argv, const_cast<char* const*>(script_environment));
    ::dprintf(2, "[stormglass] cannot execute %s: %m\n", path);
    ::_exit(exec_failed_status);
}

void Supervisor::start(const BootScript& script) {
    console_.say((script.is_user_data ? "running user data " : "running ") + script.path);
    current_since_ = SteadyClock::now();
    const pid_t child = ::fork();
    if (child == 0) become_script(script.path.c_str(), output_write_.get());
    if (child < 0) {
        console_.say("cannot start " + script.path + ": " + fail_errno("fork").error().message);
        return;
    }
    current_pid_ = child;
    childless_ = false;
}

void Supervisor::handle_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
            case SIGCHLD:
                reap();
                break;
            case SIGTERM:
            case SIGINT:
            case SIGPWR:
                begin_shutdown();
                break;
            default:
                break;
        }
    }
}

void Supervisor::reap() {
    int status = 0;
    for (;;) {
        const pid_t ended = ::waitpid(-1, &status, WNOHANG);
        if (ended == 0) return;
        if (ended < 0) {
            childless_ = errno == ECHILD;
            return;
        }
        if (ended != current_pid_) continue;
        copy_output();
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() -
                                                                                current_since_);
        console_.say(fmt::format("{} {} after {} ms",
                                 current_.is_user_data ? "user data" : current_.path,
                                 describe(status), took.count()));
        current_pid_ = 0;
        start_next();
    }
}

void Supervisor::begin_shutdown() {
    if (stopping_) return;
    console_.say("shutting down");
    stopping_ = true;
    stop_at_ = SteadyClock::now() + shutdown_limit;
    ::kill(-1, SIGTERM);
    ::kill(-1, SIGCONT);  // A stopped process could not act on it.
    reap();
}

void Supervisor::copy_output() {
    char part[16384];
    // Bounded: a program that never stops writing must not keep us from signals.
    for (int reads = 0; reads < reads_per_pass; ++reads) {
        const ssize_t got = ::read(output_read_.get(), part, sizeof part);
        if (got <= 0) return;
        console_.write({part, static_cast<std::size_t>(got)});
    }
}

}  // namespace

int supervise(ConsoleLog& console, const BootPlan& plan, const std::string& instance_id) {
    console.say(fmt::format("{}: {}", instance_id, plan.first_boot ? "first boot" : "boot"));
    for (const auto& remark : plan.remarks) console.say(remark);
    Supervisor supervisor(console, plan);
    if (const auto opened = supervisor.open(); !opened) {
        console.say("init cannot run: " + opened.error().message);
        return 1;
    }
    return supervisor.run();
}

}  // namespace stormglass::substrate
