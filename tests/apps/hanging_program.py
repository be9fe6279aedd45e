"""The program that hangs, tests/apps/programs/hanging.cpp, for the tests of what it shows of itself."""

import contextlib
import os
import pathlib
import subprocess
import time

from support import PATIENCE, check

# CORDUROY_HANGING may name one that was built otherwise.
PROGRAM = os.environ.get("CORDUROY_HANGING") or os.environ["CORDUROY_APPS"] + "/../tests/hanging"
SOURCE = os.environ["CORDUROY_SOURCE"] + "/tests/apps/programs/hanging.cpp"


@contextlib.contextmanager
def hanging(how):
    """The program, once it hangs."""
    process = subprocess.Popen([PROGRAM, how], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        check(process.stdout.readline() in (b"waiting\n", b"spinning\n"), "the program should have begun to hang")
        if how != "spin":
            until_asleep(process)
        yield process
    finally:
        process.kill()
        process.communicate()


def until_asleep(process):
    """Until all of its threads wait."""
    give_up = time.monotonic() + PATIENCE
    while True:
        states = []
        for stat in pathlib.Path(f"/proc/{process.pid}/task").glob("*/stat"):
            states.append(stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0])
        if set(states) == {"S"}:
            return
        check(time.monotonic() < give_up, f"it should wait: {states}")
        time.sleep(0.01)


def site(code):
    """A pattern for the place of a line of the program."""
    with open(SOURCE, encoding="utf-8") as source:
        lines = [number for number, line in enumerate(source, 1) if code in line]
    check(len(lines) == 1, f"{code} should stand in the program once")
    return rf"\S*hanging\.cpp:{lines[0]}\b"
