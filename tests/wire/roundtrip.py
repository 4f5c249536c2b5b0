#!/usr/bin/env python3
"""botocore as the other end: every listed operation's input, serialised by botocore, must be decoded by
our codecs to the same values. For each operation two samples: every member set, and only the required.

Usage: roundtrip.py PATH_OF_WIRE_ECHO      Exit 77 (skipped) where botocore is not installed.
"""
import base64
import datetime
import json
import os
import subprocess
import sys

try:
    import botocore.serialize
    import botocore.session
except ImportError:
    print("SKIPPED: botocore is not installed")
    sys.exit(77)

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
WHEN = datetime.datetime(2026, 11, 24, 15, 2, 57, tzinfo=datetime.timezone.utc)
DEPTH = 9


def sample(shape, full, depth=0, name="x"):
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        if getattr(shape, "is_tagged_union", False):
            members = dict(list(members.items())[:1])
        chosen = {n: s for n, s in members.items() if full or n in shape.required_members}
        return {n: sample(s, full, depth + 1, n) for n, s in chosen.items() if depth < DEPTH}
    if kind == "list":
        count = 2 if depth < 4 else 1 if depth < DEPTH else 0
        return [sample(shape.member, full, depth + 1, name) for _ in range(count)]
    if kind == "map":
        return {"k1": sample(shape.value, full, depth + 1, name)} if depth < DEPTH else {}
    if kind == "boolean":
        return True
    if kind in ("integer", "long"):
        return 7
    if kind in ("float", "double"):
        return 2.5
    if kind == "blob":
        return b"\x00bytes\xff"
    if kind == "timestamp":
        return WHEN
    values = getattr(shape, "enum", None)
    return values[0] if values else f"v & <{name}> \u00fc".strip() if depth else f"v-{name}"


def plain(value, shape):
    """The sample as wire_echo shows it."""
    kind = shape.type_name
    if kind == "structure":
        return {n: plain(v, shape.members[n]) for n, v in value.items()}
    if kind == "list":
        return [plain(v, shape.member) for v in value]
    if kind == "map":
        return {k: plain(v, shape.value) for k, v in value.items()}
    if kind == "blob":
        return base64.b64encode(value).decode()
    if kind == "timestamp":
        return value.timestamp()
    return value


def drop_empty(value):
    """Empty containers cannot be told from absent ones in the form protocols."""
    if isinstance(value, dict):
        cleaned = {k: drop_empty(v) for k, v in value.items()}
        return {k: v for k, v in cleaned.items() if v not in ({}, [])}
    if isinstance(value, list):
        return [v for v in map(drop_empty, value) if v not in ({}, [])]
    return value


def ascii_headers(value, shape):
    """Header and URI members hold plain words: bytes beyond ASCII do not travel there."""
    for name, member in shape.members.items():
        if member.serialization.get("location") and name in value and member.type_name == "string":
            if not getattr(member, "enum", None):
                value[name] = f"v-{name}"
        if member.serialization.get("location") == "headers" and name in value:
            value[name] = {"k1": "word"}
    return value


def request_of(serializer, operation, value):
    request = serializer.serialize_to_request(value, operation)
    target = request["url_path"]
    query = request.get("query_string")
    if query:
        from urllib.parse import quote
        pairs = query.items() if isinstance(query, dict) else query
        target += ("&" if "?" in target else "?") + "&".join(
            f"{quote(str(k), safe='')}={quote(str(v), safe='')}" for k, v in pairs)
    body = request["body"]
    headers = dict(request["headers"])
    if isinstance(body, dict):
        from urllib.parse import urlencode
        body = urlencode(body).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    if isinstance(body, str):
        body = body.encode()
    return {"method": request["method"], "target": target,
            "headers": [[k, v if isinstance(v, str) else str(v)] for k, v in headers.items()],
            "body": base64.b64encode(body or b"").decode()}


def main():
    echo = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    session = botocore.session.get_session()
    passed, failures = 0, []
    for service in sorted(os.listdir(os.path.join(ROOT, "src", "services"))):
        listing = os.path.join(ROOT, "src", "services", service, "operations.txt")
        if not os.path.exists(listing):
            continue
        model = session.get_service_model(service)
        protocols = {model.metadata["protocol"]} | (
            {"query", "json", "smithy-rpc-v2-cbor"} if service == "cloudwatch" else set())
        with open(listing, encoding="utf-8") as lines:
            names = [line.split()[0] for line in lines if line.strip() and line[0] != "#"]
        for protocol in sorted(protocols):
            serializer = botocore.serialize.create_serializer(protocol, False)
            for name in names:
                operation = model.operation_model(name)
                shape = operation.input_shape
                for full in (True, False):
                    value = sample(shape, full) if shape else {}
                    if shape and service == "s3":
                        ascii_headers(value, shape)
                        payload = shape.serialization.get("payload")
                        if payload and shape.members[payload].type_name == "blob":
                            value.pop(payload, None)  # Streams past the codecs.
                        # botocore reads this one as a time, the model says text.
                        value.pop("Expires", None)
                    line = request_of(serializer, operation, value)
                    line.update(service=service, operation=name)
                    echo.stdin.write(json.dumps(line) + "\n")
                    echo.stdin.flush()
                    answer = json.loads(echo.stdout.readline())
                    wanted = drop_empty(plain(value, shape)) if shape else {}
                    if drop_empty(answer.get("input")) == wanted:
                        passed += 1
                    else:
                        failures.append((protocol, service, name, full, wanted, answer))
    echo.stdin.close()
    echo.wait()
    for protocol, service, name, full, wanted, answer in failures[:20]:
        print(f"FAILED {service}:{name} over {protocol} ({'full' if full else 'required only'})")
        print("  sent:   ", json.dumps(wanted)[:600])
        print("  decoded:", json.dumps(answer)[:600])
    print(f"wire round trip: {passed} passed, {len(failures)} failed")
    sys.exit(1 if failures or not passed else 0)


if __name__ == "__main__":
    main()
