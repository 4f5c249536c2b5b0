"""KMS as boto3 sees it: keys, ciphertexts, states, policies, aliases; and who may use a key."""
import json
import os
import unittest
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SETTINGS = {"endpoint_url": os.environ["STORMGLASS_ENDPOINT"], "region_name": "us-east-1",
            "config": Config(retries={"max_attempts": 1})}


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


class Keys(unittest.TestCase):
    def setUp(self):
        self.kms = boto3.client("kms", **SETTINGS)
        self.key = self.kms.create_key(Description="contract", Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]
        self.addCleanup(code_of, self.kms.schedule_key_deletion, KeyId=self.key["KeyId"], PendingWindowInDays=7)

    def test_metadata_is_complete(self):
        found = self.kms.describe_key(KeyId=self.key["Arn"])["KeyMetadata"]
        self.assertEqual(found["KeyState"], "Enabled")
        self.assertEqual(found["KeySpec"], "SYMMETRIC_DEFAULT")
        self.assertEqual(found["EncryptionAlgorithms"], ["SYMMETRIC_DEFAULT"])
        self.assertFalse(found["MultiRegion"])

    def test_ciphertext_needs_its_context(self):
        blob = self.kms.encrypt(KeyId=self.key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
        plain = self.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1"})
        self.assertEqual(plain["Plaintext"], b"x")
        self.assertEqual(plain["KeyId"], self.key["Arn"])
        self.assertEqual(code_of(self.kms.decrypt, CiphertextBlob=blob), "InvalidCiphertextException")
        self.assertEqual(code_of(self.kms.encrypt, KeyId=self.key["KeyId"], Plaintext=b"x" * 4097), "ValidationException")

    def test_data_key_and_re_encrypt(self):
        other = self.kms.create_key()["KeyMetadata"]["KeyId"]
        self.addCleanup(code_of, self.kms.schedule_key_deletion, KeyId=other, PendingWindowInDays=7)
        made = self.kms.generate_data_key(KeyId=self.key["KeyId"], KeySpec="AES_256")
        moved = self.kms.re_encrypt(CiphertextBlob=made["CiphertextBlob"], DestinationKeyId=other)
        self.assertEqual(self.kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"], made["Plaintext"])
        self.assertEqual(len(self.kms.generate_random(NumberOfBytes=12)["Plaintext"]), 12)

    def test_states(self):
        name = self.key["KeyId"]
        self.kms.disable_key(KeyId=name)
        self.assertEqual(code_of(self.kms.encrypt, KeyId=name, Plaintext=b"x"), "DisabledException")
        self.kms.enable_key(KeyId=name)
        self.kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=7)
        self.assertEqual(code_of(self.kms.encrypt, KeyId=name, Plaintext=b"x"), "KMSInvalidStateException")
        self.kms.cancel_key_deletion(KeyId=name)
        self.assertEqual(self.kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"], "Disabled")

    def test_alias_tags_and_rotation(self):
        alias = "alias/contract-" + uuid.uuid4().hex[:8]
        self.kms.create_alias(AliasName=alias, TargetKeyId=self.key["KeyId"])
        self.assertEqual(self.kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"], self.key["Arn"])
        self.assertEqual(self.kms.list_aliases(KeyId=self.key["KeyId"])["Aliases"][0]["AliasName"], alias)
        self.kms.delete_alias(AliasName=alias)
        self.assertEqual(self.kms.list_resource_tags(KeyId=self.key["KeyId"])["Tags"], [{"TagKey": "a", "TagValue": "1"}])
        self.assertFalse(self.kms.get_key_rotation_status(KeyId=self.key["KeyId"])["KeyRotationEnabled"])
        self.kms.enable_key_rotation(KeyId=self.key["KeyId"])
        self.assertTrue(self.kms.get_key_rotation_status(KeyId=self.key["KeyId"])["KeyRotationEnabled"])

    def test_managed_key_is_described_but_not_used_directly(self):
        found = self.kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
        self.assertEqual(found["KeyManager"], "AWS")
        self.assertEqual(code_of(self.kms.encrypt, KeyId=found["KeyId"], Plaintext=b"x"), "AccessDeniedException")

    def test_malformed_policy(self):
        self.assertEqual(code_of(self.kms.put_key_policy, KeyId=self.key["KeyId"], PolicyName="default", Policy="{"),
                         "MalformedPolicyDocumentException")
        self.assertEqual(code_of(self.kms.put_key_policy, KeyId=self.key["KeyId"], PolicyName="default",
                                 Policy='{"Version":"2012-10-17","Statement":[{"Effect":"Nonsense"}]}'),
                         "MalformedPolicyDocumentException")


class Rights(unittest.TestCase):
    def setUp(self):
        self.kms = boto3.client("kms", **SETTINGS)
        self.iam = boto3.client("iam", **SETTINGS)
        self.name = "contract-" + uuid.uuid4().hex[:8]
        self.user = self.iam.create_user(UserName=self.name)["User"]["Arn"]
        self.addCleanup(self.iam.delete_user, UserName=self.name)
        keys = self.iam.create_access_key(UserName=self.name)["AccessKey"]
        self.addCleanup(self.iam.delete_access_key, UserName=self.name, AccessKeyId=keys["AccessKeyId"])
        self.theirs = {**SETTINGS, "aws_access_key_id": keys["AccessKeyId"],
                       "aws_secret_access_key": keys["SecretAccessKey"], "aws_session_token": ""}
        self.key = self.kms.create_key()["KeyMetadata"]
        self.addCleanup(self.kms.schedule_key_deletion, KeyId=self.key["KeyId"], PendingWindowInDays=7)

    def allow(self, *statements):
        self.iam.put_user_policy(UserName=self.name, PolicyName="p", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))
        self.addCleanup(code_of, self.iam.delete_user_policy, UserName=self.name, PolicyName="p")

    def test_grants_allow_until_revoked(self):
        theirs = boto3.client("kms", **self.theirs)
        blob = self.kms.encrypt(KeyId=self.key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
        self.assertEqual(code_of(theirs.decrypt, CiphertextBlob=blob), "AccessDeniedException")
        grant = self.kms.create_grant(KeyId=self.key["KeyId"], GranteePrincipal=self.user, Operations=["Decrypt"])
        self.assertEqual(theirs.decrypt(CiphertextBlob=blob)["Plaintext"], b"x")
        self.kms.revoke_grant(KeyId=self.key["KeyId"], GrantId=grant["GrantId"])
        self.assertEqual(code_of(theirs.decrypt, CiphertextBlob=blob), "AccessDeniedException")

    def test_reading_a_secure_string_needs_its_key(self):
        parameter = "/contract/" + self.name
        boto3.client("ssm", **SETTINGS).put_parameter(Name=parameter, Value="s", Type="SecureString", KeyId=self.key["KeyId"])
        self.addCleanup(boto3.client("ssm", **SETTINGS).delete_parameter, Name=parameter)
        theirs = boto3.client("ssm", **self.theirs)
        read = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}
        self.allow(read)
        self.assertNotEqual(theirs.get_parameter(Name=parameter)["Parameter"]["Value"], "s")
        self.assertEqual(code_of(theirs.get_parameter, Name=parameter, WithDecryption=True), "AccessDeniedException")
        self.allow(read, {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": self.key["Arn"], "Condition": {
            "StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}})
        self.assertEqual(theirs.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"], "s")
        blob = self.kms.encrypt(KeyId=self.key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
        self.assertEqual(code_of(boto3.client("kms", **self.theirs).decrypt, CiphertextBlob=blob), "AccessDeniedException")

    def test_the_managed_key_serves_whoever_may_use_ssm(self):
        parameter = "/contract/managed-" + self.name
        theirs = boto3.client("ssm", **self.theirs)
        self.allow({"Effect": "Allow", "Action": "ssm:*", "Resource": "*"})
        theirs.put_parameter(Name=parameter, Value="s", Type="SecureString")
        self.assertEqual(theirs.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"], "s")
        theirs.delete_parameter(Name=parameter)


if __name__ == "__main__":
    unittest.main()
