#include "services/rds/keepers.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace stormglass::rds {
namespace {

constexpr base::Millis own_thread{1'000};  // The caller's rest: the thread looks after itself.
constexpr base::Millis rest_min{10};        // However often it is poked.

void poke_at(int fd) {
    const std::uint64_t one = 1;
    (void)!::write(fd, &one, sizeof one);
}

/// Until the rest is over, somebody pokes, or a server ends.
void wait(int poke, const Look& look) {
    std::vector<pollfd> waited{{poke, POLLIN, 0}};
    for (const auto& end : look.ends) waited.push_back({end.get(), POLLIN, 0});
    (void)::poll(waited.data(), waited.size(), static_cast<int>(look.rest.count()));
    std::uint64_t pokes = 0;
    if ((waited[0].revents & POLLIN) != 0) (void)!::read(poke, &pokes, sizeof pokes);
}

}  // namespace

base::Millis Keepers::keep(const std::string& key, const Work& work) {
    if (mode_ == WorkMode::at_once) return work().rest;
    auto& keeper = keepers_[key];
    if (!keeper) {
        keeper = std::make_unique<Keeper>();
        keeper->poke = base::UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        keeper->thread = std::jthread(
            [fd = keeper->poke.get(), work](const std::stop_token& stop) { run(stop, fd, work); });
    } else {
        poke_at(keeper->poke.get());
    }
    return own_thread;
}

void Keepers::run(const std::stop_token& stop, int poke, const Work& work) {
    while (!stop.stop_requested()) {
        const auto look = work();
        if (stop.stop_requested()) return;
        std::this_thread::sleep_for(rest_min);
        wait(poke, look);
    }
}

void Keepers::keep_only(const std::set<std::string>& keys) {
    std::vector<std::unique_ptr<Keeper>> ending;
    for (auto& [key, keeper] : keepers_) {
        if (!keys.contains(key)) ending.push_back(std::move(keeper));
    }
    std::erase_if(keepers_, [&](const auto& entry) { return !keys.contains(entry.first); });
    for (const auto& keeper : ending) {
        keeper->thread.request_stop();
        poke_at(keeper->poke.get());
    }
    for (const auto& keeper : ending) keeper->thread.join();
}

}  // namespace stormglass::rds
