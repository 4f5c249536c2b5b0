#!/usr/bin/env python3
"""botocore as the other end of the wire, for every operation in an operations.txt and every protocol its service
speaks: inputs that botocore serialised must be decoded by our codecs to the same values, outputs and modelled
errors that our codecs wrote must be parsed by botocore to the same values.

Usage: roundtrip.py PATH_OF_WIRE_ECHO [NAME]    NAME: only checks whose title contains it.
Exit 77 (skipped) where botocore is not installed.
"""
import json
import os
import subprocess
import sys

try:
    import botocore.session
except ImportError:
    print("SKIPPED: botocore is not installed")
    sys.exit(77)
from answers import Answers
from requests_of import Requests

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SHOWN_MAX = 300
ALSO_SPOKEN = {"cloudwatch": {"query", "json", "smithy-rpc-v2-cbor"}}


class Echo:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding="utf-8")

    def __call__(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def listed():
    services = os.path.join(ROOT, "src", "services")
    for service in sorted(os.listdir(services)):
        path = os.path.join(services, service, "operations.txt")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as lines:
                yield service, [line.split()[0] for line in lines if line.strip() and line[0] != "#"]


def checks(echo):
    session = botocore.session.get_session()
    for service, names in listed():
        model = session.get_service_model(service)
        for protocol in sorted({model.metadata["protocol"]} | ALSO_SPOKEN.get(service, set())):
            answers = Answers(echo, model, service, protocol)
            yield from Requests(echo, model, service, protocol).operations(names)
            yield from answers.operations(names)
            yield from answers.errors(names)


def difference(wanted, found, path=""):
    """The first place where two values differ, which in an answer of thousands is all one wants to see."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted({*wanted, *found}, key=str):
            if wanted.get(key) != found.get(key):
                return difference(wanted.get(key), found.get(key), f"{path}.{key}")
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, (one, other) in enumerate(zip(wanted, found)):
            if one != other:
                return difference(one, other, f"{path}[{index}]")
    return f"at {path or 'the top'}\n  wanted: {str(wanted)[:SHOWN_MAX]}\n  found:  {str(found)[:SHOWN_MAX]}"


def run(check):
    try:
        return check()
    except Exception as error:  # What a parser thinks of our bytes is a result.
        return "an answer that can be parsed", f"{type(error).__name__}: {error}"


def main():
    echo = Echo(sys.argv[1])
    wanted_name = sys.argv[2] if len(sys.argv) > 2 else ""
    passed, failures, kinds = 0, [], {}
    for title, check in checks(echo):
        if wanted_name not in title:
            continue
        problem = run(check)
        if problem is None:
            passed += 1
            kinds[title.split()[0]] = kinds.get(title.split()[0], 0) + 1
        else:
            failures.append((title, *problem))
    code = echo.close()
    for title, wanted, found in failures:
        print(f"FAILED {title}, {difference(wanted, found)}")
    print(", ".join(f"{count} of {kind}s" for kind, count in sorted(kinds.items())))
    print(f"wire round trip: {passed} passed, {len(failures)} failed")
    sys.exit(1 if failures or not passed or code else 0)


if __name__ == "__main__":
    main()
