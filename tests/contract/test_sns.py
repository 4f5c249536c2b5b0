"""SNS as boto3 sees it. Reads STORMGLASS_ENDPOINT and the usual AWS_* variables."""
import json
import os
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_REGION", "us-east-1")


def client(region=REGION):
    return boto3.client("sns", endpoint_url=os.environ["STORMGLASS_ENDPOINT"], region_name=region)


class SnsTest(unittest.TestCase):
    """Every test has a topic of its own, removed at the end with its subscriptions."""

    def setUp(self):
        self.sns = client()
        self.name = "contract-" + uuid.uuid4().hex
        self.topic = self.sns.create_topic(Name=self.name,
                                           Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
        self.addCleanup(self.sns.delete_topic, TopicArn=self.topic)

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response["Error"]["Message"]

    def attributes(self):
        return self.sns.get_topic_attributes(TopicArn=self.topic)["Attributes"]

    def test_a_new_topic_has_exactly_the_attributes_of_aws(self):
        shown = self.attributes()
        self.assertEqual(set(shown), {
            "DisplayName", "EffectiveDeliveryPolicy", "Owner", "Policy", "SubscriptionsConfirmed",
            "SubscriptionsDeleted", "SubscriptionsPending", "TopicArn"})
        statement = json.loads(shown["Policy"])["Statement"][0]
        self.assertEqual(statement["Sid"], "__default_statement_ID")
        self.assertEqual(statement["Resource"], self.topic)
        tags = self.sns.list_tags_for_resource(ResourceArn=self.topic)["Tags"]
        self.assertEqual(tags, [{"Key": "k", "Value": "v"}])

    def test_attributes_one_by_one_as_terraform_sets_them(self):
        for kind in ("HTTP", "Firehose", "Lambda", "Application", "SQS"):
            name = kind + "SuccessFeedbackSampleRate"
            self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName=name, AttributeValue="0")
            self.assertEqual(self.attributes()[name], "0")
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{
            "Sid": "AllowAlarms", "Effect": "Allow", "Action": "sns:Publish", "Resource": self.topic,
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.rds.amazonaws.com"]},
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}]})
        self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy",
                                      AttributeValue=policy)
        self.assertEqual(self.attributes()["Policy"], policy)
        self.refused("InvalidParameter", self.sns.set_topic_attributes, TopicArn=self.topic,
                     AttributeName="Policy", AttributeValue="{}")
        self.refused("InvalidParameter", self.sns.set_topic_attributes, TopicArn=self.topic,
                     AttributeName="FifoTopic", AttributeValue="false")

    def test_an_email_subscription_is_pending(self):
        plain = self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint="a@example.test")
        self.assertEqual(plain["SubscriptionArn"], "pending confirmation")
        arn = self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint="a@example.test",
                                 ReturnSubscriptionArn=True)["SubscriptionArn"]
        shown = self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        self.assertEqual(shown["PendingConfirmation"], "true")
        self.assertEqual(shown["Endpoint"], "a@example.test")
        listed = self.sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]
        self.assertEqual([one["SubscriptionArn"] for one in listed], ["PendingConfirmation"])
        self.assertIn("pending confirmation",
                      self.refused("InvalidParameter", self.sns.unsubscribe, SubscriptionArn=arn))
        self.assertEqual(self.attributes()["SubscriptionsPending"], "1")

    def test_what_is_not_there_and_what_is_not_supported(self):
        self.refused("NotFound", self.sns.get_topic_attributes, TopicArn=self.topic + "x")
        self.refused("InvalidParameter", self.sns.publish, TopicArn="x", Message="m")
        self.assertIn("does not support", self.refused(
            "InvalidParameter", self.sns.subscribe, TopicArn=self.topic, Protocol="sms",
            Endpoint="+15551234567"))
        self.assertIn("FIFO", self.refused(
            "InvalidParameter", self.sns.create_topic, Name=self.name + ".fifo",
            Attributes={"FifoTopic": "true"}))
        self.refused("InvalidParameter", self.sns.confirm_subscription, TopicArn=self.topic,
                     Token="x")

    def test_publishing(self):
        self.assertIn("MessageId", self.sns.publish(TopicArn=self.topic, Message="m", Subject="s"))
        self.refused("InvalidParameter", self.sns.publish, TopicArn=self.topic, Message="")
        batch = self.sns.publish_batch(TopicArn=self.topic, PublishBatchRequestEntries=[
            {"Id": "a", "Message": "m"}, {"Id": "b", "Message": ""}])
        self.assertEqual([one["Id"] for one in batch["Successful"]], ["a"])
        self.assertEqual([one["Id"] for one in batch["Failed"]], ["b"])

    def test_topics_are_listed(self):
        pages = self.sns.get_paginator("list_topics").paginate()
        self.assertIn(self.topic, [t["TopicArn"] for page in pages for t in page["Topics"]])


if __name__ == "__main__":
    unittest.main()
