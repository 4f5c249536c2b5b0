"""S3 as boto3 sees it: buckets, versions, conditions, listings, uploads in parts, policies."""
import base64
import hashlib
import json
import os
import unittest
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["STORMGLASS_ENDPOINT"]
MIB = 1 << 20


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return None


class Buckets(unittest.TestCase):
    def setUp(self):
        self.s3 = boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1",
                               config=Config(signature_version="s3v4", retries={"max_attempts": 1}))
        self.bucket = "contract-" + uuid.uuid4().hex[:12]
        self.s3.create_bucket(Bucket=self.bucket)
        self.addCleanup(self.empty)

    def empty(self):
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket)
        for page in pages:
            doomed = [{"Key": v["Key"], "VersionId": v["VersionId"]}
                      for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
            if doomed:
                self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": doomed})
        self.s3.delete_bucket(Bucket=self.bucket)

    def versioned(self):
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def test_bucket_names_and_owners(self):
        self.assertEqual(code_of(self.s3.create_bucket, Bucket="Under_Score"), ("InvalidBucketName", 400))
        self.s3.create_bucket(Bucket=self.bucket)  # us-east-1: creating one's own again is fine.
        other = boto3.client("s3", endpoint_url=ENDPOINT, region_name="eu-west-1")
        self.assertEqual(code_of(other.create_bucket, Bucket=self.bucket + "x")[0],
                         "IllegalLocationConstraintException")
        head = self.s3.head_bucket(Bucket=self.bucket)
        self.assertEqual(head["BucketRegion"], "us-east-1")
        self.assertEqual(code_of(self.s3.head_bucket, Bucket="absent-" + uuid.uuid4().hex[:8]), ("404", 404))
        self.assertIn(self.bucket, [b["Name"] for b in self.s3.list_buckets()["Buckets"]])

    def test_region_of_a_bucket(self):
        name = self.bucket + "-eu"
        eu = boto3.client("s3", endpoint_url=ENDPOINT, region_name="eu-west-1")
        eu.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.addCleanup(eu.delete_bucket, Bucket=name)
        self.assertEqual(eu.get_bucket_location(Bucket=name)["LocationConstraint"], "eu-west-1")
        self.assertIsNone(self.s3.get_bucket_location(Bucket=self.bucket)["LocationConstraint"])
        self.assertEqual(code_of(eu.create_bucket, Bucket=name,
                                 CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}),
                         ("BucketAlreadyOwnedByYou", 409))
        # boto3 follows the region that the refusal names.
        self.s3.put_object(Bucket=name, Key="k", Body=b"x")
        eu.delete_object(Bucket=name, Key="k")

    def test_what_a_new_bucket_has_not(self):
        missing = {
            "get_bucket_policy": "NoSuchBucketPolicy", "get_bucket_tagging": "NoSuchTagSet",
            "get_bucket_cors": "NoSuchCORSConfiguration", "get_bucket_website": "NoSuchWebsiteConfiguration",
            "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
            "get_bucket_replication": "ReplicationConfigurationNotFoundError",
            "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError"}
        for call, code in missing.items():
            self.assertEqual(code_of(getattr(self.s3, call), Bucket=self.bucket), (code, 404), call)
        rules = self.s3.get_bucket_encryption(Bucket=self.bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        self.assertEqual(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256")
        self.assertEqual(self.s3.get_bucket_ownership_controls(Bucket=self.bucket)["OwnershipControls"]["Rules"],
                         [{"ObjectOwnership": "BucketOwnerEnforced"}])
        block = self.s3.get_public_access_block(Bucket=self.bucket)["PublicAccessBlockConfiguration"]
        self.assertEqual(set(block.values()), {True})
        self.assertNotIn("Status", self.s3.get_bucket_versioning(Bucket=self.bucket))
        self.assertEqual(self.s3.get_bucket_request_payment(Bucket=self.bucket)["Payer"], "BucketOwner")
        grant = self.s3.get_bucket_acl(Bucket=self.bucket)["Grants"][0]
        self.assertEqual((grant["Permission"], grant["Grantee"]["Type"]), ("FULL_CONTROL", "CanonicalUser"))

    def test_lifecycle_comes_back_as_it_was_sent(self):
        rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
        self.s3.put_bucket_lifecycle_configuration(
            Bucket=self.bucket, LifecycleConfiguration={"Rules": [rule]},
            TransitionDefaultMinimumObjectSize="all_storage_classes_128K")
        answer = self.s3.get_bucket_lifecycle_configuration(Bucket=self.bucket)
        self.assertEqual(answer["Rules"], [rule])
        self.assertEqual(answer["TransitionDefaultMinimumObjectSize"], "all_storage_classes_128K")

    def test_objects_small_and_large_come_back_whole(self):
        for size in (0, 1, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 3 * MIB + 17):
            data = os.urandom(size)
            put = self.s3.put_object(Bucket=self.bucket, Key="o", Body=data, Metadata={"who": "me"},
                                     ContentType="text/x", CacheControl="no-store")
            self.assertEqual(put["ETag"], '"%s"' % hashlib.md5(data).hexdigest())
            self.assertEqual(put["ServerSideEncryption"], "AES256")
            got = self.s3.get_object(Bucket=self.bucket, Key="o", ChecksumMode="ENABLED")
            self.assertEqual(got["Body"].read(), data)
            self.assertEqual((got["ContentLength"], got["ContentType"], got["Metadata"], got["CacheControl"]),
                             (size, "text/x", {"who": "me"}, "no-store"))
            if size > 2:
                part = self.s3.get_object(Bucket=self.bucket, Key="o", Range="bytes=%d-" % (size - 2))
                self.assertEqual(part["Body"].read(), data[-2:])
                self.assertEqual(part["ContentRange"], "bytes %d-%d/%d" % (size - 2, size - 1, size))
                self.assertEqual(part["ResponseMetadata"]["HTTPStatusCode"], 206)
            if size > 100_000:
                part = self.s3.get_object(Bucket=self.bucket, Key="o", Range="bytes=65530-131080")
                self.assertEqual(part["Body"].read(), data[65530:131081])
        self.assertEqual(code_of(self.s3.get_object, Bucket=self.bucket, Key="o", Range="bytes=99999999-"),
                         ("InvalidRange", 416))
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="o")["ContentLength"], 3 * MIB + 17)
        self.assertEqual(code_of(self.s3.head_object, Bucket=self.bucket, Key="absent"), ("404", 404))
        self.assertEqual(code_of(self.s3.get_object, Bucket=self.bucket, Key="absent"), ("NoSuchKey", 404))

    def test_checksums_are_checked_and_given_back(self):
        for algorithm, member in (("CRC32", "ChecksumCRC32"), ("SHA1", "ChecksumSHA1"),
                                  ("SHA256", "ChecksumSHA256")):
            put = self.s3.put_object(Bucket=self.bucket, Key="c", Body=b"123456789", ChecksumAlgorithm=algorithm)
            head = self.s3.head_object(Bucket=self.bucket, Key="c", ChecksumMode="ENABLED")
            self.assertEqual(put[member], head[member])
            self.assertEqual(head["ChecksumType"], "FULL_OBJECT")
        check_values = {"ChecksumCRC32": "cbf43926", "ChecksumCRC32C": "e3069283",
                        "ChecksumCRC64NVME": "ae8b14860a799888"}
        for member, value in check_values.items():
            right = base64.b64encode(bytes.fromhex(value)).decode()
            self.s3.put_object(Bucket=self.bucket, Key="c", Body=b"123456789", **{member: right})
            wrong = base64.b64encode(b"\0" * (len(value) // 2)).decode()
            self.assertEqual(code_of(self.s3.put_object, Bucket=self.bucket, Key="c", Body=b"x", **{member: wrong}),
                             ("BadDigest", 400))
        self.assertEqual(code_of(self.s3.put_object, Bucket=self.bucket, Key="c", Body=b"x",
                                 ContentMD5=base64.b64encode(b"\0" * 16).decode())[0], "BadDigest")
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="c")["Body"].read(), b"123456789")

    def test_conditional_writes_and_reads(self):
        put = lambda **more: self.s3.put_object(Bucket=self.bucket, Key="lock", Body=b"1", **more)
        etag = put(IfNoneMatch="*")["ETag"]
        self.assertEqual(code_of(put, IfNoneMatch="*"), ("PreconditionFailed", 412))
        self.assertEqual(code_of(put, IfMatch='"wrong"'), ("PreconditionFailed", 412))
        put(IfMatch=etag)
        self.assertEqual(code_of(self.s3.put_object, Bucket=self.bucket, Key="none", Body=b"", IfMatch=etag),
                         ("NoSuchKey", 404))
        get = lambda **more: self.s3.get_object(Bucket=self.bucket, Key="lock", **more)
        self.assertEqual(code_of(get, IfNoneMatch=etag), ("304", 304))
        self.assertEqual(code_of(get, IfMatch='"wrong"'), ("PreconditionFailed", 412))
        self.versioned()
        self.s3.delete_object(Bucket=self.bucket, Key="lock")
        put(IfNoneMatch="*")  # A delete marker counts as absent.

    def test_versions_and_delete_markers(self):
        self.s3.put_object(Bucket=self.bucket, Key="v", Body=b"null")
        self.versioned()
        first = self.s3.put_object(Bucket=self.bucket, Key="v", Body=b"1")["VersionId"]
        second = self.s3.put_object(Bucket=self.bucket, Key="v", Body=b"2")["VersionId"]
        read = lambda **more: self.s3.get_object(Bucket=self.bucket, Key="v", **more)["Body"].read()
        self.assertEqual((read(), read(VersionId=first), read(VersionId="null")), (b"2", b"1", b"null"))
        marker = self.s3.delete_object(Bucket=self.bucket, Key="v")
        self.assertTrue(marker["DeleteMarker"])
        self.assertEqual(code_of(self.s3.get_object, Bucket=self.bucket, Key="v"), ("NoSuchKey", 404))
        self.assertEqual(code_of(self.s3.get_object, Bucket=self.bucket, Key="v", VersionId=marker["VersionId"]),
                         ("MethodNotAllowed", 405))
        listed = self.s3.list_object_versions(Bucket=self.bucket)
        self.assertEqual([v["VersionId"] for v in listed["Versions"]], [second, first, "null"])
        self.assertTrue(listed["DeleteMarkers"][0]["IsLatest"])
        self.assertEqual(code_of(self.s3.delete_bucket, Bucket=self.bucket), ("BucketNotEmpty", 409))
        self.s3.delete_object(Bucket=self.bucket, Key="v", VersionId=marker["VersionId"])
        self.assertEqual(read(), b"2")
        self.s3.delete_object(Bucket=self.bucket, Key="v", VersionId=second)
        self.assertEqual(read(), b"1")
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Suspended"})
        self.s3.put_object(Bucket=self.bucket, Key="v", Body=b"null again")
        ids = [v["VersionId"] for v in self.s3.list_object_versions(Bucket=self.bucket)["Versions"]]
        self.assertEqual(ids, ["null", first])

    def test_listing_by_prefix_delimiter_and_page(self):
        keys = ["a/1", "a/2", "b", "c/d/e", "c/f", "z \u00e9"]
        for key in keys:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"x")
        listed = self.s3.list_objects_v2(Bucket=self.bucket)
        self.assertEqual([o["Key"] for o in listed["Contents"]], keys)
        folders = self.s3.list_objects_v2(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([p["Prefix"] for p in folders["CommonPrefixes"]], ["a/", "c/"])
        self.assertEqual([o["Key"] for o in folders["Contents"]], ["b", "z \u00e9"])
        inside = self.s3.list_objects_v2(Bucket=self.bucket, Delimiter="/", Prefix="c/")
        self.assertEqual([p["Prefix"] for p in inside["CommonPrefixes"]], ["c/d/"])
        for arguments in ({}, {"Delimiter": "/"}):
            for call, member in (("list_objects_v2", "Key"), ("list_objects", "Key"), ("list_object_versions", "Key")):
                seen = []
                pages = self.s3.get_paginator(call).paginate(Bucket=self.bucket, PaginationConfig={"PageSize": 1}, **arguments)
                for page in pages:
                    entries = page.get("Contents", page.get("Versions", []))
                    seen += [e[member] for e in entries] + [p["Prefix"] for p in page.get("CommonPrefixes", [])]
                wanted = keys if not arguments else ["a/", "b", "c/", "z \u00e9"]
                self.assertEqual(seen, wanted, (call, arguments))
        after = self.s3.list_objects_v2(Bucket=self.bucket, StartAfter="b")
        self.assertEqual([o["Key"] for o in after["Contents"]], keys[3:])

    def test_upload_in_parts(self):
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="m", ChecksumAlgorithm="CRC32",
                                                 ChecksumType="FULL_OBJECT")["UploadId"]
        pieces = [os.urandom(5 * MIB), os.urandom(5 * MIB), b"tail"]
        done = []
        for number, piece in enumerate(pieces, 1):
            part = self.s3.upload_part(Bucket=self.bucket, Key="m", UploadId=upload, PartNumber=number, Body=piece,
                                       ChecksumAlgorithm="CRC32")
            done.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
        listed = self.s3.list_parts(Bucket=self.bucket, Key="m", UploadId=upload)
        self.assertEqual([p["Size"] for p in listed["Parts"]], [len(p) for p in pieces])
        self.assertEqual(self.s3.list_multipart_uploads(Bucket=self.bucket)["Uploads"][0]["UploadId"], upload)
        complete = lambda **more: self.s3.complete_multipart_upload(
            Bucket=self.bucket, Key="m", UploadId=upload, ChecksumType="FULL_OBJECT", **more)
        self.assertEqual(code_of(complete, MultipartUpload={"Parts": done[::-1]})[0], "InvalidPartOrder")
        self.assertEqual(code_of(complete, MultipartUpload={"Parts": [dict(done[0], ETag='"00"')]})[0], "InvalidPart")
        finished = complete(MultipartUpload={"Parts": done})
        digest = hashlib.md5(b"".join(hashlib.md5(p).digest() for p in pieces)).hexdigest()
        self.assertEqual(finished["ETag"], '"%s-3"' % digest)
        whole = b"".join(pieces)
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="m")["Body"].read(), whole)
        ranged = self.s3.get_object(Bucket=self.bucket, Key="m", Range="bytes=%d-%d" % (5 * MIB - 3, 10 * MIB + 1))
        self.assertEqual(ranged["Body"].read(), whole[5 * MIB - 3:10 * MIB + 2])
        part = self.s3.get_object(Bucket=self.bucket, Key="m", PartNumber=3)
        self.assertEqual((part["Body"].read(), part["PartsCount"]), (b"tail", 3))
        again = self.s3.put_object(Bucket=self.bucket, Key="n", Body=whole, ChecksumAlgorithm="CRC32")
        self.assertEqual(finished["ChecksumCRC32"], again["ChecksumCRC32"])
        self.assertEqual(code_of(complete, MultipartUpload={"Parts": done}), ("NoSuchUpload", 404))

    def test_an_aborted_upload_is_gone_and_small_parts_are_refused(self):
        start = lambda: self.s3.create_multipart_upload(Bucket=self.bucket, Key="m")["UploadId"]
        upload = start()
        tags = [self.s3.upload_part(Bucket=self.bucket, Key="m", UploadId=upload, PartNumber=n, Body=b"x")["ETag"]
                for n in (1, 2)]
        parts = {"Parts": [{"PartNumber": n, "ETag": t} for n, t in zip((1, 2), tags)]}
        self.assertEqual(code_of(self.s3.complete_multipart_upload, Bucket=self.bucket, Key="m", UploadId=upload,
                                 MultipartUpload=parts), ("EntityTooSmall", 400))
        self.s3.abort_multipart_upload(Bucket=self.bucket, Key="m", UploadId=upload)
        self.assertEqual(code_of(self.s3.list_parts, Bucket=self.bucket, Key="m", UploadId=upload)[0], "NoSuchUpload")

    def test_copies(self):
        data = os.urandom(100_000)
        self.s3.put_object(Bucket=self.bucket, Key="from", Body=data, Metadata={"a": "b"}, Tagging="t=1")
        self.s3.copy_object(Bucket=self.bucket, Key="to", CopySource={"Bucket": self.bucket, "Key": "from"})
        got = self.s3.get_object(Bucket=self.bucket, Key="to")
        self.assertEqual((got["Body"].read(), got["Metadata"], got["TagCount"]), (data, {"a": "b"}, 1))
        self.assertEqual(code_of(self.s3.copy_object, Bucket=self.bucket, Key="to",
                                 CopySource={"Bucket": self.bucket, "Key": "to"})[0], "InvalidRequest")
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="parts")["UploadId"]
        part = self.s3.upload_part_copy(Bucket=self.bucket, Key="parts", UploadId=upload, PartNumber=1,
                                        CopySource={"Bucket": self.bucket, "Key": "from"},
                                        CopySourceRange="bytes=10-70009")["CopyPartResult"]
        self.s3.complete_multipart_upload(Bucket=self.bucket, Key="parts", UploadId=upload, MultipartUpload={
            "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="parts")["Body"].read(), data[10:70010])

    def test_tags_and_attributes(self):
        self.s3.put_bucket_tagging(Bucket=self.bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
        self.assertEqual(self.s3.get_bucket_tagging(Bucket=self.bucket)["TagSet"], [{"Key": "a", "Value": "1"}])
        self.s3.put_object(Bucket=self.bucket, Key="t", Body=b"abc")
        self.s3.put_object_tagging(Bucket=self.bucket, Key="t", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
        self.assertEqual(self.s3.get_object_tagging(Bucket=self.bucket, Key="t")["TagSet"], [{"Key": "k", "Value": "v"}])
        self.s3.delete_object_tagging(Bucket=self.bucket, Key="t")
        self.assertEqual(self.s3.get_object_tagging(Bucket=self.bucket, Key="t")["TagSet"], [])
        attributes = self.s3.get_object_attributes(Bucket=self.bucket, Key="t", ObjectAttributes=["ETag", "ObjectSize"])
        self.assertEqual((attributes["ObjectSize"], attributes["ETag"]), (3, hashlib.md5(b"abc").hexdigest()))

    def test_policies_open_and_close(self):
        arn = "arn:aws:s3:::%s/*" % self.bucket
        everybody = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": arn}]})
        self.s3.put_object(Bucket=self.bucket, Key="open", Body=b"hello")
        url = "%s/%s/open" % (ENDPOINT, self.bucket)
        fetch = lambda where: urllib.request.urlopen(where, timeout=10).read()
        with self.assertRaises(urllib.error.HTTPError) as refused:
            fetch(url)
        self.assertEqual(refused.exception.code, 403)
        self.assertEqual(code_of(self.s3.put_bucket_policy, Bucket=self.bucket, Policy=everybody), ("AccessDenied", 403))
        self.s3.delete_public_access_block(Bucket=self.bucket)
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=everybody)
        self.assertEqual(json.loads(self.s3.get_bucket_policy(Bucket=self.bucket)["Policy"]), json.loads(everybody))
        self.assertTrue(self.s3.get_bucket_policy_status(Bucket=self.bucket)["PolicyStatus"]["IsPublic"])
        self.assertEqual(fetch(url), b"hello")
        closed = everybody.replace("Allow", "Deny").replace("GetObject", "PutObject")
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=closed)
        self.assertEqual(code_of(self.s3.put_object, Bucket=self.bucket, Key="x", Body=b"")[0], "AccessDenied")
        self.assertEqual(code_of(self.s3.put_bucket_policy, Bucket=self.bucket, Policy="{}")[0], "MalformedPolicy")
        elsewhere = everybody.replace(self.bucket, "elsewhere")
        self.assertEqual(code_of(self.s3.put_bucket_policy, Bucket=self.bucket, Policy=elsewhere)[0], "MalformedPolicy")
        self.s3.delete_bucket_policy(Bucket=self.bucket)
        presigned = self.s3.generate_presigned_url("get_object", Params={"Bucket": self.bucket, "Key": "open"})
        self.assertEqual(fetch(presigned), b"hello")

    def test_what_is_not_supported_says_so(self):
        put = lambda **more: self.s3.put_object(Bucket=self.bucket, Key="u", Body=b"", **more)
        self.assertEqual(code_of(put, ServerSideEncryption="aws:kms"), ("NotImplemented", 400))
        self.assertEqual(code_of(put, SSECustomerAlgorithm="AES256", SSECustomerKey=b"k" * 32), ("NotImplemented", 400))
        self.assertEqual(code_of(put, ACL="public-read"), ("AccessControlListNotSupported", 400))
        self.assertEqual(code_of(put, StorageClass="GLACIER"), ("InvalidStorageClass", 400))


if __name__ == "__main__":
    unittest.main()
