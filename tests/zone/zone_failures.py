#!/usr/bin/env python3
"""Loses each zone of the reference stack in turn, under a steady load of readers and of a writer that counts what was
acknowledged, gives it back, and says what it cost the users.

    zone_failures.py [--zones 2|3] [--only NAME[,NAME]] [--json FILE] [--keep]

Brings up the stack on a data directory and ports of its own. Of each failure: how many requests failed and when the
last one did, when the group was full again in the other zone, when the database accepted writes; of the way back: when
the instances were balanced, the balancer's node and the standby there again. No acknowledged write may be lost or
applied twice. Needs root and terraform or tofu. Exit code: 0 passed, 1 failed, 77 this machine cannot run it.
"""
import argparse
import json
import os
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE] + [os.path.join(os.path.dirname(HERE), name) for name in ("terraform", "survival")]
from harness import STORMGLASS, Report, Sandbox, expect, wait_until  # noqa: E402
from users import Users  # noqa: E402

ERRORS_LIMIT_S = 5     # Issue 3: what users may notice, from the failure on.
RECOVERY_LIMIT_S = 300
# Name, mode, whether the zone of the database's primary is taken.
CASES = [
    ("power, zone of the standby", "power", False),
    ("power, zone of the primary", "power", True),
    ("partition, zone of the standby", "partition", False),
    ("partition, zone of the primary", "partition", True),
]


class Stack:
    """What is to be seen of the stack, by the API and by `stormglass status`."""

    def __init__(self, sandbox):
        self.sandbox, self.api = sandbox, sandbox.root()
        answer = self.api.query("autoscaling", "DescribeAutoScalingGroups")
        self.group = answer.findtext(".//AutoScalingGroupName")
        self.desired = int(answer.findtext(".//DesiredCapacity"))
        self.zones = sorted({one.text for one in answer.iterfind(".//AvailabilityZones/member")})

    def az(self, *words):
        # The option belongs to the command within `az`.
        self.sandbox.ok(STORMGLASS, "az", words[0], *words[1:], "--data-dir", self.sandbox.home)

    def database(self):
        found = [one for one in self.sandbox.status()["databases"] if len(one["servers"]) > 1]
        expect(found, "status shows no Multi-AZ database")
        return found[0]

    def primary_zone(self):
        primaries = [one for one in self.database()["servers"] if one["role"] == "primary" and one["state"] == "running"]
        expect(len(primaries) == 1, "primaries: %s" % primaries)
        return primaries[0]["zone"]

    def standby_zone(self):
        return [one["zone"] for one in self.database()["servers"] if one["role"] == "standby"][0]

    def in_service(self):
        answer = self.api.query("autoscaling", "DescribeAutoScalingGroups", **{
            "AutoScalingGroupNames.member.1": self.group})
        zones = {}
        for one in answer.iterfind(".//Instances/member"):
            if one.findtext("LifecycleState") == "InService" and one.findtext("HealthStatus") == "Healthy":
                zone = one.findtext("AvailabilityZone")
                zones[zone] = zones.get(zone, 0) + 1
        return zones

    def healthy_targets(self):
        balancer = self.sandbox.status()["load_balancers"][0]
        return sum(1 for one in balancer["targets"] if one["health"] == "healthy")

    def nodes(self):
        return [one for one in self.sandbox.status()["load_balancers"][0]["nodes"] if one["running"]]

    def is_balanced(self):
        zones = self.in_service()
        return (sum(zones.values()) == self.desired and len(zones) == min(self.desired, len(self.zones)) and
                max(zones.values()) - min(zones.values()) <= 1 and self.healthy_targets() == self.desired)

    def has_standby(self):
        servers = self.database()["servers"]
        return (len(servers) == 2 and all(one["state"] == "running" for one in servers) and
                any(one["replicating"] for one in servers) and any(one["synchronous"] for one in servers))

    def is_whole(self):
        return self.is_balanced() and len(self.nodes()) == len(self.zones) and self.has_standby()

    def zone_state(self, zone):
        answer = self.api.query("ec2", "DescribeAvailabilityZones", **{"ZoneName.1": zone})
        return answer.findtext(".//zoneState")

    def refusal(self, zone):
        """EC2's answer to a launch in the zone."""
        subnet = self.api.query("ec2", "DescribeSubnets", **{
            "Filter.1.Name": "availability-zone", "Filter.1.Value.1": zone})
        image = self.sandbox.web_instances()[0]["image"]
        try:
            self.api.query("ec2", "RunInstances", ImageId=image, InstanceType="t3.micro", MinCount="1", MaxCount="1",
                           SubnetId=subnet.findtext(".//subnetId"))
        except Exception as error:
            return str(error)
        return "launched"

    def activities(self):
        answer = self.api.query("autoscaling", "DescribeScalingActivities", AutoScalingGroupName=self.group)
        return [(one.findtext("Cause") or "") + (one.findtext("StatusMessage") or "")
                for one in answer.iterfind(".//Activities/member")]


