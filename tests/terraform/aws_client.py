"""A signed AWS client in the standard library: the acceptance run must not depend on an SDK being there.

Speaks the query protocol (ec2, iam, sts, ...) and AWS JSON (ssm, dynamodb, ...), and raw requests (s3).
"""
import datetime
import hashlib
import hmac
import http.client
import json
import urllib.parse
import xml.etree.ElementTree as ElementTree

VERSIONS = {"ec2": "2016-11-15", "iam": "2010-05-08", "sts": "2011-06-15", "autoscaling": "2011-01-01",
            "elasticloadbalancing": "2015-12-01", "rds": "2014-10-31", "monitoring": "2010-08-01"}
TARGETS = {"ssm": ("AmazonSSM", "1.1"), "dynamodb": ("DynamoDB_20120810", "1.0"), "logs": ("Logs_20140328", "1.1"),
           "kms": ("TrentService", "1.1")}


class ApiError(Exception):
    def __init__(self, status, code, message):
        super().__init__("%s %s: %s" % (status, code, message))
        self.status, self.code, self.message = status, code, message


class Aws:
    """One set of credentials at one endpoint. `key` None sends unsigned requests."""

    def __init__(self, endpoint, region, key, secret, token=None):
        parts = urllib.parse.urlsplit(endpoint)
        self.host, self.port, self.region = parts.hostname, parts.port, region
        self.key, self.secret, self.token = key, secret, token

    def raw(self, service, method, path="/", query="", headers=None, body=b""):
        """One request; status and body, whatever the status."""
        headers = {"host": "%s:%d" % (self.host, self.port), **(headers or {})}
        if self.key:
            headers.update(self._signature(service, method, path, query, headers, body))
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path + ("?" + query if query else ""), body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def query(self, service, action, **parameters):
        """Parameters as the wire has them ("InstanceId.1"); returns the answer's XML without namespaces."""
        form = urllib.parse.urlencode({"Action": action, "Version": VERSIONS[service], **parameters})
        status, body = self.raw(service, "POST", headers={
            "content-type": "application/x-www-form-urlencoded; charset=utf-8"}, body=form.encode())
        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError as error:
            raise ApiError(status, "NotXml", body[:300]) from error
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        if status != 200:
            raise ApiError(status, root.findtext(".//Code"), root.findtext(".//Message"))
        return root

    def json(self, service, operation, **parameters):
        target, version = TARGETS[service]
        status, body = self.raw(service, "POST", headers={
            "content-type": "application/x-amz-json-" + version, "x-amz-target": target + "." + operation},
            body=json.dumps(parameters).encode())
        answer = json.loads(body or b"{}")
        if status != 200:
            code = answer.get("__type", "").rpartition("#")[2]
            raise ApiError(status, code, answer.get("message") or answer.get("Message") or "")
        return answer

    def _signature(self, service, method, path, query, headers, body):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        added = {"x-amz-date": now, "x-amz-content-sha256": digest}
        if self.token:
            added["x-amz-security-token"] = self.token
        signed = {name.lower(): value.strip() for name, value in {**headers, **added}.items()}
        names = ";".join(sorted(signed))
        pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
        canonical = "\n".join([
            method, urllib.parse.quote(path, safe="/-_.~"), urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote),
            "".join("%s:%s\n" % (name, signed[name]) for name in sorted(signed)), names, digest])
        scope = "/".join([now[:8], self.region, service, "aws4_request"])
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in (now[:8], self.region, service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        added["authorization"] = ("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
                                  % (self.key, scope, names, signature))
        return added
