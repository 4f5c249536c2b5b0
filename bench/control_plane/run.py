#!/usr/bin/env python3
"""Control-plane calls: requests per CPU-second of the server, ours beside moto's, same client, same run.

Usage: bench/control_plane/run.py PATH_OF_STORMGLASS [CALLS]      (needs boto3 and moto's server)
Prints a table and writes results.json beside this file. CPU is the server's own (user + system, its CPU clock).
Each call is measured with one client, that waits for each answer, and with several at once.
"""
import concurrent.futures
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import boto3
from botocore.config import Config

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = 8


def cpu_seconds(pid):
    """The process's CPU clock, in nanoseconds' steps (/proc/PID/stat counts in hundredths of a second)."""
    return time.clock_gettime((~pid << 3) | 2)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clients(endpoint, key, secret):
    def client(name):
        return boto3.client(name, endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
                            region_name="us-east-1",
                            config=Config(retries={"max_attempts": 1}, max_pool_connections=CLIENTS))
    return {name: client(name) for name in ("sts", "ec2", "dynamodb", "s3")}


def prepare(use):
    use["dynamodb"].create_table(
        TableName="bench", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    use["s3"].create_bucket(Bucket="bench-control-plane")


def cases(use):
    item = {"id": {"S": "one"}, "text": {"S": "x" * 200}, "number": {"N": "42"}}
    body = b"x" * 1024
    return {
        "GetCallerIdentity": lambda i: use["sts"].get_caller_identity(),
        "DescribeInstances": lambda i: use["ec2"].describe_instances(),
        "PutItem": lambda i: use["dynamodb"].put_item(TableName="bench", Item={**item, "id": {"S": f"k{i % 100}"}}),
        "GetItem": lambda i: use["dynamodb"].get_item(TableName="bench", Key={"id": {"S": "k1"}}),
        "PutObject 1 KB": lambda i: use["s3"].put_object(Bucket="bench-control-plane", Key=f"k{i % 100}", Body=body),
    }


def measure(pid, call, count, client_count):
    """CPU seconds of the server a call."""
    with concurrent.futures.ThreadPoolExecutor(client_count) as pool:
        list(pool.map(call, range(10 * client_count)))
        before = cpu_seconds(pid)
        list(pool.map(call, range(count)))
        return (cpu_seconds(pid) - before) / count


def compare(name, pids, calls, count):
    """One row: ours and moto's, with one client and with several."""
    row = {"case": name}
    for key, client_count in (("one_client", 1), (f"{CLIENTS}_clients", CLIENTS)):
        mine = measure(pids[0], calls[0], count, client_count)
        peer = measure(pids[1], calls[1], max(count // 5, 50), client_count)
        row[key] = {"cpu_ms": round(mine * 1000, 4), "moto_cpu_ms": round(peer * 1000, 3),
                    "times_more_per_cpu_second": round(peer / mine, 1)}
        print(f"{name:20} {client_count:8} {mine * 1000:12.3f} {peer * 1000:12.3f} {peer / mine:7.1f}", flush=True)
    return row


def main():
    stormglass = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    home = tempfile.mkdtemp(prefix="stormglass-bench-")
    moto_port = free_port()
    moto = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(moto_port)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = []
    try:
        begun = time.monotonic()
        subprocess.run([stormglass, "up", "--data-dir", home, "--port", "0", "--http-port", str(free_port()),
                        "--https-port", str(free_port())], check=True, stdout=subprocess.DEVNULL)
        ready = time.monotonic() - begun
        facts = json.load(open(os.path.join(home, "daemon.json"), encoding="utf-8"))
        env = json.loads(subprocess.run([stormglass, "env", "--data-dir", home, "--format", "json"],
                                        check=True, capture_output=True, text=True).stdout)
        time.sleep(2)
        with open(f"/proc/{facts['pid']}/status", encoding="utf-8") as text:
            idle_kib = next(int(line.split()[1]) for line in text if line.startswith("VmRSS"))
        ours = clients(env["AWS_ENDPOINT_URL"], env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
        theirs = clients(f"http://127.0.0.1:{moto_port}", "test", "test")
        prepare(ours)
        prepare(theirs)
        print(f"up to ready {ready:.2f} s, idle {idle_kib / 1024:.0f} MiB")
        print(f"{'call':20} {'clients':>8} {'ours ms CPU':>12} {'moto ms CPU':>12} {'ratio':>7}")
        for name in cases(ours):
            results.append(compare(name, (facts["pid"], moto.pid), (cases(ours)[name], cases(theirs)[name]), count))
        with open(os.path.join(HERE, "results.json"), "w", encoding="utf-8") as to:
            json.dump({"up_to_ready_s": round(ready, 3), "idle_mib": round(idle_kib / 1024, 1),
                       "calls": results}, to, indent=1)
            to.write("\n")
    finally:
        moto.terminate()
        moto.wait()
        subprocess.run([stormglass, "down", "--data-dir", home, "--purge"], check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