def widen(sandbox, zones):
    """The sandbox's own copy of the stack, over so many zones, with an instance in each."""
    for name, old, new in (("live/main.tf", "names, 0, 2)", "names, 0, %d)" % zones),
                           ("modules/network/variables.tf", "length(var.azs) == 2", "length(var.azs) == %d" % zones)):
        path = os.path.join(sandbox.stack, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        expect(text.count(old) == 1, "the stack takes its zones in another way now: " + name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
    sandbox.environment["TF_VAR_desired_capacity"] = str(zones)


def since(began, condition, what, limit_s=RECOVERY_LIMIT_S):
    """Seconds from `began` until it holds."""
    wait_until(condition, what, limit_s, pause_s=0.3)
    return time.time() - began


def times_of(users, began):
    return [float(one.split(" ", 1)[0]) - began for one in list(users.faults)]


def lose(stack, users, zone, mode):
    """Takes the zone, sees the others make up for it; figures."""
    had_primary = stack.primary_zone() == zone
    dead = [one["id"] for one in stack.sandbox.web_instances() if one["zone"] == zone]
    began = time.time()
    stack.az("fail", zone, "--mode", mode)
    found = {"cut_s": time.time() - began}
    if mode == "power":
        running = [one for one in stack.sandbox.status()["instances"] if one["zone"] == zone and one["running"]]
        expect(not running, "still running there: %s" % running)
    expect(stack.zone_state(zone) == ("unavailable" if mode == "power" else "impaired"), stack.zone_state(zone))
    refusal = stack.refusal(zone)
    expect("InsufficientInstanceCapacity" in refusal, refusal)
    if had_primary:
        found["primary_s"] = since(began, lambda: stack.primary_zone() != zone, "the primary is in the other zone")
    written = len(users.written)
    found["writes_s"] = since(began, lambda: len(users.written) > written, "a write is acknowledged")
    found["full_s"] = since(began, lambda: stack.in_service().get(zone, 0) == 0 and
                            sum(stack.in_service().values()) == stack.desired and
                            stack.healthy_targets() >= stack.desired, "the group is full elsewhere")
    expect(len(stack.nodes()) == len(stack.zones) - 1, "nodes: %s" % stack.nodes())
    told = stack.activities()
    expect(dead and any("status checks failure" in one or "ELB system health check" in one for one in told),
           "no activity says why: %s" % told[:3])
    expect(any("InsufficientInstanceCapacity" in one or "sufficient" in one for one in told),
           "no activity tells of the refused launch: %s" % told[:5])
    return began, found


def give_back(stack, zone, found):
    began = time.time()
    stack.az("restore", zone)
    found["node_back_s"] = since(began, lambda: len(stack.nodes()) == len(stack.zones), "every zone has its node")
    found["standby_back_s"] = since(began, stack.has_standby, "the standby is back")
    found["balanced_s"] = since(began, stack.is_balanced, "the group is balanced")
    expect(stack.zone_state(zone) == "available", stack.zone_state(zone))


def check_case(stack, users, mode, take_primary):
    wait_until(stack.is_whole, "the stack is whole before", RECOVERY_LIMIT_S)
    primary = stack.primary_zone()
    zone = primary if take_primary else stack.standby_zone()
    requests = users.reads + len(users.written) + len(users.uncertain)
    before = len(users.faults)
    began, found = lose(stack, users, zone, mode)
    give_back(stack, zone, found)
    time.sleep(3)  # The length of the look at what users still met.
    failed = [one for one in times_of(users, began)[before:]]
    found.update({"zone": zone, "failed": len(failed), "last_failed_s": max(failed, default=None),
                  "requests": users.reads + len(users.written) + len(users.uncertain) - requests,
                  "acknowledged": len(users.written), "errors": sorted({one.split(" ", 1)[1][:60]
                                                                        for one in users.faults[before:]})[:4]})
    return found


def told(name, found):
    def seconds(key):
        return "%6.1f" % found[key] if found.get(key) is not None else "     -"
    return "%-32s %5d of %6d %s %s %s %s   %s %s %s" % (
        name, found["failed"], found["requests"], seconds("last_failed_s"), seconds("primary_s"), seconds("writes_s"),
        seconds("full_s"), seconds("node_back_s"), seconds("standby_back_s"), seconds("balanced_s"))


def run(sandbox, report, wanted, results):
    stack = Stack(sandbox)
    with Users(sandbox) as users:
        wait_until(lambda: len(users.written) > 20, "the load runs", 60)
        for name, mode, take_primary in CASES:
            if wanted and not any(name.startswith(one) for one in wanted):
                continue
            with report.check(name):
                found = results[name] = check_case(stack, users, mode, take_primary)
                print("         " + told(name, found), flush=True)
                print("         " + "; ".join(found["errors"]), flush=True)
                expect((found["last_failed_s"] or 0) <= ERRORS_LIMIT_S,
                       "users met errors until %.1f s: %s" % (found["last_failed_s"] or 0, users.faults[-5:]))
    with report.check("every acknowledged write is there, once"):
        wait_until(stack.has_standby, "the standby is back", RECOVERY_LIMIT_S)
        users.check_entries()
        print("         %d writes acknowledged" % len(users.written), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zones", type=int, choices=(2, 3), default=2)
    parser.add_argument("--only", default="", help="beginnings of names, with commas")
    parser.add_argument("--json", help="writes the figures there")
    parser.add_argument("--keep", action="store_true", help="do not take anything down")
    options = parser.parse_args()
    if os.geteuid() != 0 or not (shutil.which("terraform") or shutil.which("tofu")):
        print("SKIPPED: this needs root, and terraform or tofu")
        return 77
    report, sandbox, results = Report(), Sandbox(), {}
    try:
        report.headline("the stack comes up in %d zones" % options.zones)
        widen(sandbox, options.zones)
        done = sandbox.tool("demo.sh", limit_s=1800)
        expect(done.code == 0, done.out)
        sandbox.load_outputs()
        report.headline("failures of a zone")
        run(sandbox, report, [one for one in options.only.split(",") if one], results)
    finally:
        if options.keep:
            print("kept: STORMGLASS_HOME=%s" % sandbox.home)
        else:
            sandbox.remove()
    print("\n%-32s %15s %6s %6s %6s %6s   %s" % ("seconds from the failure until", "requests failed", "last", "prim.",
                                                 "write", "full", "back: node, standby, balance"))
    for name, found in results.items():
        print(told(name, found))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    print("\nzone failures: %d passed, %d failed" % (report.passed, report.failed))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
