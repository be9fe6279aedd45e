#!/usr/bin/env python3
"""A program that hangs says on SIGQUIT which tasks wait where."""

import os
import re
import select
import signal
import time

from hanging_program import hanging, site
from support import PATIENCE, check, run_cases


def said(process, *patterns):
    """What it writes to stderr until each of the patterns has been found."""
    text, give_up = "", time.monotonic() + PATIENCE
    while not all(re.search(pattern, text, re.MULTILINE) for pattern in patterns):
        check(time.monotonic() < give_up, f"it should say each of {patterns}, and says:\n{text}")
        if select.select([process.stderr], [], [], 0.1)[0]:
            text += os.read(process.stderr.fileno(), 65536).decode()
        check(process.poll() is None, f"it should go on, and ended with {process.returncode}:\n{text}")
    return text


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
