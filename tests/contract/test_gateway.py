"""What every service shares: signatures, unknown things, protocols, health."""
import json
import os
import socket
import unittest
import urllib.error
import urllib.request

import boto3
import botocore.exceptions

ENDPOINT = os.environ["STORMGLASS_ENDPOINT"]


def call(method, path, body=None, headers=None):
    request = urllib.request.Request(ENDPOINT + path, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


class GatewayTest(unittest.TestCase):
    def code(self, function, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            function(**arguments)
        return caught.exception.response["Error"]["Code"]

    def test_the_caller_is_root(self):
        identity = boto3.client("sts").get_caller_identity()
        self.assertEqual(identity["Arn"], f"arn:aws:iam::{identity['Account']}:root")

    def test_a_wrong_secret_does_not_match(self):
        client = boto3.client("sts", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
                              aws_secret_access_key="x" * 40)
        self.assertEqual(self.code(client.get_caller_identity), "SignatureDoesNotMatch")

    def test_an_unknown_key_is_invalid(self):
        client = boto3.client("sts", aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
                              aws_secret_access_key="x" * 40)
        self.assertEqual(self.code(client.get_caller_identity), "InvalidClientTokenId")

    def test_an_unsigned_request_is_refused(self):
        status, text, _ = call("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15",
                               {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(status, 403)
        self.assertIn("MissingAuthenticationToken", text)

    def test_an_operation_that_is_lacking_is_named_with_a_4xx(self):
        for service, method, arguments in (
                ("ec2", "describe_spot_price_history", {}),
                ("iam", "list_saml_providers", {}),
                ("kms", "list_retirable_grants", {"RetiringPrincipal": "arn:aws:iam::123456789012:root"})):
            with self.assertRaises(botocore.exceptions.ClientError) as caught:
                getattr(boto3.client(service), method)(**arguments)
            answer = caught.exception.response
            self.assertLess(answer["ResponseMetadata"]["HTTPStatusCode"], 500)
            self.assertGreaterEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
            self.assertIn("Stormglass does not implement", answer["Error"]["Message"])

    def test_health_lists_the_services(self):
        status, text, _ = call("GET", "/_stormglass/health")
        self.assertEqual(status, 200)
        self.assertIn("sts", json.loads(text)["services"])

    def test_reset_is_refused_unless_root_signs_it(self):
        status, _, _ = call("POST", "/_stormglass/reset", b"")
        self.assertEqual(status, 403)

    def test_garbage_gets_a_400_and_the_daemon_lives(self):
        host, port = ENDPOINT.split("//")[1].split(":")
        for garbage in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(garbage)
                self.assertIn(b" 400 ", connection.recv(4096))
        self.assertEqual(call("GET", "/_stormglass/health")[0], 200)


class PolicyTest(unittest.TestCase):
    """IAM is enforced: a user sees what its policies allow, and a deny wins."""

    def setUp(self):
        self.iam = boto3.client("iam")
        self.name = "contract-user"
        self.iam.create_user(UserName=self.name)
        self.addCleanup(self.iam.delete_user, UserName=self.name)
        key = self.iam.create_access_key(UserName=self.name)["AccessKey"]
        self.addCleanup(self.iam.delete_access_key, UserName=self.name, AccessKeyId=key["AccessKeyId"])
        self.user = {"aws_access_key_id": key["AccessKeyId"],
                     "aws_secret_access_key": key["SecretAccessKey"]}

    def allow(self, name, effect, action):
        document = {"Version": "2012-10-17",
                    "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]}
        self.iam.put_user_policy(UserName=self.name, PolicyName=name, PolicyDocument=json.dumps(document))
        self.addCleanup(self.iam.delete_user_policy, UserName=self.name, PolicyName=name)

    def test_a_user_without_policies_may_only_ask_who_it_is(self):
        self.assertIn(f"user/{self.name}", boto3.client("sts", **self.user).get_caller_identity()["Arn"])
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            boto3.client("iam", **self.user).list_users()
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], "AccessDenied")
        self.assertIn(f"user/{self.name} is not authorized to perform: iam:ListUsers", error["Message"])

    def test_a_deny_beats_an_allow(self):
        self.allow("yes", "Allow", "iam:*")
        boto3.client("iam", **self.user).list_users()
        self.allow("no", "Deny", "iam:ListUsers")
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            boto3.client("iam", **self.user).list_users()
        self.assertIn("explicit deny", caught.exception.response["Error"]["Message"])


if __name__ == "__main__":
    unittest.main()
