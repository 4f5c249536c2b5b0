// VPC flow logs: recorded and described. Delivery is a later issue's work, and DescribeFlowLogs says
// so in DeliverLogsStatus instead of pretending.
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr char default_format[] =
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";
constexpr char not_delivered[] = "Stormglass records flow logs but does not deliver them yet";
constexpr int default_interval_seconds = 600;

constexpr FilterName log_filters[] = {{"deliver-log-status", "DeliverLogsStatus"},
                                      {"log-destination-type", "LogDestinationType"},
                                      {"flow-log-id", "FlowLogId"},
                                      {"log-group-name", "LogGroupName"},
                                      {"resource-id", "ResourceId"},
                                      {"traffic-type", "TrafficType"}};

std::optional<std::string> unless_empty(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return text;
}

/// "/app/flow-logs" of "arn:aws:logs:R:A:log-group:/app/flow-logs:*".
std::string log_group_of(const std::string& arn) {
    constexpr std::string_view mark = ":log-group:";
    const auto at = arn.find(mark);
    if (at == std::string::npos) return {};
    std::string name = arn.substr(at + mark.size());
    if (name.ends_with(":*")) name.resize(name.size() - 2);
    return name;
}

Result<api::FlowLog> describe(wire::Request& request, const FlowLog& log) {
    api::FlowLog item;
    item.creation_time = log.created;
    item.deliver_logs_permission_arn = unless_empty(log.role_arn);
    item.deliver_logs_status = "FAILED";
    item.deliver_logs_error_message = not_delivered;
    item.flow_log_id = log.id;
    item.flow_log_status = "ACTIVE";
    item.log_group_name = unless_empty(log.log_group);
    item.resource_id = log.resource_id;
    item.traffic_type = log.traffic_type;
    item.log_destination_type = log.destination_type;
    item.log_destination = unless_empty(log.destination);
    item.log_format = log.format;
    item.max_aggregation_interval = log.aggregation_seconds;
    item.tags = TRY(tag_list(request, log.id));
    return item;
}

Result<void> check_destination(const api::CreateFlowLogsInput& input) {
    const std::string type = input.log_destination_type.value_or("cloud-watch-logs");
    if (input.log_group_name && type != "cloud-watch-logs") {
        return aws_error("InvalidParameter",
                         "LogDestination type must be cloud-watch-logs if LogGroupName is "
                         "provided.");
    }
    if (input.log_group_name && input.log_destination) {
        return aws_error("InvalidParameter",
                         "Please only provide LogGroupName or only provide LogDestination.");
    }
    if (!input.log_group_name && !input.log_destination) {
        return aws_error("InvalidParameter",
                         "LogDestination can't be empty if LogGroupName is not provided.");
    }
    if (type == "cloud-watch-logs" && !input.deliver_logs_permission_arn) {
        return aws_error("InvalidParameter",
                         "DeliverLogsPermissionArn can't be empty if LogDestinationType is "
                         "cloud-watch-logs.");
    }
    return {};
}

Result<void> check_resource(wire::Request& request, const std::string& type,
                            const std::string& id) {
    if (type == "VPC") TRY(need(request, vpcs, id));
    if (type == "Subnet") TRY(need(request, subnets, id));
    if (type == "NetworkInterface") TRY(need(request, interfaces, id));
    if (type.starts_with("TransitGateway")) return unsupported("transit gateways");
    return {};
}

FlowLog log_of(const api::CreateFlowLogsInput& input) {
    FlowLog log;
    log.traffic_type = input.traffic_type.value_or("ALL");
    log.destination_type = input.log_destination_type.value_or("cloud-watch-logs");
    log.destination = input.log_destination.value_or("");
    log.log_group = input.log_group_name.value_or(log_group_of(log.destination));
    log.role_arn = input.deliver_logs_permission_arn.value_or("");
    log.format = input.log_format.value_or(default_format);
    log.aggregation_seconds =
        static_cast<int>(input.max_aggregation_interval.value_or(default_interval_seconds));
    log.client_token = input.client_token.value_or("");
    return log;
}

}  // namespace

Result<api::CreateFlowLogsOutput> Service::create_flow_logs(wire::Request& request,
                                                            const api::CreateFlowLogsInput& input) {
    TRY(check_input("CreateFlowLogs", &input,
                    {"ClientToken", "DeliverLogsPermissionArn", "LogGroupName", "ResourceIds",
                     "ResourceType", "TrafficType", "LogDestinationType", "LogDestination",
                     "LogFormat", "TagSpecifications", "MaxAggregationInterval"}));
    TRY(check_destination(input));
    const Tags tags = TRY(tags_for(request, "vpc-flow-log", input.tag_specifications));
    api::CreateFlowLogsOutput output;
    output.client_token = input.client_token;
    output.unsuccessful.present = output.flow_log_ids.present = true;
    const auto known = TRY(all(request, flow_logs));
    for (const auto& id : input.resource_ids) {
        TRY(check_resource(request, input.resource_type, id));
        FlowLog log = log_of(input);
        const auto again = std::find_if(known.begin(), known.end(), [&](const FlowLog& one) {
            return !log.client_token.empty() && one.client_token == log.client_token &&
                   one.resource_id == id;
        });
        if (again != known.end()) {
            output.flow_log_ids.push_back(again->id);
            continue;
        }
        log.id = new_id(flow_logs.prefix);
        log.resource_id = id;
        log.created = request.now;
        create(request, flow_logs, log, tags);
        output.flow_log_ids.push_back(log.id);
    }
    return output;
}

Result<api::DescribeFlowLogsOutput> Service::describe_flow_logs(
    wire::Request& request, const api::DescribeFlowLogsInput& input) {
    TRY(check_input("DescribeFlowLogs", &input,
                    {"Filter", "FlowLogIds", "MaxResults", "NextToken"}));
    api::DescribeFlowLogsOutput output;
    for (const auto& log : TRY(all(request, flow_logs))) {
        const auto& ids = input.flow_log_ids;
        if (!ids.empty() && std::find(ids.begin(), ids.end(), log.id) == ids.end()) continue;
        output.flow_logs.push_back(TRY(describe(request, log)));
    }
    TRY(keep_matching(output.flow_logs, "DescribeFlowLogs", "FlowLogs", log_filters,
                      input.filter));
    output.next_token =
        TRY(paginate(output.flow_logs, {input.next_token.value_or(""), input.max_results}));
    return output;
}

Result<api::DeleteFlowLogsOutput> Service::delete_flow_logs(wire::Request& request,
                                                            const api::DeleteFlowLogsInput& input) {
    TRY(check_input("DeleteFlowLogs", &input, {"FlowLogIds"}));
    api::DeleteFlowLogsOutput output;
    output.unsuccessful.present = true;
    for (const auto& id : input.flow_log_ids) {
        TRY(need(request, flow_logs, id));
        erase(request, flow_logs, id);
    }
    return output;
}

}  // namespace stormglass::ec2
