#include "store/memory_store.h"

#include <map>
#include <mutex>
#include <set>

#include "base/check.h"
#include "base/strings.h"
#include "store/buffered_tx.h"
#include "store/key.h"

namespace stormglass::store {
namespace {

struct Version {
    std::uint64_t number;
    std::optional<std::string> value;  // Nothing: erased.
};
using History = std::vector<Version>;  // Oldest first, never empty.
using Rows = std::map<std::string, History, std::less<>>;

/// What a reader at `number` sees.
const std::string* seen_at(const History& history, std::uint64_t number) {
    for (auto version = history.rbegin(); version != history.rend(); ++version) {
        if (version->number <= number) return version->value ? &*version->value : nullptr;
    }
    return nullptr;
}

}  // namespace

struct MemoryStore::State {
    mutable std::mutex mutex;
    Rows rows;
    std::set<std::string> changed;  // Rows that may hold versions nobody can see any more.
    std::uint64_t latest = 0;
    std::uint64_t durable = 0;
    std::multiset<std::uint64_t> snapshots;
    std::optional<Error> next_commit_error;
    std::optional<Error> next_sync_error;
    std::optional<Error> failure;
    WriterLock writer;

    void prune();
    void apply(const WriteSet& writes);
};

/// Drops versions that no snapshot and no crash() can bring back.
void MemoryStore::State::prune() {
    std::uint64_t floor = std::min(latest, durable);
    if (!snapshots.empty()) floor = std::min(floor, *snapshots.begin());
    std::erase_if(changed, [&](const std::string& key) {
        const auto row = rows.find(key);
        if (row == rows.end()) return true;
        History& history = row->second;
        while (history.size() > 1 && history[1].number <= floor) history.erase(history.begin());
        if (history.size() > 1 || history[0].number > floor) return false;
        if (!history[0].value) rows.erase(row);
        return true;
    });
}

void MemoryStore::State::apply(const WriteSet& writes) {
    ++latest;
    for (const auto& [key, value] : writes) {
        rows[key].push_back({latest, value});
        changed.insert(key);
    }
}

namespace {

/// Steps by key under the lock, so that nothing is held while the visitor runs.
class MemoryCursor final : public Cursor {
public:
    MemoryCursor(std::mutex& mutex, const Rows& rows, std::uint64_t number, std::string from,
                 std::string to, Direction direction)
        : mutex_(mutex),
          rows_(rows),
          number_(number),
          from_(std::move(from)),
          to_(std::move(to)),
          direction_(direction) {
        const std::lock_guard guard(mutex_);
        settle(direction == Direction::forward ? rows_.lower_bound(from_) : upper_end());
    }

    bool valid() const override { return valid_; }
    std::string_view key() const override { return key_; }
    Result<std::string_view> value() override { return value_; }
    Result<void> outcome() const override { return {}; }

    void next() override {
        const std::lock_guard guard(mutex_);
        settle(direction_ == Direction::forward ? rows_.upper_bound(key_)
                                                : rows_.lower_bound(key_));
    }

private:
    Rows::const_iterator upper_end() const {
        return to_.empty() ? rows_.end() : rows_.lower_bound(to_);
    }

    /// Takes the first visible row from `at` on; going backward, from before `at`.
    void settle(Rows::const_iterator at) {
        valid_ = false;
        for (;;) {
            if (direction_ == Direction::backward) {
                if (at == rows_.begin()) return;
                --at;
            }
            if (at == rows_.end() || (!to_.empty() && at->first >= to_) || at->first < from_)
                return;
            if (const std::string* value = seen_at(at->second, number_)) {
                key_ = at->first;
                value_ = *value;
                valid_ = true;
                return;
            }
            if (direction_ == Direction::forward) ++at;
        }
    }

    std::mutex& mutex_;
    const Rows& rows_;
    std::uint64_t number_;
    std::string from_, to_;
    Direction direction_;
    bool valid_ = false;
    std::string key_, value_;
};

class MemoryView final : public View {
public:
    MemoryView(std::mutex& mutex, const Rows& rows, std::uint64_t number,
               std::multiset<std::uint64_t>& snapshots)
        : mutex_(mutex), rows_(rows), number_(number), snapshots_(snapshots) {}
    ~MemoryView() override {
        const std::lock_guard guard(mutex_);
        snapshots_.erase(snapshots_.find(number_));
    }

