"""SNS delivers: over HTTP with confirmation, signed, filtered, tried again; into the mailbox; over a kill."""
import base64
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import uuid

import boto3

from sns_listener import Listener

REGION = os.environ.get("AWS_REGION", "us-east-1")


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("not in time: " + what)
        time.sleep(0.05)


def confirmed(sns, arn):
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return shown["PendingConfirmation"] == "false"


def subscribe(sns, topic, listener, **attributes):
    """Confirmed when it returns."""
    arn = sns.subscribe(TopicArn=topic, Protocol=listener.url.split(":")[0], Endpoint=listener.url,
                        Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]
    wait_until(lambda: confirmed(sns, arn), "confirmation")
    return arn


def verify_with_openssl(message):
    """The published recipe: certificate by SigningCertURL, the names and values in order, openssl dgst -verify."""
    names = ["Message", "MessageId"]
    if message["Type"] == "Notification":
        names += ["Subject"] if "Subject" in message else []
        names += ["Timestamp", "TopicArn", "Type"]
    else:
        names += ["SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names)
    digest = {"1": "-sha1", "2": "-sha256"}[message["SignatureVersion"]]
    pem = urllib.request.urlopen(message["SigningCertURL"], timeout=10).read()
    with tempfile.TemporaryDirectory() as folder:
        def path(name, content):
            full = os.path.join(folder, name)
            with open(full, "wb") as file:
                file.write(content)
            return full
        key = subprocess.run(["openssl", "x509", "-in", path("cert.pem", pem), "-noout", "-pubkey"],
                             check=True, capture_output=True).stdout
        done = subprocess.run(
            ["openssl", "dgst", digest, "-verify", path("key.pem", key), "-signature",
             path("signature", base64.b64decode(message["Signature"])), path("text", text.encode())],
            capture_output=True, text=True)
        return done.stdout.strip(), pem


class SnsDeliveryTest(unittest.TestCase):
    def setUp(self):
        self.sns = boto3.client("sns", endpoint_url=os.environ["STORMGLASS_ENDPOINT"], region_name=REGION)
        self.topic = self.sns.create_topic(Name="delivery-" + uuid.uuid4().hex)["TopicArn"]
        self.addCleanup(self.sns.delete_topic, TopicArn=self.topic)

    def test_confirmation_notification_and_the_way_out(self):
        with Listener() as here:
            arn = subscribe(self.sns, self.topic, here)
            asked = here.messages[0]
            self.assertEqual(asked["Type"], "SubscriptionConfirmation")
            self.assertEqual(here.headers[0]["content-type"], "text/plain; charset=UTF-8")
            self.assertEqual(here.headers[0]["user-agent"], "Amazon Simple Notification Service Agent")
            self.assertEqual(verify_with_openssl(asked)[0], "Verified OK")
            sent = self.sns.publish(TopicArn=self.topic, Message="hällo\nworld", Subject="a subject",
                                    MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})
            here.wait(lambda h: h.of_type("Notification"))
            got = here.of_type("Notification")[0]
            self.assertEqual(got["Message"], "hällo\nworld")
            self.assertEqual(got["MessageId"], sent["MessageId"])
            self.assertEqual(got["MessageAttributes"], {"k": {"Type": "String", "Value": "v"}})
            self.assertEqual(here.headers[-1]["x-amz-sns-subscription-arn"], arn)
            self.assertEqual(self.sns.get_topic_attributes(TopicArn=self.topic)["Attributes"]
                             ["SubscriptionsConfirmed"], "1")
            urllib.request.urlopen(got["UnsubscribeURL"], timeout=10).read()
            here.wait(lambda h: h.of_type("UnsubscribeConfirmation"))
            self.assertEqual(self.sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"], [])

    def test_signatures_of_both_versions_verify_and_the_certificate_is_of_our_authority(self):
        with Listener() as here:
            subscribe(self.sns, self.topic, here)
            for version in ("1", "2"):
                self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="SignatureVersion",
                                              AttributeValue=version)
                self.sns.publish(TopicArn=self.topic, Message="v" + version, Subject="s")
                here.wait(lambda h, v=version: [m for m in h.of_type("Notification")
                                                if m["SignatureVersion"] == v])
                message = here.of_type("Notification")[-1]
                verdict, pem = verify_with_openssl(message)
                self.assertEqual(verdict, "Verified OK")
                message["Message"] += "!"
                self.assertNotEqual(verify_with_openssl(message)[0], "Verified OK")
        ca = subprocess.run([os.environ["STORMGLASS_PROGRAM"], "ca", "--data-dir", self.home()], check=True,
                            capture_output=True).stdout
        with tempfile.NamedTemporaryFile() as ca_file, tempfile.NamedTemporaryFile() as leaf:
            ca_file.write(ca)
            ca_file.flush()
            leaf.write(pem)
            leaf.flush()
            checked = subprocess.run(["openssl", "verify", "-CAfile", ca_file.name, leaf.name],
                                     capture_output=True, text=True)
            self.assertEqual(checked.returncode, 0, checked.stderr)

    @staticmethod
    def home():
        return os.environ["STORMGLASS_HOME"]

    def test_raw_delivery_and_filters(self):
        with Listener() as raw, Listener() as filtered:
            subscribe(self.sns, self.topic, raw, RawMessageDelivery="true")
            subscribe(self.sns, self.topic, filtered,
                      FilterPolicy=json.dumps({"kind": [{"prefix": "or"}], "n": [{"numeric": [">", 3]}]}))
            for kind, n in (("order", "3"), ("order", "4"), ("other", "5")):
                self.sns.publish(TopicArn=self.topic, Message=kind + n, MessageAttributes={
                    "kind": {"DataType": "String", "StringValue": kind},
                    "n": {"DataType": "Number", "StringValue": n}})
            raw.wait(lambda h: sum("raw" in m for m in h.messages) == 3)
            self.assertEqual(sorted(m["raw"] for m in raw.messages if "raw" in m),
                             ["order3", "order4", "other5"])
            filtered.wait(lambda h: h.of_type("Notification"))
            self.assertEqual([m["Message"] for m in filtered.of_type("Notification")], ["order4"])

    def test_a_message_by_protocol(self):
        with Listener() as here:
            subscribe(self.sns, self.topic, here)
            self.sns.publish(TopicArn=self.topic, MessageStructure="json",
                             Message=json.dumps({"default": "d", "http": "for http"}))
            here.wait(lambda h: h.of_type("Notification"))
            self.assertEqual(here.of_type("Notification")[0]["Message"], "for http")

    def test_retries_at_once_and_none_after_a_4xx(self):
        with Listener() as here:
            subscribe(self.sns, self.topic, here, DeliveryPolicy=json.dumps({"healthyRetryPolicy": {
                "numRetries": 3, "numNoDelayRetries": 2, "minDelayTarget": 1, "maxDelayTarget": 1}}))
            here.answers = [500, 503, 429, 200]
            self.sns.publish(TopicArn=self.topic, Message="m")
            here.wait(lambda h: len(h.of_type("Notification")) == 4)
            self.assertEqual([m["status"] for m in here.of_type("Notification")], [500, 503, 429, 200])
            here.answers = [404]
            self.sns.publish(TopicArn=self.topic, Message="refused")
            self.sns.publish(TopicArn=self.topic, Message="next")
            here.wait(lambda h: [m for m in h.of_type("Notification") if m["Message"] == "next"])
            self.assertEqual(len(here.of_type("Notification")), 6)

    def test_confirming_by_the_api(self):
        with Listener(confirm=False) as here:
            self.sns.subscribe(TopicArn=self.topic, Protocol="http", Endpoint=here.url)
            here.wait(lambda h: h.of_type("SubscriptionConfirmation"))
            token = here.messages[0]["Token"]
            arn = self.sns.confirm_subscription(TopicArn=self.topic, Token=token,
                                                AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
            self.assertTrue(confirmed(self.sns, arn))
            self.sns.publish(TopicArn=self.topic, Message="m")
            here.wait(lambda h: h.of_type("Notification"))
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(here.of_type("Notification")[0]["UnsubscribeURL"], timeout=10)
            self.assertEqual(refused.exception.code, 403)
            refused.exception.close()
            self.sns.unsubscribe(SubscriptionArn=arn)

    def test_mail_in_the_mailbox_confirms_by_its_link(self):
        def mail(*words):
            return subprocess.run([os.environ["STORMGLASS_PROGRAM"], "mail", "--data-dir", self.home(), *words],
                                  check=True, capture_output=True, text=True).stdout

        def mine():
            return [m for m in json.loads(mail("--json")) if m["to"] == address]
        address = uuid.uuid4().hex + "@example.test"
        arn = self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint=address,
                                 ReturnSubscriptionArn=True)["SubscriptionArn"]
        wait_until(lambda: len(mine()) == 1, "the confirmation mail")
        text = mail(mine()[0]["id"])
        self.assertIn("Subject: AWS Notification - Subscription Confirmation", text)
        link = re.search(r"http://\S+Action=ConfirmSubscription\S+", text).group(0)
        self.assertIn(b"<SubscriptionArn>", urllib.request.urlopen(link, timeout=10).read())
        self.assertTrue(confirmed(self.sns, arn))
        self.sns.publish(TopicArn=self.topic, Message="the disk is full", Subject="Disk")
        wait_until(lambda: len(mine()) == 2, "the notification")
        self.assertEqual(mine()[1]["subject"], "Disk")
        self.assertIn("the disk is full", mail(mine()[1]["id"]))
        self.assertEqual(os.stat(mine()[1]["path"]).st_mode & 0o777, 0o600)
        self.assertIn("Disk", mail())

    def test_only_services_that_the_topic_lets_in_may_publish(self):
        self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy", AttributeValue=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Sid": "s", "Effect": "Allow", "Principal": {"Service": "events.rds.amazonaws.com"},
                "Action": "sns:Publish", "Resource": self.topic}]}))
        cloudwatch = boto3.client("cloudwatch", endpoint_url=os.environ["STORMGLASS_ENDPOINT"],
                                  region_name=REGION)
        name = "sns-" + uuid.uuid4().hex
        cloudwatch.put_metric_alarm(AlarmName=name, Namespace="Test", MetricName="m", Statistic="Sum", Period=60,
                                    EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
                                    AlarmActions=[self.topic])
        self.addCleanup(cloudwatch.delete_alarms, AlarmNames=[name])
        with Listener() as here:
            subscribe(self.sns, self.topic, here)
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
            self.sns.set_topic_attributes(
                TopicArn=self.topic, AttributeName="Policy", AttributeValue=json.dumps({
                    "Version": "2012-10-17", "Statement": [{
                        "Sid": "s", "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
                        "Action": "sns:Publish", "Resource": self.topic}]}))
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="allowed now")
            here.wait(lambda h: h.of_type("Notification"))
            alarm = json.loads(here.of_type("Notification")[0]["Message"])
            self.assertEqual(alarm["NewStateReason"], "allowed now")
            self.assertEqual(len(here.of_type("Notification")), 1)


