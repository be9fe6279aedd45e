#!/usr/bin/env python3
"""react: exit status, traceback, and what signals do."""

import os
import re
import signal
import subprocess
import sys

PROGRAM = os.environ["CORDUROY_APPS"] + "/../tests/reacting"


def check(what, holds, detail=""):
    if not holds:
        print(f"FAILED: {what}\n{detail}")
        sys.exit(1)
    print(f"ok: {what}")


def start(how):
    return subprocess.Popen([PROGRAM, how], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


status = subprocess.run([PROGRAM, "status"], timeout=30, check=False).returncode
check("a Task<int> is the exit status", status == 7, status)

failed = start("fail")
_, errors = failed.communicate(timeout=30)
check("a main that fails exits with 1", failed.returncode == 1, failed.returncode)
check("the failure is named", "main failed: std::runtime_error: nothing works" in errors, errors)
sites = re.findall(r"^  \S*reacting\.cpp:\d+ .*?(\w+)\(.*$|^  \S*reacting\.cpp:\d+ (\S+)$", errors, re.MULTILINE)
names = [plain or decorated for decorated, plain in sites]
check("each coroutine that it came through is named, the innermost first",
      [name.split("::")[-1] for name in names][:3] == ["fail_inside", "fail_outside", "run_program"], errors)

left = start("exit")
output, errors = left.communicate(timeout=30)
check("Exit(3) is the exit status", left.returncode == 3, left.returncode)
check("no handler for std::exception eats it, and nothing is reported", output + errors == "", output + errors)

left = start("exit-message")
output, errors = left.communicate(timeout=30)
check("an Exit with a message prints it", errors == "usage: reacting HOW\n" and output == "", output + errors)
check("and exits with 1", left.returncode == 1, left.returncode)

stopped = start("stop")
output, errors = stopped.communicate(timeout=30)
check("Reactor::stop cancels main, joins it, and has the shutdown triggers called",
      output == "waiting\ncleaned up\ntriggered\n", output + errors)
check("and the program exits with 0", stopped.returncode == 0 and errors == "", (stopped.returncode, errors))

for number in (signal.SIGINT, signal.SIGTERM):
    waiting = start("wait")
    check("the program waits", waiting.stdout.readline() == "waiting\n")
    waiting.send_signal(number)
    output, errors = waiting.communicate(timeout=30)
    check(f"{number.name} cancels main, which cleans up", output == "cleaned up\n", output + errors)
    check(f"and then the program dies of {number.name}", waiting.returncode == -number, waiting.returncode)
    check("and says nothing", errors == "", errors)

stuck = start("stuck")
check("the program is stuck", stuck.stdout.readline() == "waiting\n")
stuck.send_signal(signal.SIGINT)
while True:  # until the first one is delivered the second would only replace it
    with open(f"/proc/{stuck.pid}/status", encoding="utf-8") as text:
        pending = re.search(r"^ShdPnd:\s*(\w+)$", text.read(), re.MULTILINE).group(1)
    if int(pending, 16) == 0:
        break
stuck.send_signal(signal.SIGINT)
stuck.communicate(timeout=30)
check("a second SIGINT ends even a program whose loop is stuck", stuck.returncode == -signal.SIGINT, stuck.returncode)
