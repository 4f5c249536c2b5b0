#include "store/buffered_tx.h"

#include "base/check.h"

namespace stormglass::store {
namespace {

using Visit = std::function<Step(std::string_view, std::string_view)>;

/// Keys below this are the store's own (its schema record).
constexpr std::string_view first_user_key{"\x01", 1};

bool is_user_key(std::string_view key) { return key >= first_user_key; }

/// Merges what is committed with what is written; on equal keys the written one counts.
class Merge {
public:
    Merge(Cursor& committed, Direction direction) : committed_(committed), direction_(direction) {}

    /// Passes on committed rows that come before `limit`; all of them without a limit.
    Result<Step> committed_before(const std::string* limit, const Visit& visit) {
        while (committed_.valid() && (limit == nullptr || is_before(committed_.key(), *limit))) {
            if (visit(committed_.key(), TRY(committed_.value())) == Step::stop) return Step::stop;
            committed_.next();
        }
        TRY(committed_.outcome());
        return Step::next;
    }

    void skip(std::string_view key) {
        if (committed_.valid() && committed_.key() == key) committed_.next();
    }

private:
    bool is_before(std::string_view a, std::string_view b) const {
        return direction_ == Direction::forward ? a < b : a > b;
    }

    Cursor& committed_;
    Direction direction_;
};

}  // namespace

BufferedTx::BufferedTx(const Store* owner, std::unique_ptr<View> view,
                       std::optional<WriterLock::Hold> hold)
    : owner_(owner), hold_(std::move(hold)), view_(std::move(view)) {}

Result<std::optional<std::string>> BufferedTx::get(std::string_view key) {
    CHECK(is_user_key(key));
    if (!writes_.empty()) {
        const auto found = writes_.find(key);
        if (found != writes_.end()) return found->second;
    }
    return view_->get(key);
}

void BufferedTx::put(std::string_view key, std::string_view value) { set(key, std::string(value)); }

void BufferedTx::erase(std::string_view key) { set(key, std::nullopt); }

void BufferedTx::set(std::string_view key, std::optional<std::string> value) {
    CHECK(is_writable());
    CHECK(is_user_key(key));
    const auto found = writes_.lower_bound(key);
    if (found != writes_.end() && found->first == key) {
        found->second = std::move(value);
    } else {
        writes_.emplace_hint(found, std::string(key), std::move(value));
    }
}

BufferedTx::Written BufferedTx::written_between(std::string_view from,
                                                std::string_view to_exclusive) const {
    const auto first = writes_.lower_bound(from);
    const auto last = to_exclusive.empty() ? writes_.end() : writes_.lower_bound(to_exclusive);
    return {first, last};
}

Result<void> BufferedTx::scan(std::string_view from, std::string_view to_exclusive,
                              Direction direction, const Visit& visit) {
    from = std::max(from, first_user_key);
    if (!to_exclusive.empty() && from >= to_exclusive) return {};
    // Copied, so that `visit` may write.
    Written written = written_between(from, to_exclusive);
    if (direction == Direction::backward) std::reverse(written.begin(), written.end());
    const auto cursor = view_->cursor(from, to_exclusive, direction);
    Merge merge(*cursor, direction);
    for (const auto& [key, value] : written) {
        if (TRY(merge.committed_before(&key, visit)) == Step::stop) return {};
        merge.skip(key);
        if (value && visit(key, *value) == Step::stop) return {};
    }
    TRY(merge.committed_before(nullptr, visit));
    return {};
}

}  // namespace stormglass::store
