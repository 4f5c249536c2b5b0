#!/usr/bin/env python3
"""Backups, replicas and storage of a real DB instance of a real daemon, tried from outside: a second comes
back (point in time), a read replica follows, survives a failover of its source and is promoted, a full
storage takes more, logs and enhanced monitoring arrive in CloudWatch Logs.

Usage: recovery.py --build FOLDER [--only replica,time,storage,logs]
Exit code: 0 all held, 1 not, 77 this machine cannot (not root, no boto3, no server).
"""
import argparse
import datetime
import json
import os
import subprocess
import sys
import time

from world import NAME, PASSWORD, Skip, World, wait_until


class Recovery:
    def __init__(self, world):
        self.world, self.rds = world, world.rds

    def item(self, name):
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def settle(self, name, limit_s=180):
        wait_until(lambda: self.item(name)["DBInstanceStatus"] == "available", name + " is available", limit_s)
        return self.item(name)

    def view(self, name):
        return next(d for d in self.world.status()["databases"] if d["name"] == name)

    def address(self, name):
        role = "replica" if self.view(name).get("replica_of") else "primary"
        return wait_until(lambda: next((s["address"] for s in self.view(name)["servers"]
                                        if s["role"] == role and s["state"] == "running"), None), "a server")

    def sql(self, name, statement):
        """As a client in the VPC; the error's text where it fails."""
        done = subprocess.run(
            ["nsenter", "--net=/proc/%d/ns/net" % self.world.instance_pid(), "mariadb", "--no-defaults",
             "--host", self.address(name), "--user", "appadmin", "--batch", "--skip-column-names", "--execute",
             statement],
            env={**os.environ, "MYSQL_PWD": PASSWORD}, text=True, capture_output=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else "error: " + done.stderr.strip()

    def check(self, what, is_so, detail=""):
        print("%-66s %s %s" % (what, "ok" if is_so else "FAILED", detail), flush=True)
        if not is_so:
            raise AssertionError("%s: %s" % (what, detail))

    # --- what is tried
    def time(self):
        self.sql(NAME, "CREATE TABLE app.moments (id INT PRIMARY KEY)")
        self.sql(NAME, "INSERT INTO app.moments VALUES (1)")
        wait_until(lambda: self.rds.describe_db_snapshots(DBInstanceIdentifier=NAME, SnapshotType="automated")
                   ["DBSnapshots"][:1] and self.rds.describe_db_snapshots(
                       DBInstanceIdentifier=NAME, SnapshotType="automated")["DBSnapshots"][0]["Status"]
                   == "available", "the first automated snapshot", 120)
        time.sleep(2)
        self.sql(NAME, "INSERT INTO app.moments VALUES (2)")
        time.sleep(1.1)
        moment = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.sql(NAME, "DROP TABLE app.moments")
        begun = time.monotonic()
        wait_until(lambda: self.item(NAME).get("LatestRestorableTime", moment) > moment,
                   "the log of that moment is kept", 200)
        kept = time.monotonic() - begun
        begun = time.monotonic()
        self.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=NAME, TargetDBInstanceIdentifier="then", RestoreTime=moment,
            DBSubnetGroupName=NAME, VpcSecurityGroupIds=self.groups())
        self.settle("then")
        took = time.monotonic() - begun
        rows = self.sql("then", "SELECT GROUP_CONCAT(id ORDER BY id) FROM app.moments")
        self.check("a second comes back: what was dropped then is there", rows == "1,2", "%r; kept after %.0f s, "
                   "restored in %.1f s" % (rows, kept, took))
        self.rds.delete_db_instance(DBInstanceIdentifier="then", SkipFinalSnapshot=True)

    def groups(self):
        return [g["VpcSecurityGroupId"] for g in self.item(NAME)["VpcSecurityGroups"]]

    def replica(self):
        begun = time.monotonic()
        self.rds.create_db_instance_read_replica(
            DBInstanceIdentifier="copy", SourceDBInstanceIdentifier=NAME, VpcSecurityGroupIds=self.groups())
        item = self.settle("copy")
        self.check("a read replica is available", item["StatusInfos"][0]["Status"] == "replicating",
                   "after %.1f s, in %s" % (time.monotonic() - begun, item["AvailabilityZone"]))
        self.sql(NAME, "CREATE TABLE app.copied (id INT PRIMARY KEY)")
        self.sql(NAME, "INSERT INTO app.copied VALUES (1)")
        rows = lambda: self.sql("copy", "SELECT GROUP_CONCAT(id) FROM app.copied")
        wait_until(lambda: rows() == "1", "the replica has the row", 20)
        refused = self.sql("copy", "INSERT INTO app.copied VALUES (9)")
        self.check("it takes no write", "read-only" in refused or "read_only" in refused, refused)
        self.rds.reboot_db_instance(DBInstanceIdentifier=NAME, ForceFailover=True)
        wait_until(self.world.is_well, "the source has failed over", 60)
        self.sql(NAME, "INSERT INTO app.copied VALUES (2)")
        wait_until(lambda: rows() == "1,2", "the replica follows the new primary", 60)
        self.check("it follows the new primary after a failover", True,
                   "lag %s s" % self.view("copy")["servers"][0]["lag_seconds"])
        self.rds.promote_read_replica(DBInstanceIdentifier="copy")
        wait_until(lambda: not self.item("copy").get("ReadReplicaSourceDBInstanceIdentifier"), "promoted", 60)
        self.settle("copy")
        written = self.sql("copy", "INSERT INTO app.copied VALUES (3)")
        self.check("promoted, it takes writes of its own", written == "" and rows() == "1,2,3", rows())
        self.check("and its source does not have them", self.sql(
            NAME, "SELECT COUNT(*) FROM app.copied") == "2")
        self.rds.delete_db_instance(DBInstanceIdentifier="copy", SkipFinalSnapshot=True)

    def storage(self):
        before = os.statvfs(os.path.join(self.world.home, "databases", self.view(NAME)["servers"][0]["id"]))
        free = before.f_bavail * before.f_frsize
        self.check("the servers' storage is 20 GiB", 18 << 30 < free <= 20 << 30, "%.2f GiB free" % (free / 2**30))
        self.rds.modify_db_instance(DBInstanceIdentifier=NAME, AllocatedStorage=30, ApplyImmediately=True)
        begun = time.monotonic()
        wait_until(lambda: self.item(NAME)["DBInstanceStatus"] == "available"
                   and self.item(NAME)["AllocatedStorage"] == 30, "more storage", 60)
        for server in self.view(NAME)["servers"]:
            now = os.statvfs(os.path.join(self.world.home, "databases", server["id"]))
            free = now.f_bavail * now.f_frsize
            self.check("it grows while %s runs" % server["role"], free > 28 << 30, "%.2f GiB free after %.1f s" % (
                free / 2**30, time.monotonic() - begun))

    def logs(self):
        import boto3
        env = json.loads(self.world.stormglass("env", "--format", "json"))
        logs = boto3.client("logs", endpoint_url=env["AWS_ENDPOINT_URL"], region_name="us-east-1",
                            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])
        self.rds.modify_db_instance(
            DBInstanceIdentifier=NAME, ApplyImmediately=True, MonitoringInterval=1,
            MonitoringRoleArn="arn:aws:iam::%s:role/monitoring" % self.item(NAME)["DBInstanceArn"].split(":")[4],
            CloudwatchLogsExportConfiguration={"EnableLogTypes": ["error"]})
        group = "/aws/rds/instance/%s/error" % NAME

        def events(name, stream):
            try:
                return logs.get_log_events(logGroupName=name, logStreamName=stream)["events"]
            except logs.exceptions.ResourceNotFoundException:
                return []
        found = wait_until(lambda: events(group, NAME), "the error log arrives", 60)
        self.check("the error log is in CloudWatch Logs", True, "%d lines" % len(found))
        resource = self.item(NAME)["DbiResourceId"]
        found = wait_until(lambda: events("RDSOSMetrics", resource), "enhanced monitoring arrives", 60)
        text = json.loads(found[-1]["message"])
        self.check("enhanced monitoring is in RDSOSMetrics", text["instanceID"] == NAME, "cpu %s %%, file system %s %%" % (
            text["cpuUtilization"]["total"], text["fileSys"][0]["usedPercent"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", default="storage,logs,time,replica")
    arguments = parser.parse_args()
    try:
        with World(arguments.build) as world:
            recovery = Recovery(world)
            for part in arguments.only.split(","):
                getattr(recovery, part)()
            return 0
    except Skip as reason:
        print("SKIPPED:", reason)
        return 77
    except AssertionError as problem:
        print("FAILED:", problem)
        return 1


if __name__ == "__main__":
    sys.exit(main())
