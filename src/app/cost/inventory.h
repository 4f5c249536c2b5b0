// What is there to be paid for, from the services' records.
#pragma once

#include "app/cost/report.h"
#include "store/store.h"

namespace stormglass::app::cost {

Result<Inventory> take_inventory(store::Tx& tx, base::Time now);

}  // namespace stormglass::app::cost
