"""Requests as botocore's serialisers make them, and what our codecs must find in them."""
import base64
import math
from urllib.parse import quote, urlencode

import botocore.serialize
from samples import EDGES, VARIANTS, Sampler, as_json, seconds


def without_empty(value):
    """Empty containers cannot be told from absent ones in the form protocols."""
    if isinstance(value, dict):
        cleaned = {k: without_empty(v) for k, v in value.items()}
        return {k: v for k, v in cleaned.items() if v not in ({}, [])}
    if isinstance(value, list):
        return [v for v in map(without_empty, value) if v not in ({}, [])]
    return value


def sayable(protocol):
    """The edges that botocore can put into a request: it writes whole seconds, no CBOR tag of a time before 1970,
    no number in JSON that JSON lacks, and control characters into XML as they are, where they cannot be."""
    edges = {kind: list(values) for kind, values in EDGES.items()}
    edges["timestamp"] = [t.replace(microsecond=0) for t in edges["timestamp"]]
    if protocol == "smithy-rpc-v2-cbor":
        edges["timestamp"] = [t for t in edges["timestamp"] if seconds(t) >= 0]
    if protocol in ("json", "rest-json"):
        edges["float"] = edges["double"] = [d for d in edges["double"] if math.isfinite(d)]
    if protocol == "rest-xml":
        edges["string"] = [t.replace("\r", "") for t in edges["string"] if "\x00" not in t]
    return edges


class Requests:
    def __init__(self, echo, model, service, protocol):
        self.echo, self.model, self.service, self.protocol = echo, model, service, protocol
        self.edges = sayable(protocol)
        self.serializer = botocore.serialize.create_serializer(protocol, False)

    def line_of(self, operation, value):
        request = self.serializer.serialize_to_request(value, operation)
        target = request["url_path"]
        query = request.get("query_string")
        if query:
            pairs = query.items() if isinstance(query, dict) else query
            pairs = [(k, one) for k, v in pairs for one in (v if isinstance(v, list) else [v])]
            target += ("&" if "?" in target else "?") + "&".join(
                f"{quote(str(k), safe='')}={quote(str(v), safe='')}" for k, v in pairs)
        body = request["body"]
        headers = dict(request["headers"])
        if isinstance(body, dict):
            body = urlencode(body).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if isinstance(body, str):
            body = body.encode()
        return {"service": self.service, "operation": operation.name, "method": request["method"],
                "target": target, "body": base64.b64encode(body or b"").decode(),
                "headers": [[k, v if isinstance(v, str) else str(v)] for k, v in headers.items()]}

    def sample(self, shape, variant):
        value = Sampler(variant, self.edges).value(shape)
        if self.service == "rds":
            value.pop("SourceRegion", None)  # The SDK's own, for its presigned URL; not in the request.
        if self.service == "s3":
            payload = shape.serialization.get("payload")
            if payload and shape.members[payload].type_name == "blob":
                value.pop(payload, None)  # Streams past the codecs.
            value.pop("Expires", None)  # Text to the model, a time to botocore.
        return value

    def check(self, operation, variant):
        shape = operation.input_shape
        value = self.sample(shape, variant) if shape else {}
        answer = self.echo(self.line_of(operation, value))
        wanted = without_empty(as_json(value, shape)) if shape else {}
        found = without_empty(answer.get("input"))
        if "error" in answer:
            return "no error", answer["error"]
        return None if found == wanted else (wanted, found)

    def operations(self, names):
        for name in names:
            operation = self.model.operation_model(name)
            for variant in VARIANTS if operation.input_shape else ["full"]:
                yield f"input of {self.service}:{name} over {self.protocol}, {variant}", \
                    lambda o=operation, v=variant: self.check(o, v)
