// What both stores' transactions share: writes are buffered in order and laid over the committed
// data that the transaction sees.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "store/store.h"
#include "store/writer_lock.h"

namespace stormglass::store {

/// Walks committed data in order. Key and value stay valid until next().
class Cursor {
public:
    virtual ~Cursor() = default;
    virtual bool valid() const = 0;
    virtual std::string_view key() const = 0;
    virtual Result<std::string_view> value() = 0;
    virtual void next() = 0;
    /// Why the cursor became invalid: success means the end was reached.
    virtual Result<void> outcome() const = 0;
};

/// Committed data as one transaction sees it.
class View {
public:
    virtual ~View() = default;
    virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
    virtual std::unique_ptr<Cursor> cursor(std::string_view from, std::string_view to_exclusive,
                                           Direction direction) = 0;
};

/// A key's new value; nothing means erased.
using WriteSet = std::map<std::string, std::optional<std::string>, std::less<>>;

class BufferedTx final : public Tx {
public:
    /// Writable if it holds the writer's lock. `owner` is the store, to refuse another's commit.
    BufferedTx(const Store* owner, std::unique_ptr<View> view,
               std::optional<WriterLock::Hold> hold);

    Result<std::optional<std::string>> get(std::string_view key) override;
    void put(std::string_view key, std::string_view value) override;
    void erase(std::string_view key) override;
    Result<void> scan(
        std::string_view from, std::string_view to_exclusive, Direction direction,
        const std::function<Step(std::string_view, std::string_view)>& visit) override;
    bool is_writable() const override { return hold_.has_value(); }

    const Store* owner() const { return owner_; }
    const WriteSet& writes() const { return writes_; }

private:
    using Written = std::vector<std::pair<std::string, std::optional<std::string>>>;
    Written written_between(std::string_view from, std::string_view to_exclusive) const;
    void set(std::string_view key, std::optional<std::string> value);

    const Store* owner_;
    std::optional<WriterLock::Hold> hold_;
    std::unique_ptr<View> view_;
    WriteSet writes_;
};

}  // namespace stormglass::store
