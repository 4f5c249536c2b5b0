// One thread's event loop: epoll (edge-triggered), timers, and work posted from other threads.
// Everything but post() and stop() belongs to the thread that calls run().
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::lb {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

class EventHandler {
public:
    virtual ~EventHandler() = default;
    /// `events` as epoll gives them; 0 when called back by EventLoop::resume_later().
    virtual void on_events(std::uint32_t events) = 0;
};

/// Fires once per schedule(). Cancel it (or destroy the loop) before destroying it.
class Timer {
public:
    explicit Timer(std::function<void()> fire) : fire_(std::move(fire)) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    bool scheduled() const { return slot_ >= 0; }
    TimePoint due() const { return due_; }

private:
    friend class EventLoop;
    std::function<void()> fire_;
    TimePoint due_{};
    int slot_ = -1;  // In the loop's heap.
};

class EventLoop {
public:
    static Result<std::unique_ptr<EventLoop>> create();
    ~EventLoop();

    /// Edge-triggered for reading, writing and hang-up. `handler` must outlive remove().
    Result<void> add(int fd, EventHandler& handler);
    /// Level-triggered, for reading only: listening sockets and the like.
    Result<void> add_level(int fd, EventHandler& handler);
    void remove(int fd);

    void schedule(Timer& timer, TimePoint due);
    void cancel(Timer& timer);

    /// Calls handler.on_events(0) in the next round: how a busy connection yields to others.
    void resume_later(EventHandler& handler);
    /// Destroys the handler after the current round, when no event can name it any more.
    void dispose(std::unique_ptr<EventHandler> handler);

    /// Any thread: runs `work` on the loop's thread.
    void post(std::function<void()> work);
    void run();
    void stop();  // Any thread.

    TimePoint now() const { return now_; }
    /// How late this loop has run in all, compared with when it asked to be woken: while the
    /// process was frozen or starved, others' answers could not be seen, so deadlines must not
    /// count it.
    Duration stalled_total() const { return stalled_total_; }

private:
    EventLoop() = default;
    Result<void> add_with(int fd, EventHandler& handler, std::uint32_t events);
    int wait_ms() const;
    void dispatch(int ready);
    void measure_stall(TimePoint asked, int wait);
    void fire_timers();
    void run_posted();
    void place(int slot, Timer* timer);
    void sift_up(int slot);
    void sift_down(int slot);

    base::UniqueFd epoll_;
    base::UniqueFd wake_;
    std::vector<epoll_event> events_;
    std::vector<Timer*> heap_;
    std::vector<EventHandler*> resumed_;
    std::vector<std::unique_ptr<EventHandler>> disposed_;
    std::mutex mutex_;
    std::vector<std::function<void()>> posted_;  // Guarded by mutex_.
    bool stopping_ = false;                      // Guarded by mutex_.
    TimePoint now_{};
    Duration stalled_total_{};
};

}  // namespace stormglass::lb
