"""S3 tells SNS topics what happens to objects, in AWS's event message."""
import json
import os
import unittest
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from sns_listener import Listener

REGION = os.environ.get("AWS_REGION", "us-east-1")


class S3EventsTest(unittest.TestCase):
    def setUp(self):
        endpoint = os.environ["STORMGLASS_ENDPOINT"]
        self.s3 = boto3.client("s3", endpoint_url=endpoint, region_name=REGION,
                               config=Config(signature_version="s3v4", retries={"max_attempts": 1}))
        self.sns = boto3.client("sns", endpoint_url=endpoint, region_name=REGION)
        name = "events-" + uuid.uuid4().hex[:12]
        self.topic = self.sns.create_topic(Name=name)["TopicArn"]
        self.addCleanup(self.sns.delete_topic, TopicArn=self.topic)
        self.bucket = name
        self.s3.create_bucket(Bucket=self.bucket)
        self.addCleanup(self.s3.delete_bucket, Bucket=self.bucket)

    def let_in(self, bucket):
        self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy", AttributeValue=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "SNS:Publish",
                "Resource": self.topic, "Condition": {
                    "ArnLike": {"aws:SourceArn": "arn:aws:s3:::" + bucket},
                    "StringEquals": {"aws:SourceAccount": self.topic.split(":")[4]}}}]}))

    def configure(self, **more):
        configuration = {"TopicArn": self.topic, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"], **more}
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"TopicConfigurations": [configuration]})

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_events_reach_a_listener_through_a_topic(self):
        self.let_in(self.bucket)
        with Listener() as here:
            self.sns.subscribe(TopicArn=self.topic, Protocol="http", Endpoint=here.url)
            here.wait(lambda h: h.of_type("SubscriptionConfirmation"))
            here.wait(lambda h: self.sns.get_topic_attributes(TopicArn=self.topic)["Attributes"]
                      ["SubscriptionsConfirmed"] == "1")
            self.configure(Id="mine", Filter={"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}})
            here.wait(lambda h: h.of_type("Notification"))
            test = json.loads(here.of_type("Notification")[0]["Message"])
            self.assertEqual((test["Event"], test["Bucket"]), ("s3:TestEvent", self.bucket))
            self.s3.put_object(Bucket=self.bucket, Key="out/x", Body=b"no")
            put = self.s3.put_object(Bucket=self.bucket, Key="in/a b+ü.txt", Body=b"hello")
            self.s3.delete_object(Bucket=self.bucket, Key="in/a b+ü.txt")
            here.wait(lambda h: len(h.of_type("Notification")) == 3)
            records = {}
            for message in here.of_type("Notification")[1:]:
                self.assertEqual(message["Subject"], "Amazon S3 Notification")
                record = json.loads(message["Message"])["Records"][0]
                records[record["eventName"]] = record
            self.assertEqual(set(records), {"ObjectCreated:Put", "ObjectRemoved:Delete"})
            created = records["ObjectCreated:Put"]
            self.assertEqual(created["s3"]["object"]["key"], "in/a+b%2B%C3%BC.txt")
            self.assertEqual(created["s3"]["object"]["size"], 5)
            self.assertEqual(created["s3"]["object"]["eTag"], put["ETag"].strip('"'))
            self.assertEqual(created["s3"]["configurationId"], "mine")
            self.assertEqual(created["s3"]["bucket"]["arn"], "arn:aws:s3:::" + self.bucket)
            self.assertEqual(created["eventVersion"], "2.1")
            shown = self.s3.get_bucket_notification_configuration(Bucket=self.bucket)["TopicConfigurations"]
            self.assertEqual(shown[0]["Filter"]["Key"]["FilterRules"], [{"Name": "Prefix", "Value": "in/"}])
        self.s3.delete_object(Bucket=self.bucket, Key="out/x")

    def test_what_s3_refuses(self):
        self.let_in("another-bucket")
        self.refused("InvalidArgument", self.configure)
        self.let_in(self.bucket)
        self.refused("InvalidArgument", self.configure, Events=["s3:Odd"])
        put = self.s3.put_bucket_notification_configuration
        overlapping = [{"TopicArn": self.topic, "Events": ["s3:ObjectCreated:Put"]},
                       {"TopicArn": self.topic, "Events": ["s3:ObjectCreated:*"]}]
        self.refused("InvalidArgument", put, Bucket=self.bucket,
                     NotificationConfiguration={"TopicConfigurations": overlapping})
        self.refused("NotImplemented", put, Bucket=self.bucket, NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q",
                                     "Events": ["s3:ObjectCreated:*"]}]})
        put(Bucket=self.bucket, NotificationConfiguration={})
        shown = self.s3.get_bucket_notification_configuration(Bucket=self.bucket)
        self.assertNotIn("TopicConfigurations", shown)


if __name__ == "__main__":
    unittest.main()
