// The store without a disk, for tests and simulation: the same contract, and faults on demand.
#pragma once

#include <memory>

#include "store/store.h"

namespace stormglass::store {

class MemoryStore final : public Store {
public:
    MemoryStore();
    ~MemoryStore() override;

    std::unique_ptr<Tx> read() override;
    Result<std::unique_ptr<Tx>> write() override;
    Result<Ticket> commit(std::unique_ptr<Tx> tx) override;
    Result<void> wait_durable(Ticket ticket) override;
    Ticket latest() const override;

    /// The next commit() fails with this error and changes nothing.
    void fail_next_commit(Error error);
    /// The next wait_durable() fails, and with it the store until crash().
    void fail_next_sync(Error error);
    /// A power cut: what nobody waited for is lost. No transaction may be open.
    void crash();
    /// Everything as text, one "key = value" a line, for comparing states in a simulation.
    std::string dump() const;

private:
    struct State;
    std::unique_ptr<class View> view() const;
    std::unique_ptr<State> state_;
};

}  // namespace stormglass::store
