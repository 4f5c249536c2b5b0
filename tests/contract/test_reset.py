"""POST /_stormglass/reset: root alone may, and afterwards nothing is left, neither record nor reality."""
import json
import os
import unittest
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ENDPOINT = os.environ["STORMGLASS_ENDPOINT"]


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name="us-east-1")


def reset(key=None, secret=None):
    signed = AWSRequest(method="POST", url=ENDPOINT + "/_stormglass/reset", data=b"")
    S3SigV4Auth(Credentials(key or os.environ["AWS_ACCESS_KEY_ID"],
                            secret or os.environ["AWS_SECRET_ACCESS_KEY"]), "s3", "us-east-1").add_auth(signed)
    request = urllib.request.Request(signed.url, data=b"", headers=dict(signed.headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class Reset(unittest.TestCase):
    def make_things(self):
        tag = uuid.uuid4().hex[:8]
        client("s3").create_bucket(Bucket="reset-" + tag)
        client("s3").put_object(Bucket="reset-" + tag, Key="k", Body=b"x" * 50_000)
        client("iam").create_user(UserName="reset-" + tag)
        client("dynamodb").create_table(TableName="reset-" + tag, BillingMode="PAY_PER_REQUEST",
                                        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                                        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
        ec2 = client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.79.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.79.0.0/24")["Subnet"]["SubnetId"]
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=1, MaxCount=1, SubnetId=subnet)
        return "reset-" + tag

    def test_others_than_root_are_refused(self):
        name = "reset-" + uuid.uuid4().hex[:8]
        iam = client("iam")
        iam.create_user(UserName=name)
        self.addCleanup(iam.delete_user, UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self.addCleanup(iam.delete_access_key, UserName=name, AccessKeyId=key["AccessKeyId"])
        self.assertEqual(reset(key["AccessKeyId"], key["SecretAccessKey"])[0], 403)
        self.assertEqual(reset(secret="x" * 40)[0], 403)
        self.assertEqual([u["UserName"] for u in iam.list_users()["Users"] if u["UserName"] == name], [name])

    def test_nothing_is_left_and_all_can_be_made_anew(self):
        for _ in range(2):
            self.make_things()
            self.assertEqual(reset(), (200, {"status": "reset"}))
            self.assertEqual(client("s3").list_buckets()["Buckets"], [])
            self.assertEqual(client("iam").list_users()["Users"], [])
            self.assertEqual(client("dynamodb").list_tables()["TableNames"], [])
            self.assertEqual(client("ec2").describe_vpcs()["Vpcs"], [])
            self.assertEqual(client("ec2").describe_instances()["Reservations"], [])
            with urllib.request.urlopen(ENDPOINT + "/_stormglass/status") as answer:
                status = json.load(answer)
            for part in ("instances", "load_balancers", "groups", "databases", "alarms"):
                self.assertEqual(status[part], [], part)

    def test_health_says_of_each_service_what_was_seen(self):
        with urllib.request.urlopen(ENDPOINT + "/_stormglass/health") as answer:
            health = json.load(answer)
        for name, service in health["services"].items():
            self.assertIn(service["state"], ("running", "degraded"), name)
            if service["state"] != "running":
                self.assertTrue(service["why"], name)
        if os.geteuid() == 0:
            names = [r["name"] for s in health["services"].values() for r in s.get("reconcilers", [])]
            for wanted in ("ec2", "elbv2", "elbv2-access-logs", "rds", "s3-lifecycle", "dynamodb-ttl"):
                self.assertIn(wanted, names)


if __name__ == "__main__":
    unittest.main()
