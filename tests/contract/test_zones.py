"""POST /_stormglass/zones: root alone may fail a zone, AWS's own calls tell of it, and it comes back."""
import json
import os
import time
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ENDPOINT = os.environ["STORMGLASS_ENDPOINT"]
URL = ENDPOINT + "/_stormglass/zones"
ZONE = "us-east-1c"  # The other tests' things are in a and b.


def order(action, secret=None, **more):
    body = json.dumps({"action": action, "zone": ZONE, **more}).encode()
    signed = AWSRequest(method="POST", url=URL, data=body)
    S3SigV4Auth(Credentials(os.environ["AWS_ACCESS_KEY_ID"], secret or os.environ["AWS_SECRET_ACCESS_KEY"]),
                "s3", "us-east-1").add_auth(signed)
    request = urllib.request.Request(URL, data=body, headers=dict(signed.headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def listed():
    with urllib.request.urlopen(URL, timeout=60) as answer:
        return {one["name"]: one for one in json.load(answer)["zones"]}[ZONE]


class Zones(unittest.TestCase):
    def setUp(self):
        self.ec2 = boto3.client("ec2", endpoint_url=ENDPOINT, region_name="us-east-1")
        self.addCleanup(order, "restore")

    def state(self):
        return self.ec2.describe_availability_zones(ZoneNames=[ZONE])["AvailabilityZones"][0]["State"]

    def subnet(self):
        vpc = self.ec2.create_vpc(CidrBlock="10.81.0.0/16")["Vpc"]["VpcId"]
        self.addCleanup(self.ec2.delete_vpc, VpcId=vpc)
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.81.0.0/24", AvailabilityZone=ZONE)["Subnet"]["SubnetId"]
        self.addCleanup(self.ec2.delete_subnet, SubnetId=subnet)
        return subnet

    def launch(self, subnet):
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        made = self.ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=1, MaxCount=1, SubnetId=subnet)
        instance = made["Instances"][0]["InstanceId"]
        self.addCleanup(self.end, instance)
        return instance

    def end(self, instance):
        self.ec2.terminate_instances(InstanceIds=[instance])
        self.ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance],
                                                        WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def checks(self, instance):
        status = self.ec2.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]
        return status["InstanceState"]["Name"], status["SystemStatus"]["Status"], status["InstanceStatus"]["Status"]

    def wait_for_checks(self, instance, wanted):
        end = time.monotonic() + 30
        while self.checks(instance) != wanted and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.checks(instance), wanted)

    def test_a_zone_without_power_takes_no_launches_and_its_instances_boot_when_it_is_back(self):
        subnet = self.subnet()
        instance = self.launch(subnet)
        self.ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
        self.wait_for_checks(instance, ("running", "ok", "ok"))
        self.assertEqual(order("fail")[0], 200)
        self.assertEqual(self.state(), "unavailable")
        self.assertEqual(listed()["mode"], "power")
        self.wait_for_checks(instance, ("running", "impaired", "impaired"))
        with self.assertRaises(ClientError) as refused:
            self.launch(subnet)
        self.assertEqual(refused.exception.response["Error"]["Code"], "InsufficientInstanceCapacity")
        self.assertEqual(order("restore")[0], 200)
        self.assertEqual(self.state(), "available")
        self.wait_for_checks(instance, ("running", "ok", "ok"))

    def test_a_partition_and_a_slow_zone_are_impaired(self):
        self.assertEqual(order("fail", mode="partition")[0], 200)
        self.assertEqual(self.state(), "impaired")
        self.assertEqual(order("fail", mode="slow", loss_percent=5)[0], 200)
        self.assertEqual(listed()["loss_percent"], 5)

    def test_strangers_and_wrong_orders_are_refused(self):
        self.assertEqual(order("fail", secret="x" * 40)[0], 403)
        self.assertEqual(order("restore")[0], 400)
        self.assertEqual(order("fail", mode="earthquake")[0], 400)
        self.assertEqual(order("fail", mode="slow")[0], 400)
        self.assertEqual(order("fail", mode="slow", latency_ms=50)[0], 400)
        self.assertEqual(order("fail", zone="us-east-1z")[0], 400)
        self.assertEqual(self.state(), "available")


if __name__ == "__main__":
    unittest.main()
