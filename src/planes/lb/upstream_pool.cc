#include "planes/lb/upstream_pool.h"

#include <sys/socket.h>

#include <cerrno>

#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

/// Looks at the socket itself: an end that arrived in this very round has made no event yet.
bool still_silent(Upstream& upstream) {
    char byte = 0;
    const auto got = recv(upstream.stream().fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

}  // namespace

std::unique_ptr<Upstream> UpstreamPool::take(const TargetState& target) {
    const auto found = idle_.find(&target);
    if (found == idle_.end()) return nullptr;
    auto& waiting = found->second;
    while (!waiting.empty()) {
        auto upstream = std::move(waiting.back());  // The one used last is the likeliest alive.
        waiting.pop_back();
        if (!upstream->broken && still_silent(*upstream)) {
            upstream->reused = true;
            return upstream;
        }
        loop_.dispose(std::move(upstream));
    }
    return nullptr;
}

void UpstreamPool::give_back(std::unique_ptr<Upstream> upstream) {
    upstream->user = nullptr;
    auto& waiting = idle_[&upstream->target()];
    const bool wanted = upstream->usable_again() && read(upstream->target().cut_after_ms) == 0 &&
                        waiting.size() < limits::idle_targets_connections_max;
    if (!wanted) return loop_.dispose(std::move(upstream));
    upstream->in.release_if_empty();
    upstream->out.release_if_empty();
    upstream->idle_since = loop_.now();
    waiting.push_back(std::move(upstream));
}

void UpstreamPool::sweep(Duration idle_max) {
    for (auto entry = idle_.begin(); entry != idle_.end();) {
        std::vector<std::unique_ptr<Upstream>> kept;
        for (auto& upstream : entry->second) {
            const bool over = upstream->broken || loop_.now() - upstream->idle_since >= idle_max ||
                              read(upstream->target().cut_after_ms) != 0;
            if (over) {
                loop_.dispose(std::move(upstream));
            } else {
                kept.push_back(std::move(upstream));
            }
        }
        entry->second = std::move(kept);
        entry = entry->second.empty() ? idle_.erase(entry) : std::next(entry);
    }
}

}  // namespace stormglass::lb
