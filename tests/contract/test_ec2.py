"""EC2 as boto3 sees it. Reads STORMGLASS_ENDPOINT and the usual AWS_* variables."""
import base64
import os
import time
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_REGION", "us-east-1")


def client():
    return boto3.client("ec2", endpoint_url=os.environ["STORMGLASS_ENDPOINT"], region_name=REGION)


def wait_until(predicate, seconds=30):
    """The value of `predicate` as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = predicate()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("did not come true in time")


class Ec2Test(unittest.TestCase):
    """Every test has a VPC of its own, and everything in it is removed at the end."""

    def setUp(self):
        self.ec2 = client()
        self.vpc = self.ec2.create_vpc(
            CidrBlock="10.44.0.0/16",
            TagSpecifications=[{"ResourceType": "vpc",
                                "Tags": [{"Key": "Name", "Value": "contract-" + uuid.uuid4().hex}]}],
        )["Vpc"]["VpcId"]
        self.addCleanup(self.remove_vpc)

    def in_vpc(self):
        return [{"Name": "vpc-id", "Values": [self.vpc]}]

    def living(self):
        states = ["pending", "running", "stopping", "stopped", "shutting-down"]
        found = self.ec2.describe_instances(
            Filters=self.in_vpc() + [{"Name": "instance-state-name", "Values": states}])
        return [i["InstanceId"] for r in found["Reservations"] for i in r["Instances"]]

    def remove_vpc(self):
        ids = self.living()
        if ids:
            self.ec2.terminate_instances(InstanceIds=ids)
            wait_until(lambda: not self.living())
        for nat in self.ec2.describe_nat_gateways(Filters=self.in_vpc())["NatGateways"]:
            self.ec2.delete_nat_gateway(NatGatewayId=nat["NatGatewayId"])
        found = self.ec2.describe_vpc_endpoints(Filters=self.in_vpc())["VpcEndpoints"]
        if found:
            self.ec2.delete_vpc_endpoints(VpcEndpointIds=[e["VpcEndpointId"] for e in found])
        for eni in self.ec2.describe_network_interfaces(Filters=self.in_vpc())["NetworkInterfaces"]:
            self.ec2.delete_network_interface(NetworkInterfaceId=eni["NetworkInterfaceId"])
        gateways = self.ec2.describe_internet_gateways(
            Filters=[{"Name": "attachment.vpc-id", "Values": [self.vpc]}])["InternetGateways"]
        for gateway in gateways:
            self.ec2.detach_internet_gateway(
                InternetGatewayId=gateway["InternetGatewayId"], VpcId=self.vpc)
            self.ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
        for subnet in self.ec2.describe_subnets(Filters=self.in_vpc())["Subnets"]:
            self.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        for table in self.ec2.describe_route_tables(Filters=self.in_vpc())["RouteTables"]:
            if not any(a["Main"] for a in table["Associations"]):
                self.ec2.delete_route_table(RouteTableId=table["RouteTableId"])
        for acl in self.ec2.describe_network_acls(Filters=self.in_vpc())["NetworkAcls"]:
            if not acl["IsDefault"]:
                self.ec2.delete_network_acl(NetworkAclId=acl["NetworkAclId"])
        for group in self.ec2.describe_security_groups(Filters=self.in_vpc())["SecurityGroups"]:
            if group["GroupName"] != "default":
                self.ec2.delete_security_group(GroupId=group["GroupId"])
        self.ec2.delete_vpc(VpcId=self.vpc)

    def subnet(self, cidr="10.44.1.0/24", zone="a"):
        return self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]

    def image(self):
        found = self.ec2.describe_images(
            Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-*"]}])["Images"]
        return found[0]["ImageId"]

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)


class VpcTest(Ec2Test):
    def test_defaults_are_there_from_birth(self):
        acls = self.ec2.describe_network_acls(
            Filters=self.in_vpc() + [{"Name": "default", "Values": ["true"]}])["NetworkAcls"]
        self.assertEqual(len(acls), 1)
        self.assertEqual(sorted(e["RuleNumber"] for e in acls[0]["Entries"]), [100, 100, 32767, 32767])
        groups = self.ec2.describe_security_groups(
            Filters=self.in_vpc() + [{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
        self.assertEqual(len(groups), 1)

    def test_attributes(self):
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        answer = self.ec2.describe_vpc_attribute(VpcId=self.vpc, Attribute="enableDnsHostnames")
        self.assertTrue(answer["EnableDnsHostnames"]["Value"])

    def test_missing_things_have_their_own_codes(self):
        gone = "0123456789abcdef0"
        self.refused("InvalidVpcID.NotFound", self.ec2.describe_vpcs, VpcIds=["vpc-" + gone])
        self.refused("InvalidSubnetID.NotFound", self.ec2.describe_subnets, SubnetIds=["subnet-" + gone])
        self.refused("InvalidGroup.NotFound", self.ec2.describe_security_groups, GroupIds=["sg-" + gone])
        self.refused("InvalidRouteTableID.NotFound", self.ec2.describe_route_tables,
                     RouteTableIds=["rtb-" + gone])
        self.refused("InvalidInstanceID.NotFound", self.ec2.describe_instances, InstanceIds=["i-" + gone])
        self.refused("DryRunOperation", self.ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)

    def test_routes_to_the_internet(self):
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        found = self.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
        self.assertEqual([r["State"] for r in found["Routes"]], ["active", "active"])
        subnet = self.subnet()
        association = self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        self.refused("DependencyViolation", self.ec2.delete_route_table, RouteTableId=table)
        self.ec2.disassociate_route_table(AssociationId=association["AssociationId"])

    def test_gateway_endpoint(self):
        tables = self.ec2.describe_route_tables(Filters=self.in_vpc())["RouteTables"]
        self.ec2.create_vpc_endpoint(
            VpcId=self.vpc, ServiceName=f"com.amazonaws.{REGION}.s3",
            RouteTableIds=[tables[0]["RouteTableId"]])
        lists = self.ec2.describe_prefix_lists(
            Filters=[{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.s3"]}])
        routes = self.ec2.describe_route_tables(Filters=self.in_vpc())["RouteTables"][0]["Routes"]
        self.assertIn(lists["PrefixLists"][0]["PrefixListId"],
                      [r.get("DestinationPrefixListId") for r in routes])

    def test_security_group_rules(self):
        group = self.ec2.create_security_group(
            VpcId=self.vpc, GroupName="web", Description="web")["GroupId"]
        permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
                      "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "http"}]}
        rules = self.ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
        self.assertEqual(rules[0]["Description"], "http")
        self.refused("InvalidPermission.Duplicate", self.ec2.authorize_security_group_ingress,
                     GroupId=group, IpPermissions=[permission])
        self.ec2.revoke_security_group_ingress(
            GroupId=group, SecurityGroupRuleIds=[rules[0]["SecurityGroupRuleId"]])
        left = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        self.assertEqual(left["IpPermissions"], [])

    def test_pagination(self):
        for i in range(7):
            self.subnet(f"10.44.{i}.0/24")
        pages = list(self.ec2.get_paginator("describe_subnets").paginate(
            Filters=self.in_vpc(), PaginationConfig={"PageSize": 5}))
        self.assertEqual([len(p["Subnets"]) for p in pages], [5, 2])


class InstanceTest(Ec2Test):
    def launch(self, **more):
        arguments = {"ImageId": self.image(), "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1,
                     "SubnetId": self.subnet()}
        arguments.update(more)
        return self.ec2.run_instances(**arguments)["Instances"][0]["InstanceId"]

    def state(self, instance_id):
        found = self.ec2.describe_instances(InstanceIds=[instance_id])
        return found["Reservations"][0]["Instances"][0]["State"]["Name"]

    def wait_for(self, instance_id, state):
        wait_until(lambda: self.state(instance_id) == state)

    def test_life_of_an_instance(self):
        script = "#!/bin/sh\necho the-user-data-ran\n"
        one = self.launch(UserData=script)
        self.wait_for(one, "running")
        wait_until(lambda: "the-user-data-ran" in self.ec2.get_console_output(InstanceId=one).get("Output", ""))
        # As the SDK's waiter instance_status_ok does: checks follow the state by a moment.
        wait_until(lambda: self.ec2.describe_instance_status(InstanceIds=[one])["InstanceStatuses"][0]
                   ["InstanceStatus"]["Status"] == "ok")
        self.ec2.stop_instances(InstanceIds=[one])
        self.wait_for(one, "stopped")
        self.ec2.start_instances(InstanceIds=[one])
        self.wait_for(one, "running")
        self.ec2.terminate_instances(InstanceIds=[one])
        self.wait_for(one, "terminated")

    def test_launch_template(self):
        name = "contract-" + uuid.uuid4().hex
        user_data = base64.b64encode(b"#!/bin/sh\ntrue\n").decode()
        template = self.ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={"ImageId": self.image(), "InstanceType": "t3.nano", "UserData": user_data,
                                "MetadataOptions": {"HttpTokens": "required"}},
        )["LaunchTemplate"]["LaunchTemplateId"]
        self.addCleanup(self.ec2.delete_launch_template, LaunchTemplateId=template)
        made = self.ec2.run_instances(
            MinCount=1, MaxCount=1, SubnetId=self.subnet(),
            LaunchTemplate={"LaunchTemplateName": name})["Instances"][0]
        self.assertEqual(made["InstanceType"], "t3.nano")
        self.assertEqual(made["MetadataOptions"]["HttpTokens"], "required")
        self.wait_for(made["InstanceId"], "running")


if __name__ == "__main__":
    unittest.main()
