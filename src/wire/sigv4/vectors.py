#!/usr/bin/env python3
"""Makes vectors.json: requests signed by botocore and by curl, the other ends that our verifier must
agree with.

Usage: python3 vectors.py > vectors.json   (needs botocore and curl; the result is committed)
"""
import datetime
import hashlib
import http.server
import io
import json
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum

NOW = datetime.datetime(2026, 11, 24, 15, 2, 57, tzinfo=datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda *_, **__: NOW

KEY = "AKIDEXAMPLE0000000AA"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEXAMPLE//////////wEaDKtoken+with/slashes=="


def vector(name, signer, method, url, flavour, body=b"", headers=None, token=None, context=None):
    request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
    request.context.update(context or {})
    signer(Credentials(KEY, SECRET, token)).add_auth(request)
    parts = urlsplit(request.url)
    sent = [[k, v if isinstance(v, str) else v.decode()] for k, v in request.headers.items()]
    if "host" not in {k.lower() for k, _ in sent}:
        sent.append(["Host", parts.netloc])
    raw = request.url.split("?", 1)
    path = raw[0][len(parts.scheme) + 3 + len(parts.netloc):]
    return {
        "name": name,
        "flavour": flavour,
        "method": method,
        "path": path or "/",
        "query": raw[1] if len(raw) > 1 else "",
        "headers": sent,
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "token": token or "",
    }


def header(service, region="us-east-1"):
    return lambda c: botocore.auth.SigV4Auth(c, service, region)


def s3(c):
    return botocore.auth.S3SigV4Auth(c, "s3", "us-east-1")


def presign(expires=3600, service="s3"):
    kind = botocore.auth.S3SigV4QueryAuth if service == "s3" else botocore.auth.SigV4QueryAuth
    return lambda c: kind(c, service, "us-east-1", expires=expires)


def vectors():
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    amz_json = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParameter"}
    here = "http://127.0.0.1:4566"
    unsigned = {"client_config": None, "payload_signing_enabled": False}
    yield vector("sts query", header("sts"), "POST", here + "/", "query",
                 b"Action=GetCallerIdentity&Version=2011-06-15", form)
    yield vector("sts with a session token", header("sts"), "POST", here + "/", "query",
                 b"Action=GetCallerIdentity&Version=2011-06-15", form, TOKEN)
    yield vector("ssm json in another region", header("ssm", "eu-central-1"), "POST", here + "/",
                 "json", b'{"Name":"/app/x"}', amz_json)
    yield vector("ec2 in the query string", header("ec2"), "GET",
                 "https://ec2.us-east-1.amazonaws.com/?Action=DescribeInstances&Version=2016-11-15"
                 "&Filter.1.Name=tag%3AName&Filter.1.Value.1=a%20b%2Bc", "ec2")
    yield vector("a path that is not normal", header("execute-api"), "GET",
                 here + "/a/./b/../c//d%20e/%C3%A9/", "query")
    yield vector("an ARN in the path is encoded twice", header("execute-api"), "GET",
                 here + "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Af", "query")
    yield vector("headers with runs of blanks", header("sts"), "POST", here + "/", "query", b"x=y",
                 {"X-Amz-Meta-Note": "  two   words \t and  more ", "X-Empty": ""})
    yield vector("query in no order, with empty and repeated names", header("sts"), "GET",
                 here + "/?b=2&a=1&c&a=0&B=~&d=%2F", "query")
    yield vector("s3 get", s3, "GET", here + "/bucket/photos/2026/a%20b%2Bc%3D%C3%A9~%28x%29.jpg", "s3")
    yield vector("s3 keeps a path that is not normal", s3, "GET", here + "/bucket/a//b/../c/.", "s3")
    yield vector("s3 list", s3, "GET",
                 here + "/bucket?list-type=2&prefix=a%2Fb%20c&delimiter=%2F&encoding-type=url", "s3")
    yield vector("s3 sub-resource", s3, "GET", here + "/bucket?versioning", "s3")
    yield vector("s3 put with a hashed body", s3, "PUT", here + "/bucket/k", "s3", b"hello",
                 {"Content-Type": "text/plain", "x-amz-server-side-encryption": "AES256"})
    yield vector("s3 put with a token over https, unsigned body", s3, "PUT",
                 "https://bucket.s3.us-east-1.amazonaws.com/k", "s3", b"hello",
                 {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, TOKEN, unsigned)
    yield vector("s3 presigned get", presign(), "GET", here + "/bucket/a%20b.txt", "s3")
    yield vector("s3 presigned put with a token and parameters", presign(604800), "PUT",
                 here + "/bucket/k?uploadId=a%2Bb%3D&partNumber=1", "s3", b"", {}, TOKEN)
    yield vector("sts presigned", presign(60, "sts"), "GET",
                 here + "/?Action=GetCallerIdentity&Version=2011-06-15", "query")


def unsigned_chunks():
    data = bytes(range(256)) * 40
    wrapper = AwsChunkedWrapper(io.BytesIO(data), Crc32Checksum, "x-amz-checksum-crc32", chunk_size=4096)
    body = wrapper.read()
    return {"body_hex": body.hex(), "decoded_sha256": hashlib.sha256(data).hexdigest(),
            "decoded_length": len(data), "trailer": "x-amz-checksum-crc32"}


class Recorder(http.server.BaseHTTPRequestHandler):
    """Keeps the request that came last, as it came."""
    last = None

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        Recorder.last = {"method": self.command, "path": path, "query": query,
                         "headers": [[k, v] for k, v in self.headers.items()],
                         "body_sha256": hashlib.sha256(body).hexdigest()}
        self.send_response(204)
        self.end_headers()

    do_PUT = do_POST = do_GET

    def log_message(self, *_):
        pass


def curl_vectors():
    server = http.server.HTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    token = ["-H", "X-Amz-Security-Token: " + TOKEN]
    # What user data does: a parameter and an object, with the role's credentials.
    cases = [
        ("curl ssm", "json", "ssm", "/", token + [
            "-H", "X-Amz-Target: AmazonSSM.GetParameter", "-H", "Content-Type: application/x-amz-json-1.1",
            "-d", '{"Name":"/app/x","WithDecryption":true}']),
        ("curl sts", "query", "sts", "/", ["-d", "Action=GetCallerIdentity&Version=2011-06-15"]),
        ("curl s3 get", "s3", "s3", "/bucket/app/guestbook-1.0.tar.gz", token),
        ("curl s3 list", "s3", "s3", "/bucket?list-type=2&prefix=app", token),
        ("curl s3 get, unsigned payload", "s3", "s3", "/bucket/app/x",
         token + ["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]),
        ("curl s3 put", "s3", "s3", "/bucket/app/x", ["-X", "PUT", "--data-binary", "hello"]),
    ]
    for name, flavour, service, path, arguments in cases:
        subprocess.run(["curl", "-sS", "-m", "10", "--aws-sigv4", "aws:amz:us-east-1:" + service, "-K", "-",
                        *arguments, f"http://127.0.0.1:{server.server_port}{path}"],
                       input=f'user = "{KEY}:{SECRET}"', text=True, check=True)
        made = dict(Recorder.last)
        when = {k.lower(): v for k, v in made["headers"]}["x-amz-date"]
        yield {"name": name, "flavour": flavour, "token": TOKEN if token[1] in arguments else "",
               "now": when, **made}
    server.shutdown()


if __name__ == "__main__":
    json.dump({"now": NOW.strftime("%Y%m%dT%H%M%SZ"), "access_key_id": KEY, "secret": SECRET,
               "vectors": list(vectors()) + list(curl_vectors()), "unsigned_chunks": unsigned_chunks()},
              sys.stdout, indent=1)
    print()
