#include "store/store.h"

namespace stormglass::store {

Result<void> Store::commit_durable(std::unique_ptr<Tx> tx) {
    return wait_durable(TRY(commit(std::move(tx))));
}

}  // namespace stormglass::store
