#!/usr/bin/env python3
"""The loop closes by itself: load on the balancer becomes metrics, metrics become alarms, alarms scale the group.

    closed_loop.py [--small] [--clock-speed N] [--json FILE] [--keep]

Brings up the reference stack (at most three instances) on a data directory and ports of its own, lets `wrk` ask its
balancer until the group has grown, and stops; the group must shrink to its minimum again. At every look the desired
capacity is within its bounds, nobody is taken out while the load lasts, and the activities give AWS's cause.
With --clock-speed the daemon is started again, faster, after the stack is there; 1 is real time (half an hour).
--small: instead of the reference stack, a balancer and a group made by API calls (needs boto3 instead of Terraform).
Needs root, wrk, and terraform or tofu. Exit code: 0 passed, 1 failed, 77 this machine cannot run it.
"""
import argparse
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "terraform")]
from harness import STORMGLASS, Report, Sandbox, expect, wait_until  # noqa: E402

MIN_SIZE, MAX_SIZE = 2, 3
REQUESTS_PER_TARGET = 600  # A real minute and target, in the small stack; the reference stack has 1000.
BOOT_S = 120        # Of real time: what launching and draining may take beyond the alarms' minutes.
OUT_MINUTES = 10    # Three minutes above the target, the metrics' own delay, warm-up.
IN_MINUTES = 60     # Fifteen minutes below for each policy, once more after each instance that left.


class Group:
    """What the API says of the group, every look kept with its time."""

    def __init__(self, sandbox):
        self.sandbox, self.api, self.looks = sandbox, sandbox.root(), []
        self.name, self.began = sandbox.live["asg_name"], time.monotonic()

    def look(self):
        answer = self.api.query("autoscaling", "DescribeAutoScalingGroups", **{
            "AutoScalingGroupNames.member.1": self.name})
        members = [one.findtext("LifecycleState") for one in answer.iterfind(".//Instances/member")]
        seen = {"s": round(time.monotonic() - self.began, 1), "min": int(answer.findtext(".//MinSize")),
                "max": int(answer.findtext(".//MaxSize")), "desired": int(answer.findtext(".//DesiredCapacity")),
                "in_service": members.count("InService"), "members": len(members)}
        if not self.looks or {**self.looks[-1], "s": 0} != {**seen, "s": 0}:
            self.looks.append(seen)
        expect(seen["min"] <= seen["desired"] <= seen["max"], "outside its bounds: %s" % seen)
        return seen

    def alarms(self):
        """State by the alarm's kind: {"requests high": "OK", ...}."""
        answer = self.api.query("autoscaling", "DescribePolicies", AutoScalingGroupName=self.name)
        kinds = {}
        for policy in answer.iterfind(".//ScalingPolicies/member"):
            metric = policy.findtext(".//PredefinedMetricType")
            for alarm in policy.iterfind("Alarms/member"):
                name = alarm.findtext("AlarmName")
                kinds[name] = "%s %s" % ("requests" if metric.startswith("ALB") else "cpu",
                                         "high" if "AlarmHigh" in name else "low")
        answer = self.api.query("monitoring", "DescribeAlarms", **{
            "AlarmNames.member.%d" % (i + 1): name for i, name in enumerate(kinds)})
        return {kinds[one.findtext("AlarmName")]: one.findtext("StateValue")
                for one in answer.iterfind(".//MetricAlarms/member")}

    def causes(self):
        answer = self.api.query("autoscaling", "DescribeScalingActivities", AutoScalingGroupName=self.name)
        return [one.findtext("Cause") for one in answer.iterfind(".//Activities/member")]


class Load:
    """wrk on the balancer's listener, until the end of the scope. It must use the balancer's name, by which the front
    door tells balancers apart (TLS too), so it runs with a hosts file of its own."""

    def __init__(self, sandbox):
        host, scheme = sandbox.live["alb_dns_name"], sandbox.live.get("scheme", "https")
        port = sandbox.https_port if scheme == "https" else sandbox.http_port
        hosts = os.path.join(sandbox.folder, "hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write("127.0.0.1 localhost %s\n" % host)
        self.words = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts, "wrk",
                      "-t", "1", "-c", "4", "-d", "36000s", "--timeout", "10s", "%s://%s:%d/" % (scheme, host, port)]

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.out, _ = self.process.communicate(timeout=30)


def daemon_pids(sandbox):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if words[0] == STORMGLASS.encode() and b"up" in words and sandbox.home.encode() in words:
            found.append(int(pid))
    return found


def start(sandbox, speed):
    sandbox.ok(STORMGLASS, "up", "--data-dir", sandbox.home, "--port", str(sandbox.port), "--http-port",
               str(sandbox.http_port), "--https-port", str(sandbox.https_port), "--clock-speed", str(speed),
               limit_s=120)


