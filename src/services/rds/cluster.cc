// Multi-AZ DB clusters (and Aurora): not offered, and said so. DescribeDBClusters answers, because
// tools ask whether there are any.
#include "services/rds/common.h"
#include "services/rds/service.h"

namespace stormglass::rds {

Result<api::CreateDBClusterOutput> Service::create_db_cluster(
    wire::Request&, const api::CreateDBClusterInput& input) {
    return invalid_combination(fmt::format(
        "Stormglass does not support DB clusters: {} cannot be a Multi-AZ DB cluster of engine {}. "
        "Use CreateDBInstance with MultiAZ=true (one standby in a second Availability Zone).",
        input.db_cluster_identifier, input.engine));
}

Result<api::DescribeDBClustersOutput> Service::describe_db_clusters(
    wire::Request&, const api::DescribeDBClustersInput& input) {
    if (input.db_cluster_identifier && !input.db_cluster_identifier->empty()) {
        return api::db_cluster_not_found(
            fmt::format("DBCluster {} not found.", *input.db_cluster_identifier));
    }
    return api::DescribeDBClustersOutput{};
}

}  // namespace stormglass::rds
