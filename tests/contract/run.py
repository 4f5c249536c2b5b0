#!/usr/bin/env python3
"""Starts a daemon of its own, runs every test_*.py against it, takes it down.

Usage: run.py PATH_OF_STORMGLASS [SERVICE ...]     Exit code: 0 passed, 1 failed, 77 boto3 is not here.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import boto3  # noqa: F401  (only whether it is there)
except ImportError:
    print("SKIPPED: boto3 is not installed")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    stormglass, services = sys.argv[1], sys.argv[2:]
    home = tempfile.mkdtemp(prefix="stormglass-contract-")
    try:
        # Ports of the front door that nobody else has: several daemons may run side by side.
        subprocess.run([stormglass, "up", "--data-dir", home, "--port", "0", "--http-port", "18080",
                        "--https-port", "18443"], check=True, stdout=subprocess.DEVNULL)
        found = subprocess.run([stormglass, "env", "--data-dir", home, "--format", "json"], check=True,
                               capture_output=True, text=True)
        os.environ.update(json.loads(found.stdout))
        os.environ["STORMGLASS_ENDPOINT"] = os.environ["AWS_ENDPOINT_URL"]
        os.environ["STORMGLASS_HOME"] = home
        os.environ["STORMGLASS_PROGRAM"] = os.path.abspath(stormglass)
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
        names = sorted(glob.glob(os.path.join(HERE, "test_*.py")))
        wanted = [n for n in names if not services or os.path.basename(n)[5:-3] in services]
        sys.path.insert(0, HERE)
        suite = unittest.TestSuite(
            unittest.defaultTestLoader.loadTestsFromName(os.path.basename(n)[:-3]) for n in wanted)
        result = unittest.TextTestRunner(verbosity=1).run(suite)
        bad = len(result.failures) + len(result.errors)
        print(f"contract: {result.testsRun - bad - len(result.skipped)} passed, {bad} failed, "
              f"{len(result.skipped)} skipped")
        return 0 if result.wasSuccessful() and result.testsRun else 1
    finally:
        subprocess.run([stormglass, "down", "--data-dir", home, "--purge"], check=False,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
