"""Our answers as botocore's parsers read them: every listed operation's output, every modelled error.

What a parser must find is computed from the sample by the rules of the protocol, exactly: `Expectation` is the
list of all that may differ.
"""
import base64
import io
import json
import types

import botocore.handlers
import botocore.parsers
from botocore.awsrequest import HeadersDict
from samples import VARIANTS, XML, Sampler, as_json, number_text

REQUEST_ID = "request-1"
FLATTENED_EMPTY = object()
DROPPED = {c: None for c in [*range(32), 0xfffe, 0xffff] if c not in (9, 10, 13)}  # XML 1.0 has no way to write these.


class Expectation:
    """What `protocol` gives the caller of an output."""

    def __init__(self, protocol):
        self.protocol, self.xml = protocol, protocol in XML

    def of(self, shape, value, depth=0):
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, value, depth)
        if kind == "list":
            return [self.of(shape.member, v, depth + 1) for v in value]
        if kind == "map":
            return {k: self.of(shape.value, v, depth + 1) for k, v in value.items()}
        if kind in ("string", "character") and self.xml:
            return value.translate(DROPPED)
        if isinstance(value, float) and self.protocol in ("json", "rest-json"):
            return number_text(value)  # botocore leaves them as the texts that they are in JSON.
        return value

    def structure(self, shape, value, depth):
        found = {}
        for name, member in shape.members.items():
            if name in value:
                item = self.member(member, value[name], depth)
            else:
                item = self.absent(member, depth)
            if item is not None:
                found[name] = item
        return found

    def member(self, shape, value, depth):
        flattened = self.xml and shape.serialization.get("flattened")
        if flattened and not value:
            return None  # Nothing is written for nothing.
        if shape.type_name == "timestamp" and shape.serialization.get("location") == "header":
            return value.replace(microsecond=0)  # HTTP's dates have no fractions.
        return self.of(shape, value, depth + 1)

    def absent(self, shape, depth):
        """Lists are answered also where a handler gave none: clients index into them."""
        if shape.serialization.get("location") == "headers":
            return {}
        if shape.type_name != "list" or shape.serialization.get("location"):
            return None
        if self.protocol in ("query", "ec2"):
            return None if shape.serialization.get("flattened") else []
        return [] if self.protocol in ("json", "rest-json", "smithy-rpc-v2-cbor") and depth == 0 else None


def comparable(value):
    """With NaN equal to itself, 0 unlike -0, and times by their millisecond."""
    if isinstance(value, dict):
        return {k: comparable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [comparable(v) for v in value]
    if isinstance(value, float):
        return repr(value)
    if hasattr(value, "timestamp"):
        return f"time {round(value.timestamp(), 3)}"
    return value


class Answers:
    def __init__(self, echo, model, service, protocol):
        self.echo, self.model, self.service, self.protocol = echo, model, service, protocol
        self.parser = botocore.parsers.create_parser(protocol)

    def parse(self, answer, shape, streaming=False):
        body = base64.b64decode(answer["body"])
        response = {"status_code": answer["status"], "headers": HeadersDict(answer["headers"]),
                    "body": io.BytesIO(body) if streaming else body, "context": {}}
        return self.parser.parse(response, shape)

    def sample(self, operation, variant):
        shape = operation.output_shape
        value = Sampler(variant).value(shape)
        payload = shape.serialization.get("payload")
        if variant == "required":
            value = {n: v for n, v in value.items() if n == payload}  # Handlers that give next to nothing.
        if payload and shape.members[payload].type_name == "structure":
            value.setdefault(payload, {})
        value.pop("Expires", None)  # Text to the model, a time to botocore.
        return value

    def check_output(self, operation, variant):
        """None, or what was expected and what was found."""
        shape = operation.output_shape
        value = self.sample(operation, variant) if shape else {}
        line = {"service": self.service, "operation": operation.name, "protocol": self.protocol,
                "output": as_json(value, shape) if shape else {}}
        status = operation.http.get("responseCode", 200)
        if self.protocol == "rest-xml" and variant == "edge0" and status == 200:
            line["status"] = status = 206  # Chosen by the handler: ranges.
        answer = self.echo(line)
        if "error" in answer:
            return value, answer
        streaming = operation.has_streaming_output
        found = self.parse(answer, shape, streaming)
        if self.service == "s3" and operation.name == "GetBucketLocation":  # botocore does it in a handler.
            response = types.SimpleNamespace(raw=True, content=base64.b64decode(answer["body"]))
            botocore.handlers.parse_get_bucket_location(found, response)
            found = {k: v for k, v in found.items() if v is not None}  # us-east-1 has no name there.
        wanted = Expectation(self.protocol).structure(shape, value, 0) if shape else {}
        payload = shape.serialization.get("payload") if shape else None
        if streaming:
            found[payload] = found[payload].read()
        if payload and shape.members[payload].type_name != "structure":
            wanted.setdefault(payload, b"" if streaming else "")
        metadata = found.pop("ResponseMetadata")
        if metadata["HTTPStatusCode"] != status:
            return status, metadata
        if self.protocol in ("query", "ec2") and metadata.get("RequestId") != REQUEST_ID:
            return REQUEST_ID, metadata
        return None if comparable(found) == comparable(wanted) else (comparable(wanted), comparable(found))

    def check_error(self, shape):
        """The code that callers catch, the status, the message and the further members."""
        message = "it <broke> & \u00fc \"so\""
        line = {"service": self.service, "protocol": self.protocol, "error": shape.name, "message": message}
        extra = {}
        if self.protocol in ("json", "rest-json"):
            sample = Sampler("full").value(shape)
            extra = {n: v for n, v in sample.items() if n.lower() != "message" and plain_enough(shape.members[n])}
            line["details"] = json.dumps(as_json(extra, shape))
        answer = self.echo(line)
        if "body" not in answer:
            return shape.name, answer
        found = self.parse(answer, None)
        modelled = self.modelled(found)
        error = shape.metadata.get("error", {})
        status = error.get("httpStatusCode", 500 if shape.metadata.get("fault") else 400)
        wanted = (shape.error_code, status, message)
        got = (modelled.error_code if modelled else found["Error"].get("Code"), answer["status"],
               found["Error"].get("Message"))
        if wanted != got:
            return wanted, got
        members = self.parse(answer, modelled or shape)
        for name, value in extra.items():
            if comparable(members.get(name)) != comparable(value):
                return {name: comparable(value)}, members
        return None

    def modelled(self, parsed):
        """As botocore's client looks up the exception's class."""
        error = parsed["Error"]
        return self.model.shape_for_error_code(error.get("QueryErrorCode") or error.get("Code"))

    def operations(self, names):
        for name in names:
            operation = self.model.operation_model(name)
            for variant in VARIANTS if operation.output_shape else ["full"]:
                yield f"output of {self.service}:{name} over {self.protocol}, {variant}", \
                    lambda o=operation, v=variant: self.check_output(o, v)

    def errors(self, names):
        shapes = {s.name: s for name in names for s in self.model.operation_model(name).error_shapes}
        for name, shape in sorted(shapes.items()):
            yield f"error {self.service}:{name} over {self.protocol}", lambda s=shape: self.check_error(s)


def plain_enough(shape, depth=0):
    """Further members reach the wire as their handler wrote them: times and bytes have no one form there."""
    kind = shape.type_name
    if kind == "structure":
        return depth < 4 and all(plain_enough(s, depth + 1) for s in shape.members.values())
    if kind in ("list", "map"):
        return plain_enough(shape.member if kind == "list" else shape.value, depth + 1)
    return kind not in ("blob", "timestamp", "float", "double")
