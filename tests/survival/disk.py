#!/usr/bin/env python3
"""The data directory is full, then read-only: what the control plane says, and what is there afterwards.

    disk.py [--rounds N]

The daemon lives on a small file system of its own. A writer puts items and objects without a pause while the disk fills
up (by a file of ours) and is emptied again, then breaks, which turns it read-only, and is repaired. Required, each round: writes end in an error
that says why, reads go on, every acknowledged write can be read (then, and by the next daemon), and writing works again
by itself, or at the latest after `down` and `up`. Needs root, boto3, mkfs.ext4. Exit code: 0 passed, 1 failed, 77 this
machine cannot run it.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "terraform")]
from harness import STORMGLASS, Report, expect, free_ports  # noqa: E402

DISK_MIB = 160
RECOVERY_LIMIT_S = 30


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(words), done.stderr.strip() or done.stdout.strip()))
    return done.stdout


class SmallDisk:
    """An ext4 file system in a file, mounted."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="stormglass-disk-")
        self.image = os.path.join(self.folder, "image")
        self.mount = os.path.join(self.folder, "mount")
        self.filler = os.path.join(self.mount, "filler")
        os.mkdir(self.mount)
        run("truncate", "-s", "%dM" % DISK_MIB, self.image)
        run("mkfs.ext4", "-q", "-m", "0", self.image)
        self.attach()

    def attach(self):
        run("mount", "-o", "loop,errors=remount-ro", self.image, self.mount)

    def fill(self):
        with open(self.filler, "wb", buffering=0) as to:
            size = 1 << 20
            while size:
                try:
                    to.write(b"x" * size)
                except OSError:
                    size //= 2
            try:
                os.fsync(to.fileno())
            except OSError:
                pass

    def empty(self):
        os.unlink(self.filler)

    def break_down(self):
        """What a kernel does with a file system in whose disk it found an error."""
        device = os.path.basename(run("findmnt", "-n", "-o", "SOURCE", self.mount).strip())
        with open("/sys/fs/ext4/%s/trigger_fs_error" % device, "w", encoding="utf-8") as to:
            to.write("a test of what the control plane does\n")

    def repair(self):
        run("umount", self.mount)
        subprocess.run(["e2fsck", "-fy", self.image], capture_output=True, check=False)
        self.attach()

    def remove(self):
        subprocess.run(["umount", "-l", self.mount], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class Daemon:
    def __init__(self, home):
        self.home = home
        self.ports = free_ports(3)

    def up(self):
        run(STORMGLASS, "up", "--data-dir", self.home, "--port", str(self.ports[0]), "--http-port", str(self.ports[1]),
            "--https-port", str(self.ports[2]))
        self.env = json.loads(run(STORMGLASS, "env", "--data-dir", self.home, "--format", "json"))

    def down(self, *options):
        return subprocess.run([STORMGLASS, "down", "--data-dir", self.home, *options], capture_output=True, text=True,
                              check=False)

    def client(self, name):
        import boto3
        from botocore.config import Config
        return boto3.client(name, endpoint_url=self.env["AWS_ENDPOINT_URL"], region_name="us-east-1",
                            aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"],
                            config=Config(retries={"max_attempts": 1}, read_timeout=20))


class Writer:
    """Puts numbered items and objects; remembers what was acknowledged and how the others failed."""

    def __init__(self, daemon):
        self.daemon, self.acknowledged, self.refusals, self.count = daemon, [], {}, 0
        self.connect()
        self.table.create_table(TableName="t", BillingMode="PAY_PER_REQUEST",
                                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
        self.objects.create_bucket(Bucket="disk-bucket")

    def connect(self):
        self.table, self.objects = self.daemon.client("dynamodb"), self.daemon.client("s3")

    def write_once(self):
        """Is it acknowledged?"""
        from botocore.exceptions import BotoCoreError, ClientError
        self.count += 1
        key, text = "k%d" % self.count, "v%d-" % self.count + "x" * 20000
        try:
            if self.count % 2:
                self.table.put_item(TableName="t", Item={"id": {"S": key}, "text": {"S": text}})
            else:
                self.objects.put_object(Bucket="disk-bucket", Key=key, Body=text.encode())
        except (ClientError, BotoCoreError) as error:
            self.refusals[str(error)] = self.refusals.get(str(error), 0) + 1
            return False
        self.acknowledged.append((key, text))
        return True

    def read(self, key):
        if int(key[1:]) % 2:
            return self.table.get_item(TableName="t", Key={"id": {"S": key}}).get("Item", {}).get("text", {}).get("S")
        return self.objects.get_object(Bucket="disk-bucket", Key=key)["Body"].read().decode()

    def missing(self):
        return [key for key, text in self.acknowledged if self.read(key) != text]


def write_until(writer, wanted, limit_s):
    """Writes until one is acknowledged (or refused, as wanted); the seconds it took."""
    begun = time.monotonic()
    while time.monotonic() - begun < limit_s:
        if writer.write_once() == wanted:
            return time.monotonic() - begun
    return None


def spoil(report, daemon, writer, what, begin, end, words):
    with report.check("%s: writes are refused and the answer says why" % what):
        for _ in range(20):
            writer.write_once()
        writer.refusals.clear()
        begin()
        expect(write_until(writer, False, 60) is not None, "a write was refused")
        text = " | ".join(writer.refusals)
        expect(any(word in text.lower() for word in words), "the reason: %s" % text)
    with report.check("%s: what was acknowledged is read meanwhile" % what):
        expect(not writer.missing(), "missing: %s" % writer.missing()[:5])
    with report.check("%s over: writing works again, nothing acknowledged is lost" % what):
        end()
        took = write_until(writer, True, RECOVERY_LIMIT_S)
        print("  writing again %s" % ("after %.2f s by itself" % took if took is not None else "only after a restart"))
        if took is None:
            daemon.down()
            daemon.up()
            writer.connect()
            expect(writer.write_once(), "a write after the restart: %s" % list(writer.refusals)[-1:])
        expect(not writer.missing(), "missing: %s" % writer.missing()[:5])
    with report.check("%s: the next daemon finds it all" % what):
        daemon.down()
        daemon.up()
        writer.connect()
        expect(not writer.missing(), "missing: %s" % writer.missing()[:5])


def repair(daemon, disk, writer):
    """What its owner does: the file system is mounted again only when nobody uses it."""
    daemon.down()
    disk.repair()
    daemon.up()
    writer.connect()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=2)
    rounds = options.parse_args().rounds
    try:
        import boto3  # noqa: F401
    except ImportError:
        return 77
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        return 77
    report, disk = Report(), SmallDisk()
    daemon = Daemon(os.path.join(disk.mount, "data"))
    try:
        daemon.up()
        writer = Writer(daemon)
        for _ in range(rounds):
            spoil(report, daemon, writer, "disk full", disk.fill, disk.empty, ("space",))
            spoil(report, daemon, writer, "disk broken, read-only", disk.break_down, lambda: repair(daemon, disk, writer),
                  ("read-only",))
        print("  %d writes, %d acknowledged" % (writer.count, len(writer.acknowledged)))
    finally:
        daemon.down("--purge")
        disk.remove()
    print("\ndisk: %d passed, %d failed" % (report.passed, report.failed))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
