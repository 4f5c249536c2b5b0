#!/usr/bin/env python3
"""Loses an instance in every way there is, under a steady load of readers, and says what it cost them.

    instance_failures.py [--only NAME[,NAME]] [--json FILE] [--keep]

Brings up the reference stack on a data directory and ports of its own. For each failure: after how many seconds the
instance was out of routing, after how many a replacement answered users, how many requests failed. The group must
say why in a scaling activity, launch in the zone that balances, and end with the instances it wants.
Needs root and terraform or tofu. Exit code: 0 passed, 1 failed, 77 this machine cannot run it.
"""
import argparse
import json
import os
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "terraform")]
import failures  # noqa: E402
from harness import Report, Sandbox, expect, wait_until  # noqa: E402
from readers import Readers  # noqa: E402

EC2 = "an EC2 health check indicating it has been terminated or stopped"
ELB = "an ELB system health check failure"
CHECKS = "an EC2 instance status checks failure"
# Name, what is done, and what the group's activity says; nothing: the instance is not replaced.
CASES = [
    ("terminate-instances", failures.terminated, EC2),
    ("all its processes killed", failures.killed, EC2),
    ("web process killed for good", failures.web_killed, ELB),
    ("web process hung (SIGSTOP)", failures.web_hung, ELB),
    ("whole instance frozen", failures.frozen, (ELB, CHECKS)),  # Whichever is noticed first.
    ("memory full", failures.memory_full, ELB),
    ("disk full", failures.disk_full, None),
    ("web process crashes once", failures.web_crashed, None),
]
REPLACED_LIMIT_S = 300  # Three missed checks, draining, boot, two good checks; the rest is patience.
QUIET_S = 20            # How long an instance that is not replaced is watched.


class Watch:
    """What the API says of one group while a failure is under way, asked twice a second."""

    def __init__(self, sandbox):
        self.sandbox, self.api = sandbox, sandbox.root()
        answer = self.api.query("autoscaling", "DescribeAutoScalingGroups")
        self.group = answer.findtext(".//AutoScalingGroupName")
        self.targets = answer.findtext(".//TargetGroupARNs/member")
        self.desired = int(answer.findtext(".//DesiredCapacity"))
        self.grace_s = int(answer.findtext(".//HealthCheckGracePeriod"))
        self.first_seen = {}  # When an instance was first in service here: its grace begins then at the latest.

    def healthy(self):
        answer = self.api.query("elasticloadbalancing", "DescribeTargetHealth", TargetGroupArn=self.targets)
        return {one.findtext("Target/Id") for one in answer.iterfind(".//TargetHealthDescriptions/member")
                if one.findtext("TargetHealth/State") == "healthy"}

    def members(self):
        answer = self.api.query("autoscaling", "DescribeAutoScalingGroups", **{
            "AutoScalingGroupNames.member.1": self.group})
        return [{name: one.findtext(name) for name in ("InstanceId", "AvailabilityZone", "LifecycleState",
                                                       "HealthStatus")}
                for one in answer.iterfind(".//Instances/member")]

    def out_of_grace(self):
        """Every instance has served longer than the group's grace period: a failure counts from its first moment."""
        now = time.monotonic()
        ids = [one["InstanceId"] for one in self.members() if one["LifecycleState"] == "InService"]
        for one in ids:
            self.first_seen.setdefault(one, now)
        return all(now - self.first_seen[one] > self.grace_s for one in ids)

    def causes(self, instance):
        answer = self.api.query("autoscaling", "DescribeScalingActivities", AutoScalingGroupName=self.group)
        return [one.findtext("Cause") for one in answer.iterfind(".//Activities/member")
                if one.findtext("Description") == "Terminating EC2 instance: " + instance]

    def whole(self):
        """All wanted instances in service, healthy for the balancer, and of every zone alike."""
        members, zones = self.members(), {}
        for one in members:
            zones[one["AvailabilityZone"]] = zones.get(one["AvailabilityZone"], 0) + 1
        good = {one["InstanceId"] for one in members if one["LifecycleState"] == "InService"}
        return (len(members) == self.desired == len(good) and good == self.healthy() and
                max(zones.values()) - min(zones.values()) <= 1 and len(zones) == min(self.desired, 2))