class SnsKillTest(unittest.TestCase):
    """With a daemon of its own, which is killed."""

    def setUp(self):
        self.program = os.environ["STORMGLASS_PROGRAM"]
        self.folder = tempfile.TemporaryDirectory(prefix="stormglass-sns-")
        self.addCleanup(self.folder.cleanup)
        self.addCleanup(self.run_program, "down", "--purge")
        self.up()

    def run_program(self, *words, **environment):
        return subprocess.run([self.program, words[0], "--data-dir", self.folder.name, *words[1:]], check=True,
                              capture_output=True, text=True, env={**os.environ, **environment}).stdout

    def up(self, **environment):
        self.run_program("up", "--port", "0", "--http-port", "18090", "--https-port", "18453", "--clock-speed",
                         "20", **environment)
        keys = json.loads(self.run_program("env", "--format", "json"))
        self.sns = boto3.client("sns", endpoint_url=keys["AWS_ENDPOINT_URL"], region_name=REGION,
                                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                                aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"])

    def kill(self):
        with open(os.path.join(self.folder.name, "daemon.json"), encoding="utf-8") as facts:
            pid = json.load(facts)["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the daemon's end")

    def test_nothing_accepted_is_lost_over_kill_9(self):
        topic = self.sns.create_topic(Name="kill")["TopicArn"]
        with Listener() as here:
            subscribe(self.sns, topic, here)
            here.answers = [503] * 40  # Some are under way or waiting for their retry when the daemon dies.
            accepted = {self.sns.publish(TopicArn=topic, Message=f"m{i}")["MessageId"] for i in range(150)}
            self.kill()
            self.up()
            here.wait(lambda h: accepted <= {m["MessageId"] for m in h.of_type("Notification")
                                             if m["status"] == 200}, 60)

    def test_https_with_an_authority_of_the_users(self):
        key, pem = (os.path.join(self.folder.name, name) for name in ("own.key", "own.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", pem, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.run_program("down")
        self.up(STORMGLASS_SNS_CA=pem)
        topic = self.sns.create_topic(Name="tls")["TopicArn"]
        with Listener(certificate=(pem, key)) as here:
            subscribe(self.sns, topic, here)
            self.sns.publish(TopicArn=topic, Message="over TLS")
            here.wait(lambda h: h.of_type("Notification"))


if __name__ == "__main__":
    unittest.main()
