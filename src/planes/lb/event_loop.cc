// The loop's order matters: events, then resumed work, then posted work, then timers. A timer thus
// never fires before an answer that had already arrived was looked at.
#include "planes/lb/event_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace stormglass::lb {
namespace {

constexpr int events_per_round = 256;
constexpr int wait_max_ms = 1000;
constexpr std::chrono::milliseconds stall_min{250};  // Ordinary scheduling delays do not count.

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
    std::unique_ptr<EventLoop> loop(new EventLoop());
    loop->epoll_ = base::UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    if (!loop->epoll_.valid()) return fail_errno("epoll_create1");
    loop->wake_ = base::UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!loop->wake_.valid()) return fail_errno("eventfd");
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (epoll_ctl(loop->epoll_.get(), EPOLL_CTL_ADD, loop->wake_.get(), &event) < 0) {
        return fail_errno("epoll_ctl eventfd");
    }
    loop->events_.resize(events_per_round);
    loop->now_ = std::chrono::steady_clock::now();
    return loop;
}

EventLoop::~EventLoop() {
    for (Timer* timer : heap_) timer->slot_ = -1;
}

Result<void> EventLoop::add_with(int fd, EventHandler& handler, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.ptr = &handler}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) return fail_errno("epoll_ctl add");
    return {};
}

Result<void> EventLoop::add(int fd, EventHandler& handler) {
    return add_with(fd, handler, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

Result<void> EventLoop::add_level(int fd, EventHandler& handler) {
    return add_with(fd, handler, EPOLLIN);
}

void EventLoop::remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::resume_later(EventHandler& handler) { resumed_.push_back(&handler); }

void EventLoop::dispose(std::unique_ptr<EventHandler> handler) {
    std::erase(resumed_, handler.get());
    disposed_.push_back(std::move(handler));
}

void EventLoop::post(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(work));
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
}

void EventLoop::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    post([] {});
}

int EventLoop::wait_ms() const {
    if (!resumed_.empty()) return 0;
    if (heap_.empty()) return wait_max_ms;
    const auto left = heap_.front()->due_ - std::chrono::steady_clock::now();
    if (left <= Duration::zero()) return 0;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count() + 1;
    return static_cast<int>(std::min<long long>(ms, wait_max_ms));
}

void EventLoop::measure_stall(TimePoint asked, int wait) {
    const auto late = now_ - asked - std::chrono::milliseconds(wait);
    if (late > stall_min) stalled_total_ += late;
}

void EventLoop::run() {
    for (auto asked = std::chrono::steady_clock::now();;) {
        const int wait = wait_ms();
        const int ready = epoll_wait(epoll_.get(), events_.data(), events_per_round, wait);
        now_ = std::chrono::steady_clock::now();
        measure_stall(asked, wait);
        asked = now_;  // The work below counts as stall too, when it takes long.
        dispatch(std::max(ready, 0));
        run_posted();
        fire_timers();
        std::exchange(disposed_, {}).clear();
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
    }
}

void EventLoop::dispatch(int ready) {
    auto resumed = std::move(resumed_);
    resumed_.clear();
    for (int i = 0; i < ready; ++i) {
        auto* handler = static_cast<EventHandler*>(events_[i].data.ptr);
        if (handler != nullptr) handler->on_events(events_[i].events);
    }
    for (EventHandler* handler : resumed) {
        const bool gone = std::any_of(disposed_.begin(), disposed_.end(),
                                      [&](const auto& dead) { return dead.get() == handler; });
        if (!gone) handler->on_events(0);
    }
}

void EventLoop::run_posted() {
    std::vector<std::function<void()>> work;
    {
        const std::lock_guard lock(mutex_);
        if (posted_.empty()) return;
        work.swap(posted_);
        std::uint64_t count = 0;
        [[maybe_unused]] const auto got = read(wake_.get(), &count, sizeof count);
    }
    for (auto& item : work) item();
}

void EventLoop::fire_timers() {
    while (!heap_.empty() && heap_.front()->due_ <= now_) {
        Timer* timer = heap_.front();
        cancel(*timer);
        timer->fire_();
    }
}

void EventLoop::schedule(Timer& timer, TimePoint due) {
    if (timer.slot_ >= 0) cancel(timer);
    timer.due_ = due;
    heap_.push_back(&timer);
    timer.slot_ = static_cast<int>(heap_.size()) - 1;
    sift_up(timer.slot_);
}

void EventLoop::cancel(Timer& timer) {
    if (timer.slot_ < 0) return;
    const int slot = timer.slot_;
    timer.slot_ = -1;
    Timer* last = heap_.back();
    heap_.pop_back();
    if (last == &timer) return;
    place(slot, last);
    sift_up(slot);
    sift_down(last->slot_);
}

void EventLoop::place(int slot, Timer* timer) {
    heap_[slot] = timer;
    timer->slot_ = slot;
}

void EventLoop::sift_up(int slot) {
    while (slot > 0) {
        const int parent = (slot - 1) / 2;
        if (heap_[parent]->due_ <= heap_[slot]->due_) return;
        Timer* moved = heap_[slot];
        place(slot, heap_[parent]);
        place(parent, moved);
        slot = parent;
    }
}

void EventLoop::sift_down(int slot) {
    for (;;) {
        int least = slot;
        for (const int child : {2 * slot + 1, 2 * slot + 2}) {
            if (child < static_cast<int>(heap_.size()) && heap_[child]->due_ < heap_[least]->due_) {
                least = child;
            }
        }
        if (least == slot) return;
        Timer* moved = heap_[slot];
        place(slot, heap_[least]);
        place(least, moved);
        slot = least;
    }
}

}  // namespace stormglass::lb