def measure(watch, readers, victim, harm):
    """Figures of one failure that ends in a replacement."""
    before = {one["InstanceId"] for one in watch.members()}
    began, left = time.monotonic(), None
    harm(watch.sandbox, victim)
    end = began + REPLACED_LIMIT_S
    while True:
        expect(time.monotonic() < end, "not replaced after %d s: %s" % (REPLACED_LIMIT_S, watch.members()))
        if left is None and victim["id"] not in watch.healthy():
            left = time.monotonic() - began
        served = [one for one in readers.since(began) if one.instance and one.instance not in before]
        if served and left is not None and watch.whole():
            break
        time.sleep(0.5)
    return figures(readers, began, {"left_routing_s": left, "replaced_s": served[0].time - began,
                                    "whole_s": time.monotonic() - began})


def figures(readers, began, more):
    seen = readers.since(began)
    failed = [one for one in seen if one.error]
    return {**more, "requests": len(seen), "failed": len(failed),
            "last_failed_s": failed[-1].time - began if failed else None,
            "errors": sorted({one.error for one in failed})[:3]}


def check_case(watch, readers, harm, cause):
    victim = watch.sandbox.web_instances()[0]
    if cause is None:
        began = time.monotonic()
        harm(watch.sandbox, victim)
        time.sleep(QUIET_S)  # The length of the look, not a wait for something.
        wait_until(watch.whole, "the group is whole", 60)
        expect(victim["id"] in {one["InstanceId"] for one in watch.members()}, "it was replaced")
        return figures(readers, began, {})
    found = measure(watch, readers, victim, harm)
    causes = watch.causes(victim["id"])
    wanted = (cause,) if isinstance(cause, str) else cause
    expect(any(name in one for one in causes for name in wanted), "no activity gives the cause: %s" % causes)
    return found


def told(name, found):
    def seconds(key):
        return "%6.1f" % found[key] if found.get(key) is not None else "     -"
    return "%-30s %s %s %7d of %6d %s  %s" % (name, seconds("left_routing_s"), seconds("replaced_s"), found["failed"],
                                              found["requests"], seconds("last_failed_s"), "; ".join(found["errors"]))


def run(sandbox, report, wanted, results):
    watch = Watch(sandbox)
    # The readers are more than the group's policies want of two instances; here only failures may change it.
    watch.api.query("autoscaling", "SuspendProcesses", AutoScalingGroupName=watch.group,
                    **{"ScalingProcesses.member.1": "AlarmNotification"})
    for name, harm, cause in CASES:
        if wanted and not any(name.startswith(one) for one in wanted):
            continue
        with report.check(name):
            wait_until(watch.whole, "the group is whole before", REPLACED_LIMIT_S)
            wait_until(watch.out_of_grace, "the grace period is over", watch.grace_s + 30)
            with Readers(sandbox) as readers:
                wait_until(lambda: len(readers.seen) > 20, "the load runs", 30)  # noqa: B023
                results[name] = check_case(watch, readers, harm, cause)
            print("         " + told(name, results[name]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="beginnings of names, with commas")
    parser.add_argument("--json", help="writes the figures there")
    parser.add_argument("--keep", action="store_true", help="do not take anything down")
    options = parser.parse_args()
    if os.geteuid() != 0 or not (shutil.which("terraform") or shutil.which("tofu")):
        print("SKIPPED: this needs root, and terraform or tofu")
        return 77
    report, sandbox, results = Report(), Sandbox(), {}
    try:
        report.headline("the stack comes up")
        done = sandbox.tool("demo.sh", limit_s=1200)
        expect(done.code == 0, done.out)
        sandbox.load_outputs()
        report.headline("failures of an instance")
        run(sandbox, report, [one for one in options.only.split(",") if one], results)
    finally:
        if options.keep:
            print("kept: STORMGLASS_HOME=%s" % sandbox.home)
        else:
            sandbox.remove()
    print("\n%-30s %6s %6s %17s %6s" % ("seconds until:", "out of", "re-", "requests", "last"))
    print("%-30s %6s %6s %17s %6s" % ("", "route", "placed", "failed", "failed"))
    for name, found in results.items():
        print(told(name, found))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    print("\ninstance failures: %d passed, %d failed" % (report.passed, report.failed))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
