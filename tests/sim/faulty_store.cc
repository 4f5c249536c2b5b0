#include "faulty_store.h"

#include "base/check.h"

namespace stormglass::sim {

/// Counts itself while it lives.
class FaultyStore::Writing final : public store::Tx {
public:
    Writing(std::unique_ptr<store::Tx> inner, int& open) : inner_(std::move(inner)), open_(open) {
        ++open_;
    }
    ~Writing() override { --open_; }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

    Result<std::optional<std::string>> get(std::string_view key) override {
        return inner_->get(key);
    }
    void put(std::string_view key, std::string_view value) override { inner_->put(key, value); }
    void erase(std::string_view key) override { inner_->erase(key); }
    Result<void> scan(
        std::string_view from, std::string_view to_exclusive, store::Direction direction,
        const std::function<store::Step(std::string_view, std::string_view)>& visit) override {
        return inner_->scan(from, to_exclusive, direction, visit);
    }
    bool is_writable() const override { return true; }

    std::unique_ptr<store::Tx> take() { return std::move(inner_); }

private:
    std::unique_ptr<store::Tx> inner_;
    int& open_;
};

Result<std::unique_ptr<store::Tx>> FaultyStore::write() {
    hook_("store.write");
    return std::make_unique<Writing>(TRY(memory_.write()), open_writes_);
}

Result<store::Ticket> FaultyStore::commit(std::unique_ptr<store::Tx> tx) {
    hook_("store.commit");
    auto* writing = dynamic_cast<Writing*>(tx.get());
    CHECK(writing != nullptr);
    const auto ticket = TRY(memory_.commit(writing->take()));
    tx.reset();
    hook_("store.committed");
    return ticket;
}

Result<void> FaultyStore::wait_durable(store::Ticket ticket) {
    if (!skips_syncs_) TRY(memory_.wait_durable(ticket));
    hook_("store.durable");
    return {};
}

void FaultyStore::crash(Unsynced fate) {
    CHECK(open_writes_ == 0);
    if (fate == Unsynced::kept) (void)memory_.wait_durable(memory_.latest());
    memory_.crash();
}

}  // namespace stormglass::sim
