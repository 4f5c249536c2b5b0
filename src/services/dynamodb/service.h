// DynamoDB: tables with items, secondary indexes and the expression language.
#pragma once

#include "api/dynamodb.h"
#include "base/random.h"
#include "services/dynamodb/records.h"
#include "store/parsed_records.h"

namespace stormglass::dynamodb {

/// Thread-safe: all state is in the store; what tables' records were parsed to is remembered.
class Service final : public api::Api {
public:
    explicit Service(base::Random& random) : random_(random) {}

#include "api/dynamodb_overrides.inc"

private:
    /// The table of an operation on items, and their error where there is none.
    Result<Table> item_table(wire::Request& request, const std::string& name_or_arn);

    base::Random& random_;
    store::ParsedRecords<Table> parsed_tables_{tables};
};

}  // namespace stormglass::dynamodb
