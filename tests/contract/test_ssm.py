"""Parameter Store as boto3 sees it."""
import os
import unittest
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SETTINGS = {"endpoint_url": os.environ["STORMGLASS_ENDPOINT"], "region_name": "us-east-1",
            "config": Config(retries={"max_attempts": 1})}
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


class Parameters(unittest.TestCase):
    def setUp(self):
        self.ssm = boto3.client("ssm", **SETTINGS)
        self.root = "/contract-" + uuid.uuid4().hex[:8]
        self.addCleanup(self.clean)

    def clean(self):
        pages = self.ssm.get_paginator("get_parameters_by_path").paginate(Path=self.root, Recursive=True)
        for name in [p["Name"] for page in pages for p in page["Parameters"]]:
            self.ssm.delete_parameter(Name=name)

    def put(self, name, value="v", **more):
        return self.ssm.put_parameter(Name=self.root + name, Value=value, Type=more.pop("Type", "String"), **more)

    def test_versions_and_selectors(self):
        self.assertEqual(self.put("/a", "1")["Version"], 1)
        self.assertEqual(code_of(self.put, name="/a"), "ParameterAlreadyExists")
        self.assertEqual(self.put("/a", "2", Overwrite=True)["Version"], 2)
        self.ssm.label_parameter_version(Name=self.root + "/a", ParameterVersion=1, Labels=["old"])
        self.assertEqual(self.ssm.get_parameter(Name=self.root + "/a:old")["Parameter"]["Value"], "1")
        self.assertEqual(self.ssm.get_parameter(Name=self.root + "/a:2")["Parameter"]["Value"], "2")
        self.assertEqual(len(self.ssm.get_parameter_history(Name=self.root + "/a")["Parameters"]), 2)

    def test_secure_string_is_a_ciphertext_without_decryption(self):
        self.put("/s", "secret", Type="SecureString")
        shown = self.ssm.get_parameter(Name=self.root + "/s")["Parameter"]
        self.assertNotIn("secret", shown["Value"])
        plain = self.ssm.get_parameter(Name=shown["ARN"], WithDecryption=True)["Parameter"]
        self.assertEqual(plain["Value"], "secret")

    def test_paths_are_paged(self):
        for i in range(12):
            self.put(f"/p/{i}")
        first = self.ssm.get_parameters_by_path(Path=self.root, Recursive=True, MaxResults=10)
        self.assertEqual(len(first["Parameters"]), 10)
        rest = self.ssm.get_parameters_by_path(Path=self.root, Recursive=True, MaxResults=10, NextToken=first["NextToken"])
        self.assertEqual(len(rest["Parameters"]), 2)
        self.assertEqual(self.ssm.get_parameters_by_path(Path=self.root)["Parameters"], [])

    def test_describe_tags_and_absence(self):
        self.put("/t", Tags=[{"Key": "k", "Value": "v"}], Description="d")
        found = self.ssm.describe_parameters(ParameterFilters=[
            {"Key": "Name", "Option": "Equals", "Values": [self.root + "/t"]}])["Parameters"]
        self.assertEqual([p["Description"] for p in found], ["d"])
        tags = self.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=self.root + "/t")
        self.assertEqual(tags["TagList"], [{"Key": "k", "Value": "v"}])
        self.assertEqual(code_of(self.ssm.get_parameter, Name=self.root + "/none"), "ParameterNotFound")
        several = self.ssm.get_parameters(Names=[self.root + "/t", self.root + "/none"])
        self.assertEqual(several["InvalidParameters"], [self.root + "/none"])

    def test_public_images(self):
        self.assertRegex(self.ssm.get_parameter(Name=IMAGE, WithDecryption=True)["Parameter"]["Value"], "^ami-")


if __name__ == "__main__":
    unittest.main()
