// The front door's event loop: one thread, edge-triggered epoll, and a tick for deadlines.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::front_door {

using TimePoint = std::chrono::steady_clock::time_point;

class Handler {
public:
    virtual ~Handler() = default;
    virtual void on_events(std::uint32_t events) = 0;
};

class Loop {
public:
    static Result<std::unique_ptr<Loop>> create();

    enum class Trigger { edge, level };
    Result<void> add(int fd, Handler& handler, Trigger trigger);
    void remove(int fd);
    /// Destroys it after the current round, when no event can name it any more.
    void dispose(std::unique_ptr<Handler> handler);

    /// Calls `tick` every `tick_every`, and whenever wake() was called, until it returns false.
    void run(const std::function<bool()>& tick);
    void wake();  // Any thread.
    TimePoint now() const { return now_; }

    static constexpr std::chrono::milliseconds tick_every{100};

private:
    Loop() = default;

    base::UniqueFd epoll_;
    base::UniqueFd wake_;
    std::vector<epoll_event> events_;
    std::vector<std::unique_ptr<Handler>> disposed_;
    TimePoint now_{};
};

}  // namespace stormglass::front_door
