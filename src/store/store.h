// The ordered key-value store that holds all control-plane state: transactions, snapshots, range
// scans, and durability that is grouped over many transactions. The interface stays within what
// etcd and FoundationDB offer, so that another engine can take its place.
//
// Life of a write: write() takes the one writer's lock; the handler reads and writes; commit()
// applies and makes the result visible, and gives the lock up; wait_durable() returns once an fsync
// covers it. Only then may the caller be answered.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stormglass::store {

enum class Step { next, stop };
enum class Direction { forward, backward };

/// One request's transaction; used by one thread, never outlives its Store.
///
/// Keys are bytes, ordered as unsigned bytes; they are not empty and do not begin with a zero byte
/// (store/key.h makes them). Keys are stored in the clear, values are sealed at rest: nothing
/// secret
/// belongs in a key.
class Tx {
public:
    virtual ~Tx() = default;
    /// Sees this transaction's own writes.
    virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
    virtual void put(std::string_view key, std::string_view value) = 0;
    virtual void erase(std::string_view key) = 0;
    /// Visits keys in [from, to_exclusive) in order; an empty bound is open. Includes this
    /// transaction's uncommitted writes as they were when the scan began; `visit` may itself get,
    /// put, erase and scan.
    virtual Result<void> scan(
        std::string_view from, std::string_view to_exclusive, Direction direction,
        const std::function<Step(std::string_view key, std::string_view value)>& visit) = 0;
    virtual bool is_writable() const = 0;
};

/// Names a commit, for wait_durable(). Later commits have higher numbers.
struct Ticket {
    std::uint64_t number = 0;
};

/// Thread-safe.
class Store {
public:
    virtual ~Store() = default;

    /// A snapshot of what was committed when it was made; put and erase are programming errors.
    virtual std::unique_ptr<Tx> read() = 0;
    /// Takes the writer's lock and holds it until commit() or destruction (which undoes all).
    /// Hold it for microseconds: no waiting, no system calls. Fails when the lock does not come
    /// free
    /// within `writer_wait_max`, or when the store has failed.
    virtual Result<std::unique_ptr<Tx>> write() = 0;
    /// Applies the transaction all at once; visible to others, not yet durable. The writer's lock
    /// is
    /// free afterwards, also after a failure (which leaves nothing behind).
    virtual Result<Ticket> commit(std::unique_ptr<Tx> tx) = 0;
    /// Returns once `ticket` is durable. A failure here ends the store's life: nothing more is
    /// written, since what reached the disk is unknown until the next start.
    virtual Result<void> wait_durable(Ticket ticket) = 0;
    /// The newest commit. A reader that must not show what a power cut could still undo waits for
    /// it.
    virtual Ticket latest() const = 0;

    Result<void> commit_durable(std::unique_ptr<Tx> tx);
};

}  // namespace stormglass::store
