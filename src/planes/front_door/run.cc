// The process: descriptor limit, signals, and a FrontDoor.
#include "planes/front_door/run.h"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "base/log.h"
#include "planes/front_door/front_door.h"

namespace stormglass::front_door {
namespace {

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

sigset_t block_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return set;
}

void relay_signals(const sigset_t& set, FrontDoor& door) {
    for (;;) {
        int number = 0;
        if (sigwait(&set, &number) != 0) continue;
        if (number != SIGHUP) break;
        door.reload();
    }
    door.stop();
}

}  // namespace

int run_front_door(const Options& options) {
    // First of all: a signal that came any sooner would end the process, and threads inherit the
    // mask.
    const auto set = block_signals();
    base::start_logging("front-door", options.log_level);
    raise_descriptor_limit();
    auto door = FrontDoor::create(options);
    if (!door) {
        std::fprintf(stderr, "stormglass front-door: %s\n", door.error().message.c_str());
        return 1;
    }
    std::thread signals([&] { relay_signals(set, **door); });
    (*door)->run();
    signals.join();
    return 0;
}

}  // namespace stormglass::front_door
