#include "planes/front_door/pipe_flow.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace stormglass::front_door {
namespace {

constexpr std::size_t held_max = 64 * 1024;  // A pipe's ordinary size.

}  // namespace

Result<void> PipeFlow::open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return fail_errno("pipe2");
    out_end_ = base::UniqueFd(ends[0]);
    in_end_ = base::UniqueFd(ends[1]);
    return {};
}

bool PipeFlow::fill(int from, bool& readable) {
    if (source_ended_ || !readable || held_ >= held_max) return false;
    const auto got = splice(from, nullptr, in_end_.get(), nullptr, held_max - held_,
                            SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0) {
        held_ += static_cast<std::size_t>(got);
        return true;
    }
    if (got == 0) {
        source_ended_ = true;
        return true;
    }
    if (errno == EINTR) return true;
    if (errno != EAGAIN) {
        broken_ = true;
        return true;
    }
    // With bytes in it, the pipe itself may be what was full: then look again once it is empty.
    if (held_ == 0) readable = false;
    return false;
}

bool PipeFlow::drain(int to, bool& writable) {
    if (held_ == 0 || !writable) return false;
    const auto sent =
        splice(out_end_.get(), nullptr, to, nullptr, held_, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (sent > 0) {
        held_ -= static_cast<std::size_t>(sent);
        moved_bytes_ += sent;
        return true;
    }
    if (sent < 0 && errno == EAGAIN) {
        writable = false;
        return false;
    }
    if (sent < 0 && errno == EINTR) return true;
    broken_ = true;
    return true;
}

PipeFlow::Outcome PipeFlow::move(int from, int to, bool& readable, bool& writable) {
    if (ended_) return Outcome::ended;
    const bool filled = fill(from, readable);
    const bool drained = drain(to, writable);
    if (broken_) return Outcome::broken;
    if (source_ended_ && held_ == 0) {
        ended_ = true;
        shutdown(to, SHUT_WR);
        return Outcome::ended;
    }
    return filled || drained ? Outcome::moved : Outcome::idle;
}

}  // namespace stormglass::front_door
