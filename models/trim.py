#!/usr/bin/env python3
"""Trims the API models of an installed botocore to what src/services/*/operations.txt lists.

Facts only are kept: operations, shapes, wire names, constraints, errors and the names of all the
operations that AWS publishes. Documentation, examples and endpoint rules are left out.
Usage: models/trim.py [SERVICE ...]      (needs botocore; the build itself does not)
"""
import gzip
import json
import os
import sys

import botocore

HERE = os.path.dirname(os.path.abspath(__file__))
SERVICES = os.path.join(HERE, "..", "src", "services")
DROP = {"documentation", "documentationUrl", "endpointdiscovery", "endpoint", "endpointoperation",
        "examples", "clientContextParams", "staticContextParams", "contextParam", "deprecatedMessage",
        "deprecatedSince", "sensitive", "deprecated", "authtype", "auth", "operationContextParams",
        "unsignedPayload"}


def clean(node):
    if isinstance(node, dict):
        return {k: clean(v) for k, v in node.items() if k not in DROP}
    return [clean(v) for v in node] if isinstance(node, list) else node


def reach(shapes, name, kept):
    if name in kept:
        return
    # Names of members may equal words in DROP ("documentation"): members are cleaned one by one.
    shape = shapes[name]
    kept[name] = {k: clean(v) for k, v in shape.items() if k not in DROP and k != "members"}
    if "members" in shape:
        kept[name]["members"] = {m: clean(v) for m, v in shape["members"].items()}
    for member in shape.get("members", {}).values():
        reach(shapes, member["shape"], kept)
    for key in ("member", "key", "value"):
        if key in shape:
            reach(shapes, shape[key]["shape"], kept)


def listed(service):
    path = os.path.join(SERVICES, service, "operations.txt")
    with open(path, encoding="utf-8") as lines:
        return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def trim(service):
    folder = os.path.join(os.path.dirname(botocore.__file__), "data", service)
    version = sorted(v for v in os.listdir(folder) if v[0].isdigit())[-1]
    with gzip.open(os.path.join(folder, version, "service-2.json.gz")) as packed:
        model = json.load(packed)
    pages = {}
    for name in ("paginators-1.json",):
        path = os.path.join(folder, version, name)
        if os.path.exists(path):
            pages = json.load(open(path, encoding="utf-8"))["pagination"]
    kept, operations = {}, {}
    for name in sorted(listed(service)):
        if name not in model["operations"]:
            sys.exit(f"{service}/operations.txt: AWS has no operation {name}")
        operation = clean(model["operations"][name])
        operations[name] = operation
        for side in ("input", "output"):
            if side in operation:
                reach(model["shapes"], operation[side]["shape"], kept)
        for error in operation.get("errors", []):
            reach(model["shapes"], error["shape"], kept)
    errors = {n for n, s in model["shapes"].items() if s.get("exception") or "error" in s}
    for name in errors:
        reach(model["shapes"], name, kept)
    out = {"source": f"botocore {botocore.__version__}", "metadata": model["metadata"],
           "operations": operations, "shapes": dict(sorted(kept.items())),
           "pagination": {k: v for k, v in pages.items() if k in operations},
           "published": sorted(model["operations"])}
    with open(os.path.join(HERE, service + ".json"), "w", encoding="utf-8") as to:
        json.dump(out, to, indent=1, sort_keys=False)
        to.write("\n")
    print(f"{service}: {len(operations)} of {len(out['published'])} operations, {len(kept)} shapes")


if __name__ == "__main__":
    names = sys.argv[1:] or sorted(
        n for n in os.listdir(SERVICES) if os.path.exists(os.path.join(SERVICES, n, "operations.txt")))
    for each in names:
        trim(each)
