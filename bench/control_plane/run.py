#!/usr/bin/env python3
"""Control-plane calls: requests per CPU-second of the server, ours beside moto's, same client, same run.

Usage: bench/control_plane/run.py PATH_OF_STORMGLASS [CALLS]      (needs boto3, moto's server and wrk)
Prints a table and writes results.json beside this file. CPU is the server's own (user + system, its CPU clock).
Each call is measured with one boto3 client, that waits for each answer; with several at once; and with the server
busy: wrk repeats requests that boto3 signed, over many connections.
"""
import concurrent.futures
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import boto3
from botocore.config import Config

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = 8
CONNECTIONS = 64
BUSY_SECONDS = 5
SIGNED_REQUESTS = 100

# wrk's script: the signed requests one after the other. They come as hexadecimal lines of whole requests.
WRK_SCRIPT = """
local requests, next_one = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    requests[#requests + 1] = line:gsub("..", function(two) return string.char(tonumber(two, 16)) end)
  end
end
function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
"""


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


SERVICE_OF = {"GetCallerIdentity": "sts", "DescribeInstances": "ec2", "PutItem": "dynamodb", "GetItem": "dynamodb",
              "PutObject 1 KB": "s3"}


def measure(pid, call, count, client_count):
    """CPU seconds of the server a call."""
    with concurrent.futures.ThreadPoolExecutor(client_count) as pool:
        list(pool.map(call, range(10 * client_count)))
        before = cpu_seconds(pid)
        list(pool.map(call, range(count)))
        return (cpu_seconds(pid) - before) / count


def signed_requests(client, call):
    """The whole requests, as bytes, that boto3 sends for the call; each is sent once on the way."""
    seen = []

    def keep(request, **_):
        url = urllib.parse.urlsplit(request.url)
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        body = request.body or b""
        if hasattr(body, "read"):
            stream, body = body, body.read()
            stream.seek(0)
        body = body.encode() if isinstance(body, str) else body
        head = {key.lower(): value if isinstance(value, str) else value.decode()
                for key, value in request.headers.items()}
        head.pop("expect", None)
        head.setdefault("host", url.netloc)
        head["content-length"] = str(len(body))
        lines = [f"{request.method} {target} HTTP/1.1"] + [f"{key}: {value}" for key, value in head.items()]
        seen.append("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    client.meta.events.register("before-send", keep)
    for i in range(SIGNED_REQUESTS):
        call(i)
    client.meta.events.unregister("before-send", keep)
    return seen


def measure_busy(pid, client, call):
    """CPU seconds of the server a call, with the server as busy as wrk makes it."""
    requests = signed_requests(client, call)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script, tempfile.NamedTemporaryFile("w") as lines:
        script.write(WRK_SCRIPT)
        script.flush()
        lines.write("".join(one.hex() + "\n" for one in requests))
        lines.flush()
        before = cpu_seconds(pid)
        said = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{BUSY_SECONDS}s", "-s", script.name,
                               client.meta.endpoint_url, "--", lines.name],
                              check=True, capture_output=True, text=True).stdout
        used = cpu_seconds(pid) - before
    if "Non-2xx" in said:
        raise SystemExit(f"refused under load:\n{said}")
    return used / int(re.search(r"(\d+) requests in", said).group(1))


def compare(name, pids, uses, count):
    """One row: ours and moto's, with one client, with several, and busy."""
    row = {"case": name}
    calls = [cases(use)[name] for use in uses]
    for key, client_count in (("one_client", 1), (f"{CLIENTS}_clients", CLIENTS)):
        mine = measure(pids[0], calls[0], count, client_count)
        peer = measure(pids[1], calls[1], max(count // 5, 50), client_count)
        row[key] = shown(name, client_count, mine, peer)
    mine, peer = (measure_busy(pid, use[SERVICE_OF[name]], call) for pid, use, call in zip(pids, uses, calls))
    row["busy"] = shown(name, CONNECTIONS, mine, peer)
    return row


def shown(name, how_many, mine, peer):
    print(f"{name:20} {how_many:8} {mine * 1000:12.3f} {peer * 1000:12.3f} {peer / mine:7.1f}", flush=True)
    return {"cpu_ms": round(mine * 1000, 4), "moto_cpu_ms": round(peer * 1000, 3),
            "times_more_per_cpu_second": round(peer / mine, 1)}


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
            results.append(compare(name, (facts["pid"], moto.pid), (ours, theirs), count))
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
