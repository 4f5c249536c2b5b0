#include "app/reset.h"

#include <algorithm>
#include <set>

#include "base/strings.h"

namespace stormglass::app {
namespace {

constexpr base::Millis poll_pause{50};
constexpr std::size_t named_max = 10;  // Of what remains, in the error.

/// Every key in one transaction: nobody sees half of a region.
Result<void> wipe(const ResetParts& parts) {
    auto tx = TRY(parts.store.write());
    const auto delete_files = TRY(parts.prepare_files(*tx));
    std::vector<std::string> keys;
    TRY(tx->scan({}, {}, store::Direction::forward, [&](std::string_view key, std::string_view) {
        keys.emplace_back(key);
        return store::Step::next;
    }));
    for (const auto& key : keys) tx->erase(key);
    TRY(parts.store.commit_durable(std::move(tx)));
    delete_files();
    return {};
}

std::vector<std::string> still_there(const std::vector<std::string>& before,
                                     const std::vector<std::string>& now) {
    const std::set<std::string> seen(now.begin(), now.end());
    std::vector<std::string> left;
    std::copy_if(before.begin(), before.end(), std::back_inserter(left),
                 [&](const std::string& name) { return seen.contains(name); });
    return left;
}

Error remains(std::vector<std::string> left) {
    const std::size_t count = left.size();
    if (count > named_max) left.resize(named_max);
    return {Domain::system, "Remains",
            fmt::format("the records are gone, but {} things are still being taken down: {}", count,
                        base::join(left, ", ")), 0, {}};
}

Result<bool> has_records(store::Store& store) {
    bool any = false;
    TRY(store.read()->scan({}, {}, store::Direction::forward, [&](std::string_view, std::string_view) {
        any = true;
        return store::Step::stop;
    }));
    return any;
}

/// What was there before, and while nobody creates anew everything (a launch that was under way).
Result<std::vector<std::string>> left_of(const ResetParts& parts,
                                         const std::vector<std::string>& before) {
    auto now = TRY(parts.reality());
    if (!now.empty() && TRY(has_records(parts.store))) return still_there(before, now);
    return now;
}

Result<void> await_end_of(const ResetParts& parts, const std::vector<std::string>& before) {
    const auto until = std::chrono::steady_clock::now() + parts.reality_patience;
    for (;;) {
        auto left = TRY(left_of(parts, before));
        if (left.empty()) return {};
        if (std::chrono::steady_clock::now() > until) return std::unexpected(remains(std::move(left)));
        parts.reconcilers.wake();
        std::this_thread::sleep_for(poll_pause);
    }
}

}  // namespace

Result<void> reset_everything(const ResetParts& parts) {
    // A pass in progress could write back what it read before.
    TRY(parts.reconcilers.pause(parts.pause_patience));
    const auto before = parts.reality();
    const auto wiped = before ? wipe(parts) : Result<void>{};
    parts.reconcilers.resume();
    TRY(Result<void>(wiped));
    if (!before) return std::unexpected(before.error());
    return await_end_of(parts, *before);
}

}  // namespace stormglass::app
