"""A balancer's access log arrives in its bucket, and a bucket that may not be written is refused first."""
import gzip
import json
import os
import shlex
import time
import unittest
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.exceptions import ClientError

ENDPOINT = os.environ["STORMGLASS_ENDPOINT"]
REGION = "us-east-1"
ELB_ACCOUNT = "127311923021"  # AWS's own of us-east-1, as aws_elb_service_account names it.
FIELDS = 33
FRONT_DOOR = "http://127.0.0.1:18080"  # run.py's --http-port.


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name=REGION)


def wait(what, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError("did not happen in time")


class AccessLogs(unittest.TestCase):
    def setUp(self):
        self.elb, self.ec2, self.s3 = client("elbv2"), client("ec2"), client("s3")
        self.account = client("sts").get_caller_identity()["Account"]
        self.tag = uuid.uuid4().hex[:8]
        self.bucket = "logs-" + self.tag
        self.s3.create_bucket(Bucket=self.bucket)
        self.addCleanup(self.remove_bucket)
        self.make_network()
        self.arn = self.elb.create_load_balancer(
            Name=f"lb-{self.tag}", Subnets=self.subnets,
            SecurityGroups=[self.group])["LoadBalancers"][0]["LoadBalancerArn"]
        self.addCleanup(self.remove_balancer)

    def make_network(self):
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
        self.addCleanup(ec2.delete_vpc, VpcId=self.vpc)
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.addCleanup(ec2.delete_internet_gateway, InternetGatewayId=gateway)
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        self.addCleanup(ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=self.vpc)
        table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        ec2.create_route(RouteTableId=table["RouteTables"][0]["RouteTableId"],
                         DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        zones = [z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]]
        self.subnets = []
        for i in range(2):
            subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.78.{i}.0/24",
                                       AvailabilityZone=zones[i])["Subnet"]["SubnetId"]
            self.subnets.append(subnet)
            self.addCleanup(ec2.delete_subnet, SubnetId=subnet)
        self.group = ec2.create_security_group(GroupName="lb", Description="lb", VpcId=self.vpc)["GroupId"]
        self.addCleanup(ec2.delete_security_group, GroupId=self.group)
        ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])

    def remove_balancer(self):
        self.elb.delete_load_balancer(LoadBalancerArn=self.arn)
        wait(lambda: not self.ec2.describe_network_interfaces(
            Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["NetworkInterfaces"])

    def remove_bucket(self):
        self.s3.delete_bucket_policy(Bucket=self.bucket)  # Nothing is delivered any more.
        for one in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", []):
            self.s3.delete_object(Bucket=self.bucket, Key=one["Key"])
        self.s3.delete_bucket(Bucket=self.bucket)

    def let_write(self, principal):
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": principal, "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{self.bucket}/alb/AWSLogs/{self.account}/*"}]}))

    def turn_on(self, bucket):
        self.elb.modify_load_balancer_attributes(LoadBalancerArn=self.arn, Attributes=[
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": bucket},
            {"Key": "access_logs.s3.prefix", "Value": "alb"}])

    def refusal(self, bucket):
        with self.assertRaises(ClientError) as caught:
            self.turn_on(bucket)
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]

    def keys(self):
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    def test_a_bucket_that_may_not_be_written_is_refused(self):
        self.assertEqual(self.refusal(self.bucket),
                         ("InvalidConfigurationRequest",
                          f"Access Denied for bucket: {self.bucket}. Please check S3bucket permission"))
        self.assertEqual(self.refusal("no-such-" + self.tag)[0], "InvalidConfigurationRequest")
        self.assertEqual(self.refusal("")[0], "ValidationError")
        attributes = self.elb.describe_load_balancer_attributes(LoadBalancerArn=self.arn)["Attributes"]
        self.assertIn({"Key": "access_logs.s3.enabled", "Value": "false"}, attributes)

    def test_the_test_file_is_written_for_either_principal(self):
        name = f"alb/AWSLogs/{self.account}/ELBAccessLogTestFile"
        for principal in ({"AWS": f"arn:aws:iam::{ELB_ACCOUNT}:root"},
                          {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}):
            self.let_write(principal)
            self.turn_on(self.bucket)
            self.assertEqual(self.keys(), [name])
            self.s3.delete_object(Bucket=self.bucket, Key=name)

    @unittest.skipIf(os.geteuid() != 0, "balancer nodes need root")
    def test_requests_are_in_the_log(self):
        self.let_write({"AWS": f"arn:aws:iam::{ELB_ACCOUNT}:root"})
        self.turn_on(self.bucket)
        self.elb.create_listener(LoadBalancerArn=self.arn, Protocol="HTTP", Port=80, DefaultActions=[
            {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/plain",
                                                               "MessageBody": "hello"}}])
        shown = self.elb.describe_load_balancers(LoadBalancerArns=[self.arn])["LoadBalancers"][0]
        wait(lambda: self.ask(shown["DNSName"], "/first"))
        for number in range(20):
            self.assertTrue(self.ask(shown["DNSName"], f"/page/{number}"))
        self.elb.delete_load_balancer(LoadBalancerArn=self.arn)  # What is left is delivered then.
        lines = wait(lambda: self.logged("/page/", 20))
        for line in lines:
            fields = shlex.split(line)
            self.assertEqual(len(fields), FIELDS, line)
            self.assertEqual(fields[0], "http")
            self.assertEqual(fields[2], "app/" + self.arn.split("/app/")[1])
            self.assertEqual(fields[8], "200")
            self.assertEqual(fields[22], "fixed-response")

    def ask(self, host, path):
        request = urllib.request.Request(FRONT_DOOR + path, headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.read() == b"hello"
        except (urllib.error.URLError, OSError):
            return False

    def logged(self, text, count):
        lines = []
        day = time.strftime("%Y/%m/%d", time.gmtime())
        for key in self.keys():
            if not key.endswith(".log.gz"):
                continue
            self.assertRegex(key, rf"^alb/AWSLogs/{self.account}/elasticloadbalancing/{REGION}/20\d\d/\d\d/\d\d/"
                                  rf"{self.account}_elasticloadbalancing_{REGION}_app\.lb-{self.tag}\.[0-9a-f]+_"
                                  r"\d{8}T\d{4}Z_[\d.]+_[0-9a-z]+\.log\.gz$", day)
            body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            lines += [one for one in gzip.decompress(body).decode().splitlines() if text in one]
        return lines if len(lines) >= count else None


if __name__ == "__main__":
    unittest.main()
