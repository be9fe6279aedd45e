#!/usr/bin/env python3
"""gdb's `corduroy tasks`, in a program that hangs: from the process, and from a core of it.

Where CORDUROY_AUTO_LOAD names a folder, gdb is to find the script there by itself, as it does in its own folder of that
name where the library is installed; else it is told to take that of the sources.
"""

import glob
import os
import pathlib
import re
import subprocess
import tempfile

from hanging_program import PROGRAM, hanging, site
from support import PATIENCE, check, need, run_cases

if "CORDUROY_AUTO_LOAD" in os.environ:
    folder = os.environ["CORDUROY_AUTO_LOAD"]
    SCRIPT = ["-iex", "set auto-load safe-path " + folder, "-iex", "set auto-load scripts-directory " + folder]
else:
    SCRIPT = ["-ex", "source " + os.environ["CORDUROY_SOURCE"] + "/lib/corduroy-gdb.py"]


def tasks(*arguments):
    """What gdb prints, which runs nothing of the program."""
    done = subprocess.run(["gdb", "-nx", "-batch", *SCRIPT, "-ex", "corduroy tasks", *arguments],
                          capture_output=True, encoding="utf-8", timeout=3 * PATIENCE, check=False)
    return done.stdout + done.stderr


def check_tree(text):
    main, spawned, background = [re.search(pattern, text, re.MULTILINE) for pattern in (
        r"^    main #1: join of a group's tasks\n        " + site("co_await waits();"),
        r"^        spawned #\d+: poll on descriptor \d+\n            " + site("co_await answer_comes();") +
        r".*\n            " + site("co_await readable"),
        r"^    background #\d+: sleep\n        " + site("co_await sleep(2h)"),
    )]
    check(main and spawned and background, text)
    check(main.start() < spawned.start() < background.start(), text)
    check("corduroy::detail" not in text, text)


def it_says_in_words_what_the_library_s_own_awaits_wait_for():
    with hanging("words") as process:
        text = tasks("-p", str(process.pid))
    for words in ("a Lock", "an item", "room for an item", "an Event", "a Deferred", "a token of a Semaphore",
                  "join of tasks", "a thread's work", r"receive on descriptor \d+", r"accept on descriptor \d+",
                  "an awaiter of its own"):
        check(re.search(rf"^ +\w+ #\d+: {words}$", text, re.MULTILINE), f"{words}:\n{text}")
    check("Stranger" in text, f"an awaiter without words goes by its type:\n{text}")


def it_shows_the_tree_of_a_process():
    with hanging("wait") as process:
        check_tree(tasks("-p", str(process.pid)))


def it_shows_the_tree_in_a_core():
    with hanging("wait") as process, tempfile.TemporaryDirectory() as folder:
        subprocess.run(["gcore", "-o", folder + "/core", str(process.pid)], capture_output=True, timeout=3 * PATIENCE,
                       check=True)
        check_tree(tasks(PROGRAM, glob.glob(folder + "/core*")[0]))


def it_shows_the_task_that_spins():
    with hanging("spin") as process:
        text = tasks("-p", str(process.pid))
        check(re.search(r"joined #\d+: running\n            " + site("co_await sleep(2ms);"), text), text)


need("gdb", "gcore")
cases = [it_shows_the_tree_of_a_process, it_shows_the_task_that_spins,
         it_says_in_words_what_the_library_s_own_awaits_wait_for]
# Under the address sanitizer a process maps terabytes, and gcore looks at all of them.
if b"__asan_init" not in pathlib.Path(PROGRAM).read_bytes():
    cases.append(it_shows_the_tree_in_a_core)
run_cases(cases)
