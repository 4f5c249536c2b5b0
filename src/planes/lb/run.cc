// The process: limits, signals, and a Node.
#include "planes/lb/run.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "base/log.h"
#include "planes/lb/node.h"

namespace stormglass::lb {
namespace {

/// As many descriptors as the machine lets us have.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Buffers come and go with each request: keep their memory instead of giving it back each time.
void tune_allocator() {
    constexpr int keep_bytes = 32 * 1024 * 1024;
    mallopt(M_TRIM_THRESHOLD, keep_bytes);
    mallopt(M_MMAP_THRESHOLD, keep_bytes);
}

sigset_t block_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return set;
}

/// Passes signals to the node until the one that ends it.
void relay_signals(const sigset_t& set, Node& node) {
    for (;;) {
        int number = 0;
        if (sigwait(&set, &number) != 0) continue;
        if (number != SIGHUP) break;
        node.reload();
    }
    node.stop();
}

}  // namespace

int run_lb(const Options& options) {
    // First of all: a signal that came any sooner would end the process, and threads inherit the
    // mask.
    const auto set = block_signals();
    base::start_logging("lb", options.log_level);
    raise_descriptor_limit();
    tune_allocator();
    auto node = Node::create(options);
    if (!node) {
        std::fprintf(stderr, "stormglass lb: %s\n", node.error().message.c_str());
        return 1;
    }
    std::thread signals([&] { relay_signals(set, **node); });
    (*node)->run();
    signals.join();
    return 0;
}

}  // namespace stormglass::lb
