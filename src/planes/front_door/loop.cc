#include "planes/front_door/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace stormglass::front_door {
namespace {

constexpr int events_per_round = 256;

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create() {
    std::unique_ptr<Loop> loop(new Loop());
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

Result<void> Loop::add(int fd, Handler& handler, Trigger trigger) {
    const std::uint32_t edge = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    epoll_event event{.events = trigger == Trigger::edge ? edge : std::uint32_t{EPOLLIN},
                      .data = {.ptr = &handler}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) return fail_errno("epoll_ctl add");
    return {};
}

void Loop::remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Loop::dispose(std::unique_ptr<Handler> handler) { disposed_.push_back(std::move(handler)); }

void Loop::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
}

void Loop::run(const std::function<bool()>& tick) {
    for (auto next_tick = std::chrono::steady_clock::now();;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            next_tick - std::chrono::steady_clock::now());
        const int wait = static_cast<int>(std::max<long long>(left.count() + 1, 0));
        const int ready = epoll_wait(epoll_.get(), events_.data(), events_per_round, wait);
        now_ = std::chrono::steady_clock::now();
        bool woken = false;
        for (int i = 0; i < ready; ++i) {
            auto* handler = static_cast<Handler*>(events_[i].data.ptr);
            woken |= handler == nullptr;
            if (handler != nullptr) handler->on_events(events_[i].events);
        }
        if (woken) {
            std::uint64_t count = 0;
            [[maybe_unused]] const auto got = read(wake_.get(), &count, sizeof count);
        }
        if (woken || now_ >= next_tick) {
            if (!tick()) return;
            next_tick = now_ + tick_every;
        }
        std::exchange(disposed_, {}).clear();
    }
}

}  // namespace stormglass::front_door
