"""Elastic Load Balancing v2 as boto3 sees it: control plane only; what is real is tests/terraform's."""
import os
import time
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError


def client(service):
    return boto3.client(service, endpoint_url=os.environ["STORMGLASS_ENDPOINT"],
                        region_name=os.environ.get("AWS_REGION", "us-east-1"))


class Elbv2(unittest.TestCase):
    def setUp(self):
        self.elb, self.ec2 = client("elbv2"), client("ec2")
        self.tag = uuid.uuid4().hex[:8]
        self.vpc = self.ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        zones = [z["ZoneName"] for z in self.ec2.describe_availability_zones()["AvailabilityZones"]]
        self.subnets = [self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.77.{i}.0/24",
                                               AvailabilityZone=zones[i])["Subnet"]["SubnetId"]
                        for i in range(2)]
        self.addCleanup(self.clean, gateway)

    def clean(self, gateway):
        for balancer in self.elb.describe_load_balancers()["LoadBalancers"]:
            if balancer["VpcId"] == self.vpc:
                self.elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
        for group in self.elb.describe_target_groups()["TargetGroups"]:
            if group["VpcId"] == self.vpc:
                self.elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
        for _ in range(60):  # Until the balancer's interfaces are gone.
            found = self.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
            if not found["NetworkInterfaces"]:
                break
            time.sleep(0.5)
        self.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        self.ec2.delete_internet_gateway(InternetGatewayId=gateway)
        for subnet in self.subnets:
            self.ec2.delete_subnet(SubnetId=subnet)
        self.ec2.delete_vpc(VpcId=self.vpc)

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        self.assertLess(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 500)

    def balancer(self):
        return self.elb.create_load_balancer(Name=f"lb-{self.tag}", Subnets=self.subnets)["LoadBalancers"][0]

    def group(self, name="tg"):
        return self.elb.create_target_group(
            Name=f"{name}-{self.tag}", Protocol="HTTP", Port=8080, VpcId=self.vpc)["TargetGroups"][0]

    def test_a_balancer_is_created_with_defaults_and_found_again(self):
        made = self.balancer()
        self.assertEqual(made["State"]["Code"], "provisioning")
        self.assertRegex(made["DNSName"], rf"^lb-{self.tag}-\d{{10}}\.[a-z0-9-]+\.elb\.localhost$")
        self.assertEqual(len(made["SecurityGroups"]), 1)
        found = self.elb.describe_load_balancers(Names=[f"lb-{self.tag}"])["LoadBalancers"]
        self.assertEqual(found[0]["LoadBalancerArn"], made["LoadBalancerArn"])
        attributes = self.elb.describe_load_balancer_attributes(
            LoadBalancerArn=made["LoadBalancerArn"])["Attributes"]
        self.assertIn({"Key": "idle_timeout.timeout_seconds", "Value": "60"}, attributes)

    def test_missing_names_and_arns_have_aws_codes(self):
        self.refused("LoadBalancerNotFound", self.elb.describe_load_balancers, Names=["none"])
        self.refused("TargetGroupNotFound", self.elb.describe_target_groups, Names=["none"])
        self.refused("ValidationError", self.elb.create_load_balancer, Name="-x", Subnets=self.subnets)
        self.refused("ValidationError", self.elb.create_load_balancer, Name="x", Subnets=self.subnets[:1])
        self.refused("SubnetNotFound", self.elb.create_load_balancer, Name="x",
                     Subnets=["subnet-00000000000000000", self.subnets[0]])
        self.refused("InvalidConfigurationRequest", self.elb.create_load_balancer, Name="x",
                     Type="network", Subnets=self.subnets)

    def test_listeners_and_rules_read_back_as_written(self):
        arn, group = self.balancer()["LoadBalancerArn"], self.group()["TargetGroupArn"]
        listener = self.elb.create_listener(
            LoadBalancerArn=arn, Protocol="HTTP", Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])["Listeners"][0]
        self.assertEqual(listener["DefaultActions"][0]["TargetGroupArn"], group)
        rule = self.elb.create_rule(
            ListenerArn=listener["ListenerArn"], Priority=10,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/x/*"]}},
                        {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "b"}]}}],
            Actions=[{"Type": "fixed-response", "Order": 1, "FixedResponseConfig": {
                "StatusCode": "403", "ContentType": "text/plain", "MessageBody": "no"}}])["Rules"][0]
        self.assertEqual(rule["Conditions"][0]["PathPatternConfig"]["Values"], ["/x/*"])
        found = self.elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        self.assertEqual([r["Priority"] for r in found], ["10", "default"])
        self.refused("PriorityInUse", self.elb.create_rule, ListenerArn=listener["ListenerArn"], Priority=10,
                     Conditions=[{"Field": "path-pattern", "Values": ["/y"]}],
                     Actions=[{"Type": "forward", "TargetGroupArn": group}])
        self.refused("DuplicateListener", self.elb.create_listener, LoadBalancerArn=arn, Protocol="HTTP",
                     Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])
        self.refused("ResourceInUse", self.elb.delete_target_group, TargetGroupArn=group)

    def test_targets_are_unused_until_a_listener_forwards_to_them(self):
        group = self.elb.create_target_group(Name=f"ip-{self.tag}", Protocol="HTTP", Port=8080, VpcId=self.vpc,
                                             TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.77.0.10"}])
        health = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        self.assertEqual(health[0]["TargetHealth"]["Reason"], "Target.NotInUse")
        self.elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "10.77.0.10"}])
        self.assertEqual(self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"], [])
        self.refused("InvalidTarget", self.elb.register_targets, TargetGroupArn=self.group()["TargetGroupArn"],
                     Targets=[{"Id": "i-00000000000000000"}])

    def test_deletion_protection_holds(self):
        arn = self.balancer()["LoadBalancerArn"]
        change = self.elb.modify_load_balancer_attributes
        change(LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}])
        self.refused("OperationNotPermitted", self.elb.delete_load_balancer, LoadBalancerArn=arn)
        change(LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}])

    def test_tags_come_and_go(self):
        group = self.group()["TargetGroupArn"]
        self.elb.add_tags(ResourceArns=[group], Tags=[{"Key": "a", "Value": "1"}])
        self.assertEqual(self.elb.describe_tags(ResourceArns=[group])["TagDescriptions"][0]["Tags"],
                         [{"Key": "a", "Value": "1"}])
        self.elb.remove_tags(ResourceArns=[group], TagKeys=["a"])
        self.assertEqual(self.elb.describe_tags(ResourceArns=[group])["TagDescriptions"][0]["Tags"], [])


if __name__ == "__main__":
    unittest.main()
