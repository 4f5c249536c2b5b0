// DynamoDB: tables with items, secondary indexes and the expression language.
#pragma once

#include "api/dynamodb.h"
#include "base/random.h"
#include "services/dynamodb/records.h"

namespace stormglass::dynamodb {

/// Thread-safe: all state is in the store.
class Service final : public api::Api {
public:
    explicit Service(base::Random& random) : random_(random) {}

#include "api/dynamodb_overrides.inc"

private:
    base::Random& random_;
};

}  // namespace stormglass::dynamodb
