// A store in memory that may die around every write, and that knows whether a write is open: nobody
// may touch the substrate meanwhile.
#pragma once

#include "store/memory_store.h"

namespace stormglass::sim {

/// Used by one thread.
class FaultyStore final : public store::Store {
public:
    /// Called with "store.write", "store.commit", "store.committed" and "store.durable"; may throw
    /// Crash.
    using Hook = std::function<void(std::string_view point)>;
    explicit FaultyStore(Hook hook) : hook_(std::move(hook)) {}

    std::unique_ptr<store::Tx> read() override { return memory_.read(); }
    Result<std::unique_ptr<store::Tx>> write() override;
    Result<store::Ticket> commit(std::unique_ptr<store::Tx> tx) override;
    Result<void> wait_durable(store::Ticket ticket) override;
    store::Ticket latest() const override { return memory_.latest(); }

    /// Sabotage: nothing is ever made durable.
    void skip_syncs() { skips_syncs_ = true; }
    bool has_open_write() const { return open_writes_ > 0; }
    /// After the daemon's death; nothing may be open. What was committed and not yet durable is
    /// lost, or has reached the disk all the same.
    enum class Unsynced { lost, kept };
    void crash(Unsynced fate);
    std::string dump() const { return memory_.dump(); }

private:
    class Writing;
    Hook hook_;
    store::MemoryStore memory_;
    int open_writes_ = 0;
    bool skips_syncs_ = false;
};

}  // namespace stormglass::sim
