#!/usr/bin/env python3
"""The eight steps that the reference architecture must pass, tried for real: make demo, a page, Terraform,
the network, IAM, the disk, the loss of the daemon, the command line, and the way back to nothing.

    acceptance.py [--steps 1,2,8,4,5,6,7,3] [--keep]

Needs root, a built daemon or the means to build one, terraform or tofu. Has a data directory, ports and a copy of
the stack of its own, and takes all of it down even when it fails. --keep leaves it up, to be looked at.
Exit code: 0 all passed, 1 something failed, 77 this machine cannot run it.
"""
import argparse
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Report, Sandbox  # noqa: E402
from steps_demo import step_1, step_2, step_8  # noqa: E402
from steps_network import step_4  # noqa: E402
from steps_security import step_5, step_6, step_7  # noqa: E402
from steps_terraform import machine, realms, step_3, step_destroy  # noqa: E402

STEPS = {1: step_1, 2: step_2, 3: step_3, 4: step_4, 5: step_5, 6: step_6, 7: step_7, 8: step_8}
ORDER = "1,2,8,4,5,6,7,3"  # The changes last: everything else sees the stack as it came up.


def run_step(number, sandbox, report):
    try:
        STEPS[number](sandbox, report)
    except Exception as error:  # What a step does between its checks: the other steps still run.
        with report.check("step %d could be carried through" % number):
            raise error


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", default=ORDER, help="in this order; 1 always runs")
    parser.add_argument("--keep", action="store_true", help="do not take anything down")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("SKIPPED: the acceptance run needs root, for namespaces")
        return 77
    if not (shutil.which("terraform") or shutil.which("tofu")):
        print("SKIPPED: neither terraform nor tofu is on this machine")
        return 77
    report, before, realms_before = Report(), machine(), realms()
    sandbox = Sandbox()
    try:
        print("data directory %s, API on port %d" % (sandbox.home, sandbox.port), flush=True)
        run_step(1, sandbox, report)
        if sandbox.live:
            for number in (int(one) for one in options.steps.split(",")):
                if number != 1:
                    run_step(number, sandbox, report)
        if not options.keep:
            step_destroy(sandbox, report, before, realms_before)
    finally:
        if options.keep:
            print("kept: STORMGLASS_HOME=%s" % sandbox.home)
        else:
            sandbox.remove()
    print("\nacceptance: %d passed, %d failed, %d skipped" % (report.passed, report.failed, report.skipped))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
