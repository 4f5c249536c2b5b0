"""What has a time to live goes when it is over: objects by lifecycle rules, items by their attribute."""
import os
import time
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError

ENDPOINT = os.environ["STORMGLASS_ENDPOINT"]


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name="us-east-1")


def wait(what, seconds=60):
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            raise AssertionError("did not happen in time")
        time.sleep(0.5)


@unittest.skipIf(os.geteuid() != 0, "without root the daemon reconciles nothing")
class Expiry(unittest.TestCase):
    def test_objects_expire_by_their_buckets_rules(self):
        s3 = client("s3")
        bucket = "expiry-" + uuid.uuid4().hex[:12]
        s3.create_bucket(Bucket=bucket)
        self.addCleanup(s3.delete_bucket, Bucket=bucket)
        for key in ("old/a", "kept"):
            s3.put_object(Bucket=bucket, Key=key, Body=b"x" * 100_000)
        self.addCleanup(s3.delete_object, Bucket=bucket, Key="kept")
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
            {"ID": "past", "Status": "Enabled", "Filter": {"Prefix": "old/"},
             "Expiration": {"Date": "2020-01-01T00:00:00Z"}},
            {"ID": "later", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]})
        wait(lambda: [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept"])

    def test_rules_that_cannot_be_meant_are_refused(self):
        s3 = client("s3")
        bucket = "expiry-" + uuid.uuid4().hex[:12]
        s3.create_bucket(Bucket=bucket)
        self.addCleanup(s3.delete_bucket, Bucket=bucket)
        for action, code in (({"Expiration": {"Days": 0}}, "InvalidArgument"),
                             ({"Expiration": {"Date": "2030-01-01T00:00:01Z"}}, "InvalidArgument"),
                             ({"Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]}, "NotImplemented")):
            with self.assertRaises(ClientError) as caught:
                s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={
                    "Rules": [{"ID": "r", "Status": "Enabled", "Filter": {}, **action}]})
            self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_items_go_when_their_time_is_over(self):
        dynamodb = client("dynamodb")
        name = "ttl-" + uuid.uuid4().hex[:8]
        dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                              AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                              KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
        self.addCleanup(dynamodb.delete_table, TableName=name)
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={
            "Enabled": True, "AttributeName": "until"})
        now = int(time.time())
        for key, until in (("over", now - 10), ("later", now + 3600)):
            dynamodb.put_item(TableName=name, Item={"id": {"S": key}, "until": {"N": str(until)}})
        wait(lambda: [i["id"]["S"] for i in dynamodb.scan(TableName=name)["Items"]] == ["later"])


if __name__ == "__main__":
    unittest.main()
