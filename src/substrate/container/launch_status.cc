#include "substrate/container/launch_status.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "base/strings.h"

namespace stormglass::substrate {
namespace {

constexpr std::chrono::milliseconds ready_limit{30'000};
constexpr std::size_t unread_max = 4096;

class StatusReader {
public:
    explicit StatusReader(int fd)
        : fd_(fd), deadline_(std::chrono::steady_clock::now() + ready_limit) {}

    Result<std::string> line() {
        while (buffer_.find('\n') == std::string::npos) TRY(read_more());
        const auto end = buffer_.find('\n');
        std::string text = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return text;
    }

private:
    Result<void> read_more() {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline_ - std::chrono::steady_clock::now());
        pollfd waited{fd_, POLLIN, 0};
        const int ready = ::poll(&waited, 1, static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready < 0 && errno == EINTR) return {};
        if (ready <= 0) return fail(Domain::system, "timeout", "the init was not ready in time");
        char part[512];
        const ssize_t got = ::read(fd_, part, sizeof part);
        if (got <= 0 || buffer_.size() > unread_max) {
            return fail(Domain::system, "init", "the init ended before it was ready");
        }
        buffer_.append(part, static_cast<std::size_t>(got));
        return {};
    }

    int fd_;
    std::chrono::steady_clock::time_point deadline_;
    std::string buffer_;
};

}  // namespace

Result<int> await_ready(int status_fd) {
    StatusReader status(status_fd);
    int pid = 0;
    bool ready = false;
    while (pid == 0 || !ready) {  // Two processes report, in either order.
        const std::string line = TRY(status.line());
        if (line.starts_with("error ")) return fail(Domain::system, "init", line.substr(6));
        if (line.starts_with("pid "))
            pid = static_cast<int>(TRY(base::parse_integer(line.substr(4))));
        if (line == "ready") ready = true;
    }
    return pid;
}

}  // namespace stormglass::substrate
