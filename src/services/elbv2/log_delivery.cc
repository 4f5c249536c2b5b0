#include "services/elbv2/log_delivery.h"

#include "services/elbv2/access.h"
#include "services/elbv2/attributes.h"

namespace stormglass::elbv2 {
namespace {

constexpr const char* service_principal = "logdelivery.elasticloadbalancing.amazonaws.com";

/// AWS's own account that writes the logs of a region, as bucket policies name it (AWS documents
/// them under "Enable access logs"). Newer regions have the service principal alone.
struct RegionAccount {
    std::string_view region, account;
};
constexpr RegionAccount region_accounts[] = {
    {"af-south-1", "098369216593"},     {"ap-east-1", "754344448648"},
    {"ap-northeast-1", "582318560864"}, {"ap-northeast-2", "600734575887"},
    {"ap-northeast-3", "383597477331"}, {"ap-south-1", "718504428378"},
    {"ap-southeast-1", "114774131450"}, {"ap-southeast-2", "783225319266"},
    {"ap-southeast-3", "589379963580"}, {"ca-central-1", "985666609251"},
    {"eu-central-1", "054676820928"},   {"eu-north-1", "897822967062"},
    {"eu-south-1", "635631232127"},     {"eu-west-1", "156460612806"},
    {"eu-west-2", "652711504416"},      {"eu-west-3", "009996457667"},
    {"me-south-1", "076674570225"},     {"sa-east-1", "507241528517"},
    {"us-east-1", "127311923021"},      {"us-east-2", "033677994240"},
    {"us-west-1", "027434742980"},      {"us-west-2", "797873946194"},
};

std::string account_of(std::string_view region) {
    for (const auto& one : region_accounts) {
        if (one.region == region) return std::string(one.account);
    }
    return {};
}

std::string folder_of(const LogDestination& to) {
    return fmt::format("{}{}AWSLogs/{}", to.prefix, to.prefix.empty() ? "" : "/", to.account);
}

}  // namespace

LogDestination log_destination(const std::string& account, const std::string& region,
                               const LoadBalancer& balancer) {
    const auto value = [&](std::string_view key) {
        return attribute(load_balancer_attributes(), balancer.attributes, key);
    };
    return {account, region, balancer.arn, balancer.name, balancer.id, {},
            value("access_logs.s3.bucket"), value("access_logs.s3.prefix")};
}

services::DeliverySender log_sender(const LogDestination& to) {
    return {service_principal, account_of(to.region), to.region, to.account, to.balancer_arn};
}

std::string log_key(const LogDestination& to, base::Time end, const std::string& random) {
    const std::string stamp = base::amz_date(end);  // "20261124T150257Z"
    const std::string minute = stamp.substr(0, stamp.size() - 3) + "Z";
    return fmt::format("{0}/elasticloadbalancing/{1}/{2}/{3}/{4}/"
                       "{5}_elasticloadbalancing_{1}_app.{6}.{7}_{8}_{9}_{10}.log.gz",
                       folder_of(to), to.region, stamp.substr(0, 4), stamp.substr(4, 2),
                       stamp.substr(6, 2), to.account, to.balancer_name, to.balancer_id, minute,
                       to.node_address, random);
}

Result<void> try_log_destination(services::ObjectDelivery* delivery, const LogDestination& to,
                                 base::Time now) {
    if (delivery == nullptr) return unsupported("access logs without S3");
    const auto tried = delivery->deliver(
        log_sender(to), {to.bucket, folder_of(to) + "/ELBAccessLogTestFile", "text/plain",
                         fmt::format("Enable AccessLog for ELB: {} at {}\n", to.balancer_name,
                                     base::iso8601_millis(now))});
    if (tried) return {};
    if (tried.error().domain != Domain::aws) return tried;
    const std::string& code = tried.error().code;
    if (code == "NoSuchBucket") {
        return api::invalid_configuration_request(
            fmt::format("S3Bucket: {} does not exist", to.bucket));
    }
    if (code == "WrongRegion") {
        return api::invalid_configuration_request(
            fmt::format("S3Bucket: {} is not located in the same region with ELB: {}", to.bucket,
                        to.balancer_name));
    }
    return api::invalid_configuration_request(fmt::format(
        "Access Denied for bucket: {}. Please check S3bucket permission", to.bucket));
}

}  // namespace stormglass::elbv2
