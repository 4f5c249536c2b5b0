// What stands on the network: balancer, group, database.
#include "services/common/images.h"
#include "stack.h"

namespace stormglass::sim {
namespace {

constexpr char trust[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
    R"("Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
constexpr char group_size_max[] = "6";

}  // namespace

Progress Stack::keep_role() {
    if (!verified_.contains("sim-role")) {
        const auto seen = ask("iam", "GetRole", {{"RoleName", "sim-role"}});
        if (!found("sim-role", seen.text("//Role/RoleId"))) {
            return make("sim-role", "iam", "CreateRole",
                        {{"RoleName", "sim-role"}, {"AssumeRolePolicyDocument", trust}},
                        "//Role/RoleId");
        }
    }
    if (verified_.contains("sim-profile-role")) return Progress::done;
    const auto seen = ask("iam", "GetInstanceProfile", {{"InstanceProfileName", "sim-profile"}});
    if (!found("sim-profile", seen.text("//InstanceProfile/InstanceProfileId"))) {
        return make("sim-profile", "iam", "CreateInstanceProfile",
                    {{"InstanceProfileName", "sim-profile"}},
                    "//InstanceProfile/InstanceProfileId");
    }
    if (found("sim-profile-role", seen.text("//InstanceProfile/Roles/member/RoleId"))) {
        return Progress::done;
    }
    return act("iam", "AddRoleToInstanceProfile",
               {{"InstanceProfileName", "sim-profile"}, {"RoleName", "sim-role"}});
}

Progress Stack::keep_template() {
    if (verified_.contains("sim-template")) return Progress::done;
    const auto seen = ask("ec2", "DescribeLaunchTemplates", {});
    if (found("sim-template", seen.text("//launchTemplates/item/launchTemplateId"))) {
        return Progress::done;
    }
    return make("sim-template", "ec2", "CreateLaunchTemplate",
                {{"LaunchTemplateName", "sim-template"},
                 {"LaunchTemplateData.ImageId", services::public_images(region).front().id},
                 {"LaunchTemplateData.InstanceType", "t3.micro"},
                 {"LaunchTemplateData.IamInstanceProfile.Name", "sim-profile"},
                 {"LaunchTemplateData.SecurityGroupId.1", id("sim-web")}},
                "//launchTemplate/launchTemplateId");
}

Progress Stack::keep_target_group() {
    if (verified_.contains("sim-delay")) return Progress::done;
    const auto seen = ask("elasticloadbalancing", "DescribeTargetGroups", {});
    if (!found("sim-targets", seen.text("//TargetGroups/member/TargetGroupArn"))) {
        return make("sim-targets", "elasticloadbalancing", "CreateTargetGroup",
                    {{"Name", "sim-targets"},
                     {"Protocol", "HTTP"},
                     {"Port", "8080"},
                     {"VpcId", id("sim-vpc")},
                     {"TargetType", "instance"},
                     {"HealthCheckIntervalSeconds", "5"},
                     {"HealthCheckTimeoutSeconds", "2"},
                     {"HealthyThresholdCount", "2"},
                     {"UnhealthyThresholdCount", "2"}},
                    "//TargetGroups/member/TargetGroupArn");
    }
    const auto done = act("elasticloadbalancing", "ModifyTargetGroupAttributes",
                          {{"TargetGroupArn", id("sim-targets")},
                           {"Attributes.member.1.Key", "deregistration_delay.timeout_seconds"},
                           {"Attributes.member.1.Value", "10"}});
    if (done == Progress::changed) verified_.insert("sim-delay");
    return done;
}

Progress Stack::remove_target_group() {
    verified_.erase("sim-delay");
    const auto seen = ask("elasticloadbalancing", "DescribeTargetGroups", {});
    const auto arn = seen.text("//TargetGroups/member/TargetGroupArn");
    if (arn.empty()) return Progress::done;
    return unmake("sim-targets", "elasticloadbalancing", "DeleteTargetGroup",
                  {{"TargetGroupArn", arn}});
}

Progress Stack::keep_balancer() {
    const auto seen = ask("elasticloadbalancing", "DescribeLoadBalancers", {});
    if (!found("sim-balancer", seen.text("//LoadBalancers/member/LoadBalancerArn"))) {
        known_.erase("sim-listener");
        return make("sim-balancer", "elasticloadbalancing", "CreateLoadBalancer",
                    {{"Name", "sim"},
                     {"Subnets.member.1", id("sim-public-a")},
                     {"Subnets.member.2", id("sim-public-b")},
                     {"SecurityGroups.member.1", id("sim-alb")}},
                    "//LoadBalancers/member/LoadBalancerArn");
    }
    if (!verified_.contains("sim-listener")) {
        const auto listeners = ask("elasticloadbalancing", "DescribeListeners",
                                   {{"LoadBalancerArn", id("sim-balancer")}});
        if (!found("sim-listener", listeners.text("//Listeners/member/ListenerArn"))) {
            return make("sim-listener", "elasticloadbalancing", "CreateListener",
                        {{"LoadBalancerArn", id("sim-balancer")},
                         {"Protocol", "HTTP"},
                         {"Port", "80"},
                         {"DefaultActions.member.1.Type", "forward"},
                         {"DefaultActions.member.1.TargetGroupArn", id("sim-targets")}},
                        "//Listeners/member/ListenerArn");
        }
    }
    const bool active = seen.text("//LoadBalancers/member/State/Code") == "active";
    return active ? Progress::done : Progress::waiting;
}

Progress Stack::remove_balancer() {
    const auto seen = ask("elasticloadbalancing", "DescribeLoadBalancers", {});
    const auto arn = seen.text("//LoadBalancers/member/LoadBalancerArn");
    if (arn.empty()) return Progress::done;
    known_.erase("sim-listener");
    verified_.erase("sim-listener");
    return unmake("sim-balancer", "elasticloadbalancing", "DeleteLoadBalancer",
                  {{"LoadBalancerArn", arn}});
}

Progress Stack::keep_group() {
    const auto seen = ask("autoscaling", "DescribeAutoScalingGroups", {});
    const auto desired = seen.text("//AutoScalingGroups/member/DesiredCapacity");
    if (!seen.text("//AutoScalingGroups/member/Status").empty()) return Progress::waiting;
    if (!found("sim-group", seen.text("//AutoScalingGroups/member/AutoScalingGroupARN"))) {
        const auto made = act("autoscaling", "CreateAutoScalingGroup",
                              {{"AutoScalingGroupName", "sim-group"},
                               {"MinSize", "0"},
                               {"MaxSize", group_size_max},
                               {"DesiredCapacity", std::to_string(wanted.desired)},
                               {"VPCZoneIdentifier", id("sim-public-a") + "," + id("sim-public-b")},
                               {"LaunchTemplate.LaunchTemplateName", "sim-template"},
                               {"LaunchTemplate.Version", "$Latest"},
                               {"TargetGroupARNs.member.1", id("sim-targets")},
                               {"HealthCheckType", "ELB"},
                               {"HealthCheckGracePeriod", "5"}});
        return made;
    }
    if (desired == std::to_string(wanted.desired)) return Progress::done;
    return act("autoscaling", "SetDesiredCapacity",
               {{"AutoScalingGroupName", "sim-group"},
                {"DesiredCapacity", std::to_string(wanted.desired)}});
}

Progress Stack::remove_group() {
    const auto seen = ask("autoscaling", "DescribeAutoScalingGroups", {});
    if (seen.text("//AutoScalingGroups/member/AutoScalingGroupARN").empty()) {
        return Progress::done;
    }
    if (!seen.text("//AutoScalingGroups/member/Status").empty()) {
        known_.erase("sim-group");  // It goes any time now.
        return Progress::waiting;
    }
    return unmake("sim-group", "autoscaling", "DeleteAutoScalingGroup",
                  {{"AutoScalingGroupName", "sim-group"}, {"ForceDelete", "true"}});
}

Progress Stack::create_database() {
    const auto groups = ask("rds", "DescribeDBSubnetGroups", {});
    if (!found("sim-subnets", groups.text("//DBSubnetGroups/DBSubnetGroup/DBSubnetGroupName"))) {
        return make("sim-subnets", "rds", "CreateDBSubnetGroup",
                    {{"DBSubnetGroupName", "sim-subnets"},
                     {"DBSubnetGroupDescription", "simulation"},
                     {"SubnetIds.SubnetIdentifier.1", id("sim-data-a")},
                     {"SubnetIds.SubnetIdentifier.2", id("sim-data-b")}},
                    "//DBSubnetGroup/DBSubnetGroupName");
    }
    return make("sim-db-instance", "rds", "CreateDBInstance",
                {{"DBInstanceIdentifier", "sim"},
                 {"Engine", "mysql"},
                 {"EngineVersion", "8.0"},
                 {"DBInstanceClass", "db.t3.micro"},
                 {"AllocatedStorage", "20"},
                 {"MasterUsername", "appadmin"},
                 {"MasterUserPassword", wanted.password},
                 {"DBName", "app"},
                 {"MultiAZ", wanted.multi_az ? "true" : "false"},
                 {"DBSubnetGroupName", "sim-subnets"},
                 {"VpcSecurityGroupIds.VpcSecurityGroupId.1", id("sim-db")}},
                "//DBInstance/DbiResourceId");
}

Progress Stack::keep_database() {
    const auto seen = ask("rds", "DescribeDBInstances", {});
    const auto status = seen.text("//DBInstances/DBInstance/DBInstanceStatus");
    if (status == "deleting") {
        known_.erase("sim-db-instance");
        return Progress::waiting;
    }
    if (!found("sim-db-instance", seen.text("//DBInstances/DBInstance/DbiResourceId"))) {
        return create_database();
    }
    if (status != "available") return Progress::waiting;
    const bool multi_az = seen.text("//DBInstances/DBInstance/MultiAZ") == "true";
    if (multi_az == wanted.multi_az && id("sim-db-password") == wanted.password) {
        return Progress::done;
    }
    const auto done = act("rds", "ModifyDBInstance",
                          {{"DBInstanceIdentifier", "sim"},
                           {"MultiAZ", wanted.multi_az ? "true" : "false"},
                           {"MasterUserPassword", wanted.password},
                           {"ApplyImmediately", "true"}});
    if (done == Progress::changed) known_["sim-db-password"] = wanted.password;
    return done;
}

Progress Stack::remove_database() {
    const auto seen = ask("rds", "DescribeDBInstances", {});
    const auto status = seen.text("//DBInstances/DBInstance/DBInstanceStatus");
    if (status == "deleting") {
        known_.erase("sim-db-instance");
        return Progress::waiting;
    }
    if (!status.empty()) {
        return unmake("sim-db-instance", "rds", "DeleteDBInstance",
                      {{"DBInstanceIdentifier", "sim"}, {"SkipFinalSnapshot", "true"}});
    }
    const auto groups = ask("rds", "DescribeDBSubnetGroups", {});
    if (groups.text("//DBSubnetGroups/DBSubnetGroup/DBSubnetGroupName").empty()) {
        return Progress::done;
    }
    return unmake("sim-subnets", "rds", "DeleteDBSubnetGroup",
                  {{"DBSubnetGroupName", "sim-subnets"}});
}

}  // namespace stormglass::sim
