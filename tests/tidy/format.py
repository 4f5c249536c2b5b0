#!/usr/bin/env python3
"""Is the code formatted as .clang-format says? A folder or file in unformatted.txt is not looked at; the list may
only get shorter.

Usage: format.py ROOT [--fix]    --fix formats what is not. Exit 77 (skipped) where there is no clang-format.
"""
import os
import shutil
import subprocess
import sys

TOPS = ("src", "apps", "tests", "bench")
AT_ONCE = 100  # Files a run of clang-format.


def sources(root):
    for top in TOPS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".cc", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def read_list(path):
    with open(path, encoding="utf-8") as lines:
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def listed(path, entries):
    return any(path == entry or path.startswith(entry + "/") for entry in entries)


def main():
    root, program = sys.argv[1], shutil.which("clang-format")
    if program is None:
        print("SKIPPED: clang-format is not installed (tools/setup.sh --tests)")
        return 77
    entries = read_list(os.path.join(os.path.dirname(os.path.abspath(__file__)), "unformatted.txt"))
    checked = [path for path in sources(root) if not listed(path, entries)]
    bad = set()
    for start in range(0, len(checked), AT_ONCE):
        run = subprocess.run([program, "--dry-run", *checked[start:start + AT_ONCE]], cwd=root, check=False,
                             stderr=subprocess.PIPE, text=True)
        bad |= {line.split(":")[0] for line in run.stderr.splitlines() if "[-Wclang-format-violations]" in line}
    if bad and sys.argv[2:] == ["--fix"]:
        return subprocess.run([program, "-i", *sorted(bad)], cwd=root, check=False).returncode
    for path in sorted(bad):
        print(f"{path}: not formatted (clang-format -i, or tests/tidy/format.py . --fix)")
    print(f"format: {len(checked) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
