#!/usr/bin/env python3
"""Rounds of real failures against a real Multi-AZ DB instance of a real daemon, under load.

A round: writers and readers go on by the endpoint's name; something is broken (what and when is
random); the longest time without an acknowledged write is measured, and the time until there is a
standby again; then every acknowledged write must be there, none twice, and no read may have missed one.

Usage: rounds.py --build FOLDER [--rounds N] [--seed S] [--kinds kill,stop,...] [--figures FILE]
Exit code: 0 all rounds passed, 1 not, 77 this machine cannot (not root, no boto3, no server).
"""
import argparse
import collections
import json
import os
import random
import signal
import statistics
import sys
import time

from world import Skip, World

WRITES_STOP_AT_MOST_S = 5.0
STANDBY_AGAIN_WITHIN_S = 30.0


def kill(world, server):
    os.kill(server["pid"], signal.SIGKILL)


def stop(world, server):
    os.kill(server["pid"], signal.SIGSTOP)


def cut(interface):
    def break_it(world, server):
        world.cut(server, interface)
    return break_it


def disk(world, server):
    world.fail_disk(server)


def forced(world, _):
    world.rds.reboot_db_instance(DBInstanceIdentifier=world.name, ForceFailover=True)


def both(world, server):
    for each in world.servers():
        os.kill(each["pid"], signal.SIGKILL)


# Name: whom it strikes, what is done, is a failover due, how often it is drawn.
KINDS = {
    "kill the primary": ("primary", kill, True, 5),
    "stop the primary (SIGSTOP)": ("primary", stop, True, 2),
    "cut the primary's network": ("primary", cut("eth0"), True, 1),
    "fail the primary's disk": ("primary", disk, True, 1),
    "forced failover": ("primary", forced, True, 2),
    "kill primary and daemon": ("primary", kill, True, 2),
    "stop primary, kill daemon": ("primary", stop, True, 1),
    "kill the standby": ("standby", kill, False, 1),
    "stop the standby (SIGSTOP)": ("standby", stop, False, 1),
    "cut the backplane": ("primary", cut("bp0"), False, 1),
    "kill both": ("primary", both, None, 1),
}


class Rounds:
    def __init__(self, world, seed, kinds):
        self.world, self.random = world, random.Random(seed)
        self.kinds = [name for name, kind in KINDS.items() for _ in range(kind[3])
                      if not kinds or any(part in name for part in kinds)]
        self.figures = collections.defaultdict(lambda: {"gap_ms": [], "standby_s": []})
        self.failures = []

    def play(self, number):
        name = self.random.choice(self.kinds)
        whom, act, failover, _ = KINDS[name]
        world = self.world
        before = world.database()
        time.sleep(self.random.uniform(0.2, 1.2))
        server = next(s for s in world.servers() if s["role"] == whom)
        world.ask("mark")
        begun = time.monotonic()
        struck = {s["pid"] for s in world.servers()} if act is both else {server["pid"]}
        act(world, server)
        if "daemon" in name:
            time.sleep(self.random.uniform(0, 0.2))
            world.kill_daemon()
            time.sleep(self.random.uniform(0, 0.5))
            world.up()
        problems = []
        self.wait_for_writes(begun, problems)
        if name.startswith("cut"):
            time.sleep(1)
            world.mend(server)
        took = self.wait_for_standby(begun, set() if "backplane" in name else struck, problems)
        after, status = world.database(), world.ask("status")
        moved = after["AvailabilityZone"] != before["AvailabilityZone"]
        if failover is not None and moved != failover:
            problems.append("the primary %s" % ("moved" if moved else "did not move"))
        verdict = world.ask("check")
        for key in ("missing", "twice", "error"):
            if verdict.get(key):
                problems.append("%s: %s" % (key, verdict[key]))
        if status["stale_reads"]:
            problems.append("%d stale reads" % status["stale_reads"])
        gap = status["longest_gap_ms"]
        if gap > WRITES_STOP_AT_MOST_S * 1000 and "daemon" not in name and act is not both:
            problems.append("writes stopped for %.1f s" % (gap / 1000))
        self.figures[name]["gap_ms"].append(gap)
        self.figures[name]["standby_s"].append(took)
        print("%4d  %-28s gap %7.1f ms  standby after %5.1f s  %6d acknowledged  %s" % (
            number, name, gap, took, verdict.get("checked", 0), "; ".join(problems) or "ok"), flush=True)
        if problems:
            self.failures.append((number, name, problems))

    def wait_for_writes(self, begun, problems):
        """Until a write begun after the failure is acknowledged."""
        time.sleep(0.3)
        while time.monotonic() - begun < 60:
            status = self.world.ask("status")
            if status["gap_now_ms"] < 150 and (time.monotonic() - begun) * 1000 > status["longest_gap_ms"] + 200:
                return
            time.sleep(0.05)
        problems.append("no write in 60 s")

    def wait_for_standby(self, begun, struck, problems):
        """What was struck must have been replaced: what is shown may be of the moment before."""
        while time.monotonic() - begun < 90:
            if self.world.is_well() and not struck & {s["pid"] for s in self.world.servers()}:
                took = time.monotonic() - begun
                if took > STANDBY_AGAIN_WITHIN_S:
                    problems.append("a standby only after %.0f s" % took)
                return took
            time.sleep(0.1)
        problems.append("no standby in 90 s: %s" % json.dumps(self.world.servers()))
        return 90.0

    def summary(self, rounds):
        lines = ["| failure | rounds | no write for: median, worst (ms) | standby again: median, worst (s) |",
                 "|---|---|---|---|"]
        for name, figure in sorted(self.figures.items()):
            gaps, backs = figure["gap_ms"], figure["standby_s"]
            lines.append("| %s | %d | %.0f, %.0f | %.1f, %.1f |" % (
                name, len(gaps), statistics.median(gaps), max(gaps), statistics.median(backs), max(backs)))
        passed = rounds - len(self.failures)
        lines.append("")
        lines.append("%d of %d rounds passed." % (passed, rounds))
        return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--kinds", default="")
    parser.add_argument("--figures", help="a JSON file for the figures")
    arguments = parser.parse_args()
    print("seed", arguments.seed, flush=True)
    try:
        with World(arguments.build) as world:
            rounds = Rounds(world, arguments.seed, [k for k in arguments.kinds.split(",") if k])
            for number in range(1, arguments.rounds + 1):
                rounds.play(number)
            verdict = world.ask("checkall")
            print("all at the end:", verdict)
            if verdict.get("missing") or verdict.get("twice") or verdict.get("error"):
                rounds.failures.append((0, "all", [str(verdict)]))
            print(rounds.summary(arguments.rounds))
            if arguments.figures:
                with open(arguments.figures, "w", encoding="utf-8") as to:
                    json.dump({"seed": arguments.seed, "failures": rounds.failures,
                               "acknowledged": verdict.get("checked"), **rounds.figures}, to, indent=1)
            return 1 if rounds.failures else 0
    except Skip as reason:
        print("SKIPPED:", reason)
        return 77


if __name__ == "__main__":
    sys.exit(main())