def start_again(sandbox, speed):
    """The same control plane with a faster clock; what it runs goes on meanwhile."""
    for pid in daemon_pids(sandbox):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not daemon_pids(sandbox), "the daemon is gone", 10)
    start(sandbox, speed)


def bring_up(sandbox, options):
    if options.small:
        import small_stack
        start(sandbox, options.clock_speed)
        stack = small_stack.bring_up(sandbox.credentials(), MIN_SIZE, MAX_SIZE,
                                     max(1, REQUESTS_PER_TARGET / options.clock_speed))
        sandbox.live = {"asg_name": "small", "alb_dns_name": stack.name, "scheme": "http"}
        wait_until(lambda: stack.healthy() == MIN_SIZE, "the web servers answer", BOOT_S)
        return
    sandbox.environment["TF_VAR_max_size"] = str(MAX_SIZE)
    done = sandbox.tool("demo.sh", limit_s=1200)
    expect(done.code == 0, done.out)
    sandbox.load_outputs()
    if options.clock_speed != 1:
        start_again(sandbox, options.clock_speed)


def can_run(options):
    if os.geteuid() != 0 or not shutil.which("wrk"):
        return False
    if options.small:
        return importlib.util.find_spec("boto3") is not None
    return bool(shutil.which("terraform") or shutil.which("tofu"))


def grow_and_shrink(group, report, speed, figures):
    least = group.look()["min"]
    with report.check("the group rests at its minimum of %d" % least):
        wait_until(lambda: group.look()["in_service"] == group.look()["desired"] == least, "it rests", BOOT_S)
    group.began, group.looks = time.monotonic(), []
    with Load(group.sandbox) as load:
        with report.check("load on the balancer raises the alarm on requests per target"):
            wait_until(lambda: group.look() and group.alarms().get("requests high") == "ALARM", "it is in ALARM",
                       OUT_MINUTES * 60 / speed + BOOT_S)
            figures["alarm_s"] = round(time.monotonic() - group.began, 1)
        with report.check("the alarm makes the group larger, and the new instance serves"):
            wait_until(lambda: group.look()["desired"] > least, "more are wanted", BOOT_S)
            figures["desired_s"] = group.looks[-1]["s"]
            wait_until(lambda: group.look()["in_service"] == group.look()["desired"] > least, "they serve", BOOT_S)
            figures["in_service_s"] = group.looks[-1]["s"]
        with report.check("as long as the load lasts nobody leaves"):
            desired = [one["desired"] for one in group.looks]
            expect(desired == sorted(desired), "it shrank: %s" % group.looks)
    figures["wrk"] = [line.strip() for line in load.out.splitlines() if "Requests/sec" in line or "requests in" in line]
    figures["load_ended_s"] = round(time.monotonic() - group.began, 1)
    with report.check("without load it shrinks to its minimum again, one after the other"):
        wait_until(lambda: group.look()["desired"] == group.look()["members"] == least, "it is at its minimum",
                   IN_MINUTES * 60 / speed + BOOT_S, 1)
        figures["at_minimum_s"] = group.looks[-1]["s"]
        desired = [one["desired"] for one in group.looks]
        top = desired.index(max(desired))
        expect(desired[:top] == sorted(desired[:top]) and desired[top:] == sorted(desired[top:], reverse=True),
               "it swung: %s" % desired)
    with report.check("the activities say which alarm triggered which policy"):
        causes = group.causes()
        for way in ("AlarmHigh", "AlarmLow"):
            expect(any("a monitor alarm TargetTracking-%s-%s-" % (group.name, way) in one and
                       "in state ALARM triggered policy" in one for one in causes), causes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clock-speed", type=float, help="5, or 20 with --small, if it is not given")
    parser.add_argument("--small", action="store_true", help="not the reference stack: the least that scales")
    parser.add_argument("--json", help="writes the figures there")
    parser.add_argument("--keep", action="store_true", help="do not take anything down")
    options = parser.parse_args()
    options.clock_speed = options.clock_speed or (20 if options.small else 5)
    if not can_run(options):
        print("SKIPPED: this needs root, wrk, and terraform or tofu (with --small: boto3)")
        return 77
    report, sandbox, figures = Report(), Sandbox(), {"clock_speed": options.clock_speed}
    try:
        report.headline("the stack comes up")
        bring_up(sandbox, options)
        report.headline("load, and the end of it")
        group = Group(sandbox)
        grow_and_shrink(group, report, options.clock_speed, figures)
        figures["looks"] = group.looks
    finally:
        if options.keep:
            print("kept: STORMGLASS_HOME=%s" % sandbox.home)
        else:
            sandbox.remove()
    print(json.dumps(figures, indent=1))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    print("\nscaling: %d passed, %d failed" % (report.passed, report.failed))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
