#!/usr/bin/env python3
"""CloudWatch Logs, measured: events a second taken in, durable, per core; FilterLogEvents beside grep on the same bytes.

Usage: run.py PATH_OF_STORMGLASS [--megabytes 1024]      Starts a daemon of its own and takes it down; prints JSON.
"""
import argparse
import hashlib
import hmac
import datetime
import http.client
import json
import os
import random
import shutil
import subprocess
import tempfile
import time

EVENT_BYTES = 200
BATCH = 4000  # About 0.9 MB of AWS's 1 MB.
RARE = "NEEDLE-7f3a"


class Client:
    """Signs and sends without an SDK, so that the client costs little beside the server."""

    def __init__(self, env):
        host = env["AWS_ENDPOINT_URL"].split("//")[1]
        self.host, self.key, self.secret, self.region = (
            host, env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_REGION"])
        self.connection = http.client.HTTPConnection(host, timeout=600)

    def signed(self, operation, body):
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        digest = hashlib.sha256(body).hexdigest()
        target = "Logs_20140328." + operation
        names = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target"
        canonical = "\n".join(["POST", "/", "", "content-type:application/x-amz-json-1.1", "host:" + self.host,
                               "x-amz-content-sha256:" + digest, "x-amz-date:" + stamp, "x-amz-target:" + target, "",
                               names, digest])
        scope = f"{day}/{self.region}/logs/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in (day, self.region, "logs", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Date": stamp, "X-Amz-Target": target,
                "X-Amz-Content-Sha256": digest,
                "Authorization": f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, "
                                 f"Signature={signature}"}

    def call(self, operation, body):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.connection.request("POST", "/", body, self.signed(operation, body))
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{operation}: {answer.status} {text[:300]}")
        return json.loads(text or b"{}")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def messages(count, generator):
    for _ in range(count):
        words = " ".join(generator.choice(WORDS) for _ in range(24))
        yield f"{generator.randrange(10**9):09d} INFO {words}"[:EVENT_BYTES]


WORDS = ["request", "served", "path", "index", "status", "bytes", "client", "upstream", "zone", "cache", "miss", "hit",
         "session", "opened", "closed", "retry", "queue", "worker", "commit", "latency"]


def take_in(client, pid, megabytes, plain):
    """Fills a stream; the same lines go to the file `plain` for grep."""
    total = megabytes * 1024 * 1024 // (EVENT_BYTES + 1)
    generator = random.Random(1)
    now = int(time.time() * 1000) - 3_600_000
    sent, spent, wall = 0, 0.0, 0.0
    with open(plain, "w", encoding="utf-8") as file:
        while sent < total:
            lines = list(messages(min(BATCH, total - sent), generator))
            if sent == total // BATCH // 2 * BATCH:
                lines[0] = RARE + " " + lines[0]
            file.write("\n".join(lines) + "\n")
            body = json.dumps({"logGroupName": "/bench", "logStreamName": "one", "logEvents": [
                {"timestamp": now + (sent + i) // 100, "message": line} for i, line in enumerate(lines)]}).encode()
            cpu, begun = cpu_seconds(pid), time.monotonic()
            client.call("PutLogEvents", body)
            wall += time.monotonic() - begun
            spent += cpu_seconds(pid) - cpu
            sent += len(lines)
    return {"events": sent, "events_per_cpu_second": round(sent / spent), "events_per_second": round(sent / wall)}


def find(client, pid, pattern, plain):
    """One pass over everything: FilterLogEvents (all pages) and grep -F on the same bytes, in turn, best of three."""
    best, cpu_best, grep_best, found = 1e9, 1e9, 1e9, 0
    for _ in range(3):
        begun, cpu = time.monotonic(), cpu_seconds(pid)
        token, found = None, 0
        while True:
            more = {"nextToken": token} if token else {}
            page = client.call("FilterLogEvents", {"logGroupName": "/bench", "filterPattern": pattern, **more})
            found += len(page.get("events", []))
            token = page.get("nextToken")
            if not token:
                break
        best, cpu_best = min(best, time.monotonic() - begun), min(cpu_best, cpu_seconds(pid) - cpu)
        begun = time.monotonic()
        lines = subprocess.run(["grep", "-F", "-c", pattern.strip('"'), plain], capture_output=True, text=True,
                               check=False, env={**os.environ, "LC_ALL": "C"}).stdout
        grep_best = min(grep_best, time.monotonic() - begun)
    return {"found": found, "grep_found": int(lines), "seconds": round(best, 3), "cpu_seconds": round(cpu_best, 3),
            "grep_seconds": round(grep_best, 3), "times_grep": round(best / grep_best, 2)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stormglass")
    parser.add_argument("--megabytes", type=int, default=1024)
    options = parser.parse_args()
    home = tempfile.mkdtemp(prefix="stormglass-bench-logs-")
    run = lambda *words: subprocess.run([options.stormglass, words[0], "--data-dir", home, *words[1:]], check=True,
                                        capture_output=True, text=True).stdout
    try:
        run("up", "--port", "0", "--http-port", "18061", "--https-port", "18461")
        with open(os.path.join(home, "daemon.json"), encoding="utf-8") as facts:
            pid = json.load(facts)["pid"]
        client = Client(json.loads(run("env", "--format", "json")))
        client.call("CreateLogGroup", {"logGroupName": "/bench"})
        client.call("CreateLogStream", {"logGroupName": "/bench", "logStreamName": "one"})
        plain = os.path.join(home, "plain.txt")
        result = {"megabytes": options.megabytes, "intake": take_in(client, pid, options.megabytes, plain)}
        result["filter_rare"] = find(client, pid, f'"{RARE}"', plain)
        result["filter_nothing"] = find(client, pid, "CRITICAL", plain)
        print(json.dumps(result, indent=1))
    finally:
        subprocess.run([options.stormglass, "down", "--data-dir", home, "--purge"], check=False, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
