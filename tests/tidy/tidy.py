#!/usr/bin/env python3
"""Style that matters, as a test: who includes whom, how long files are, and words that mark unfinished work.

Usage: tidy.py ROOT
"""
import os
import re
import sys

LINES_MAX = 500
WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SOURCES = (".cc", ".h", ".py", ".sh")


def read_layers(path):
    layers = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, allowed = line.split(":")
                layers[name.strip()] = allowed.split()
    return layers


def folder_of(path, layers):
    """The row of layers.txt that a path below src/ belongs to."""
    parts = path.split("/")
    for name in ("/".join(parts[:3]), "/".join(parts[:2]), parts[0]):
        if name in layers:
            return name
    if parts[0] == "services":
        return "services/*"
    return parts[0]


def check_includes(root, layers, problems):
    source = os.path.join(root, "src")
    for folder, _, names in os.walk(source):
        for name in names:
            if not name.endswith((".cc", ".h")):
                continue
            path = os.path.relpath(os.path.join(folder, name), source)
            layer = folder_of(path, layers)
            if layer not in layers:
                problems.append(f"src/{path}: its folder is not in layers.txt")
                continue
            allowed = layers[layer]
            if "*" in allowed or name.endswith("_test.cc") or name == "testing.h":
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as text:
                for include in re.findall(r'^#include "([^"]+)"', text.read(), re.M):
                    target = folder_of(include, {**layers, "api": []})
                    if target == "services/*":
                        same = include.split("/")[1] == path.split("/")[1]
                        if same and layer == "services/*":
                            continue
                    elif target == layer or target in allowed or target.split("/")[0] in allowed:
                        continue
                    problems.append(f"src/{path} may not include {include}")


def read_ceilings(path):
    ceilings = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, most, _ = line.split(None, 2)
                ceilings[name] = int(most)
    return ceilings


def check_files(root, ceilings, problems):
    for top in ("src", "apps", "codegen", "models", "tests", "tools", "stacks", "bench"):
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [f for f in folders if f not in (".terraform", "__pycache__")]
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), root)
                if not name.endswith(SOURCES) or path == "tests/tidy/tidy.py":
                    continue
                with open(os.path.join(root, path), encoding="utf-8") as text:
                    lines = text.read().splitlines()
                if len(lines) > ceilings.get(path, LINES_MAX):
                    problems.append(f"{path}: {len(lines)} lines, at most {ceilings.get(path, LINES_MAX)}")
                for number, line in enumerate(lines, 1):
                    if WORDS.search(line):
                        problems.append(f"{path}:{number}: {line.strip()[:80]}")


def main():
    root = sys.argv[1]
    here = os.path.dirname(os.path.abspath(__file__))
    problems = []
    check_includes(root, read_layers(os.path.join(here, "layers.txt")), problems)
    check_files(root, read_ceilings(os.path.join(here, "sizes.txt")), problems)
    for problem in problems:
        print(problem)
    print(f"tidy: {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
