"""A control plane whose clock runs fast still talks to clients whose clocks do not."""
import json
import os
import subprocess
import tempfile
import time
import unittest

import boto3

STORMGLASS = os.environ["STORMGLASS_PROGRAM"]


class ClockTest(unittest.TestCase):
    def test_signatures_are_judged_by_real_time_however_fast_the_clock_runs(self):
        with tempfile.TemporaryDirectory(prefix="stormglass-clock-") as home:
            subprocess.run([STORMGLASS, "up", "--data-dir", home, "--port", "0", "--http-port", "18081",
                            "--https-port", "18444", "--clock-speed", "1000"], check=True, stdout=subprocess.DEVNULL)
            try:
                found = subprocess.run([STORMGLASS, "env", "--data-dir", home, "--format", "json"], check=True,
                                       capture_output=True, text=True)
                env = json.loads(found.stdout)
                client = boto3.client("ssm", endpoint_url=env["AWS_ENDPOINT_URL"], region_name=env["AWS_REGION"],
                                      aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                                      aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])
                begun = time.time()
                client.put_parameter(Name="/clock", Value="x", Type="String")
                time.sleep(2)  # The control plane's clock is half an hour on: beyond a signature's 15 minutes.
                parameter = client.get_parameter(Name="/clock")["Parameter"]
                client.put_parameter(Name="/clock", Value="y", Type="String", Overwrite=True)
                later = client.get_parameter(Name="/clock")["Parameter"]
                passed = (later["LastModifiedDate"] - parameter["LastModifiedDate"]).total_seconds()
                self.assertGreater(passed, 900 + time.time() - begun)
            finally:
                subprocess.run([STORMGLASS, "down", "--data-dir", home, "--purge"], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main()