    Result<std::optional<std::string>> get(std::string_view key) override {
        const std::lock_guard guard(mutex_);
        const auto row = rows_.find(key);
        if (row == rows_.end()) return std::nullopt;
        const std::string* value = seen_at(row->second, number_);
        return value != nullptr ? std::optional(*value) : std::nullopt;
    }

    std::unique_ptr<Cursor> cursor(std::string_view from, std::string_view to_exclusive,
                                   Direction direction) override {
        return std::make_unique<MemoryCursor>(mutex_, rows_, number_, std::string(from),
                                              std::string(to_exclusive), direction);
    }

private:
    std::mutex& mutex_;
    const Rows& rows_;
    std::uint64_t number_;
    std::multiset<std::uint64_t>& snapshots_;
};

}  // namespace

MemoryStore::MemoryStore() : state_(std::make_unique<State>()) {}
MemoryStore::~MemoryStore() = default;

std::unique_ptr<View> MemoryStore::view() const {
    State& state = *state_;
    const std::lock_guard guard(state.mutex);
    state.snapshots.insert(state.latest);
    return std::make_unique<MemoryView>(state.mutex, state.rows, state.latest, state.snapshots);
}

std::unique_ptr<Tx> MemoryStore::read() {
    return std::make_unique<BufferedTx>(this, view(), std::nullopt);
}

Result<std::unique_ptr<Tx>> MemoryStore::write() {
    auto hold = state_->writer.acquire();
    if (!hold) return fail(Domain::store, "Busy", "another transaction holds the writer's lock");
    {
        const std::lock_guard guard(state_->mutex);
        if (state_->failure) return std::unexpected(*state_->failure);
    }
    return std::make_unique<BufferedTx>(this, view(), std::move(hold));
}

Result<Ticket> MemoryStore::commit(std::unique_ptr<Tx> tx) {
    const auto& buffered = static_cast<const BufferedTx&>(*tx);
    CHECK(buffered.is_writable());
    CHECK(buffered.owner() == this);
    Result<Ticket> outcome;
    {
        const std::lock_guard guard(state_->mutex);
        if (const auto error = std::exchange(state_->next_commit_error, std::nullopt)) {
            outcome = std::unexpected(*error);
        } else {
            if (!buffered.writes().empty()) state_->apply(buffered.writes());
            outcome = Ticket{state_->latest};
        }
    }
    tx.reset();  // Gives the writer's lock up.
    return outcome;
}

Result<void> MemoryStore::wait_durable(Ticket ticket) {
    const std::lock_guard guard(state_->mutex);
    if (const auto error = std::exchange(state_->next_sync_error, std::nullopt)) {
        state_->failure = error;
    }
    if (ticket.number <= state_->durable) return {};
    if (state_->failure) return std::unexpected(*state_->failure);
    state_->durable = state_->latest;
    state_->prune();
    return {};
}

Ticket MemoryStore::latest() const {
    const std::lock_guard guard(state_->mutex);
    return Ticket{state_->latest};
}

void MemoryStore::fail_next_commit(Error error) {
    const std::lock_guard guard(state_->mutex);
    state_->next_commit_error = std::move(error);
}

void MemoryStore::fail_next_sync(Error error) {
    const std::lock_guard guard(state_->mutex);
    state_->next_sync_error = std::move(error);
}

void MemoryStore::crash() {
    const std::lock_guard guard(state_->mutex);
    CHECK(state_->snapshots.empty());
    const auto is_lost = [&](const Version& version) { return version.number > state_->durable; };
    for (auto row = state_->rows.begin(); row != state_->rows.end();) {
        std::erase_if(row->second, is_lost);
        row = row->second.empty() ? state_->rows.erase(row) : std::next(row);
    }
    state_->latest = state_->durable;
    state_->failure.reset();
    state_->prune();
}

std::string MemoryStore::dump() const {
    const std::lock_guard guard(state_->mutex);
    std::string text;
    for (const auto& [key, history] : state_->rows) {
        const std::string* value = seen_at(history, state_->latest);
        if (value == nullptr) continue;
        const auto parts = parts_of(key);
        text += parts ? base::join(*parts, "/") : base::hex_encode(key);
        text += " = " + *value + "\n";
    }
    return text;
}

}  // namespace stormglass::store
