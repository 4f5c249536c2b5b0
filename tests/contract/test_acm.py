"""ACM as boto3 sees it: certificates made by openssl, imported."""
import os
import subprocess
import tempfile
import unittest

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


def self_signed(name):
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "30", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name],
                       check=True, capture_output=True)
        with open(certificate, "rb") as one, open(key, "rb") as other:
            return one.read(), other.read()


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certificate, cls.key = self_signed("app.example")

    def setUp(self):
        self.acm = boto3.client("acm", **SETTINGS)

    def test_import_describe_tag_delete(self):
        arn = self.acm.import_certificate(Certificate=self.certificate, PrivateKey=self.key,
                                          Tags=[{"Key": "k", "Value": "v"}])["CertificateArn"]
        self.addCleanup(code_of, self.acm.delete_certificate, CertificateArn=arn)
        found = self.acm.describe_certificate(CertificateArn=arn)["Certificate"]
        self.assertEqual((found["Status"], found["Type"], found["DomainName"], found["KeyAlgorithm"]),
                         ("ISSUED", "IMPORTED", "app.example", "RSA-2048"))
        self.assertEqual(found["SubjectAlternativeNames"], ["app.example"])
        self.assertEqual(found["InUseBy"], [])
        self.assertEqual(self.acm.get_certificate(CertificateArn=arn)["Certificate"].strip(), self.certificate.decode().strip())
        self.assertIn(arn, [c["CertificateArn"] for c in self.acm.list_certificates()["CertificateSummaryList"]])
        self.assertEqual(self.acm.list_tags_for_certificate(CertificateArn=arn)["Tags"], [{"Key": "k", "Value": "v"}])
        self.acm.import_certificate(CertificateArn=arn, Certificate=self.certificate, PrivateKey=self.key)
        self.acm.delete_certificate(CertificateArn=arn)
        self.assertEqual(code_of(self.acm.describe_certificate, CertificateArn=arn), "ResourceNotFoundException")

    def test_what_does_not_fit_is_refused(self):
        other, other_key = self_signed("other.example")
        self.assertEqual(code_of(self.acm.import_certificate, Certificate=self.certificate, PrivateKey=other_key),
                         "ValidationException")
        self.assertEqual(code_of(self.acm.import_certificate, Certificate=self.certificate, PrivateKey=self.key,
                                 CertificateChain=other), "ValidationException")


if __name__ == "__main__":
    unittest.main()
