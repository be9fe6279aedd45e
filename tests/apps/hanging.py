#!/usr/bin/env python3
"""A program that hangs says on SIGQUIT which tasks wait where."""

import contextlib
import os
import pathlib
import re
import select
import signal
import subprocess
import time

from support import PATIENCE, check, run_cases

PROGRAM = os.environ["CORDUROY_APPS"] + "/../tests/hanging"
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


def said(process, *patterns):
    """What it writes to stderr until each of the patterns has been found."""
    text, give_up = "", time.monotonic() + PATIENCE
    while not all(re.search(pattern, text, re.MULTILINE) for pattern in patterns):
        check(time.monotonic() < give_up, f"it should say each of {patterns}, and says:\n{text}")
        if select.select([process.stderr], [], [], 0.1)[0]:
            text += os.read(process.stderr.fileno(), 65536).decode()
        check(process.poll() is None, f"it should go on, and ended with {process.returncode}:\n{text}")
    return text


def site(code):
    """A pattern for the place of a line of the program."""
    with open(SOURCE, encoding="utf-8") as source:
        lines = [number for number, line in enumerate(source, 1) if code in line]
    check(len(lines) == 1, f"{code} should stand in the program once")
    return rf"\S*hanging\.cpp:{lines[0]}\b"


def SIGQUIT_shows_the_tree_of_a_program_that_waits():
    with hanging("wait") as process:
        process.send_signal(signal.SIGQUIT)
        text = said(process, r"^background: .*\n.*\n")
        check(re.search(r"^corduroy: SIGQUIT in thread \d+, which waits in the kernel$", text, re.MULTILINE), text)
        check(re.search(r"^main: join of 1 tasks\n    " + site("co_await waits();"), text, re.MULTILINE), text)
        check(re.search(r"^    spawned: poll on descriptor \d+\n        " + site("co_await answer_comes();") + ".*\n        " +
                        site("co_await readable"), text, re.MULTILINE), text)
        check(re.search(r"^background: sleep until \d+(\.\d)? s from now\n    " + site("co_await sleep(2h)"), text,
                        re.MULTILINE), text)


def it_can_be_asked_again_and_again():
    with hanging("wait") as process:
        for _ in range(3):
            process.send_signal(signal.SIGQUIT)
            said(process, r"^background: ")


def SIGQUIT_shows_at_once_which_task_spins():
    with hanging("spin") as process:
        process.send_signal(signal.SIGQUIT)
        text = said(process, r"now runs joined, last awaited at\n    " + site("co_await sleep(2ms);"))
        check("began this turn of its loop" in text, text)
        check("main:" not in text, f"the loop has no turn to print the tree in:\n{text}")


def SIGQUIT_shows_the_reactors_of_all_threads():
    with hanging("threads") as process:
        process.send_signal(signal.SIGQUIT)
        text = said(process, r"^main: sleep until", r"^main: poll on descriptor")
        threads = set(re.findall(r"SIGQUIT in thread (\d+)", text))
        check(len(threads) == 2 and str(process.pid) in threads, text)


run_cases([SIGQUIT_shows_the_tree_of_a_program_that_waits, it_can_be_asked_again_and_again,
           SIGQUIT_shows_at_once_which_task_spins, SIGQUIT_shows_the_reactors_of_all_threads])
