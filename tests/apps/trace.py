#!/usr/bin/env python3
"""CORDUROY_TRACE and CORDUROY_SLOW_STEP, in a program that knows nothing of them."""

import os
import pathlib
import re
import subprocess
import tempfile

from support import PATIENCE, check, run_cases

PROGRAM = os.environ["CORDUROY_APPS"] + "/../tests/reacting"


def ran(**environment):
    """What the program, which fails after a few awaits, writes to stderr."""
    done = subprocess.run([PROGRAM, "fail"], env={**os.environ, **environment}, capture_output=True, encoding="utf-8",
                          timeout=PATIENCE, check=False)
    check(done.returncode == 1, done.stderr)
    return done.stderr


def a_line_for_each_event_goes_to_stderr():
    text = ran(CORDUROY_TRACE="1")
    check(re.search(r"^corduroy \d+ 0\.\d{6}: task 1 \(main\) is spawned$", text, re.MULTILINE), text)
    check(re.search(r"^corduroy \d+ \d+\.\d{6}: task 1 \(main\) runs", text, re.MULTILINE), text)
    check(re.search(r"task 1 \(main\) fails: nothing works, after \d+\.\d{3} ms$", text,
                    re.MULTILINE), text)


def or_to_the_end_of_a_file():
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "trace"
        check("corduroy " not in ran(CORDUROY_TRACE=str(file)), "nothing of it should go to stderr")
        once = len(file.read_text(encoding="utf-8").splitlines())
        ran(CORDUROY_TRACE=str(file))
        check(once > 2 and len(file.read_text(encoding="utf-8").splitlines()) >= 2 * once - 2, "it should be appended to")


def a_file_that_cannot_be_opened_is_warned_of():
    text = ran(CORDUROY_TRACE="/proc/nowhere/trace")
    check("opening /proc/nowhere/trace, which CORDUROY_TRACE names, failed: No such file or directory" in text, text)
    check("main failed: std::runtime_error: nothing works" in text, text)


def a_bound_for_slow_steps_that_is_no_number_is_warned_of_and_ignored():
    for value in ("50ms", "-1", " 50", "soon", "4294967296", "1.5"):
        text = ran(CORDUROY_SLOW_STEP=value)
        check(f'corduroy: CORDUROY_SLOW_STEP is "{value}", which is no number of milliseconds' in text, text)
        check(text.count("corduroy: ") == 1, text)
    check("corduroy: " not in ran(CORDUROY_SLOW_STEP="4294967295"), "the largest bound is one")


def without_them_nothing_is_written():
    for off in ({}, {"CORDUROY_TRACE": "0"}, {"CORDUROY_TRACE": ""}, {"CORDUROY_SLOW_STEP": "0"},
                {"CORDUROY_SLOW_STEP": ""}):
        text = ran(**off)
        check(not re.search(r"^corduroy\b", text, re.MULTILINE), f"{off}: {text}")


run_cases([a_line_for_each_event_goes_to_stderr, or_to_the_end_of_a_file, a_file_that_cannot_be_opened_is_warned_of,
           a_bound_for_slow_steps_that_is_no_number_is_warned_of_and_ignored, without_them_nothing_is_written])
