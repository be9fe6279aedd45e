#!/usr/bin/env python3
"""Where io_uring is refused by a seccomp filter, a program says so in one sentence, with the way out, and fails."""

import ctypes
import errno
import os
import platform
import struct
import subprocess
import sys

APPS = os.environ["CORDUROY_APPS"]
IO_URING_SETUP = 425  # on every architecture
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000


def refuse_io_uring(error):
    """Installs a filter in this process: io_uring_setup gives `error`, all else passes."""
    instructions = b"".join([
        struct.pack("HBBI", 0x20, 0, 0, 0),                          # load the number of the system call
        struct.pack("HBBI", 0x15, 0, 1, IO_URING_SETUP),             # if it is io_uring_setup
        struct.pack("HBBI", 0x06, 0, 0, SECCOMP_RET_ERRNO | error),  # give the error
        struct.pack("HBBI", 0x06, 0, 0, SECCOMP_RET_ALLOW),
    ])
    memory = ctypes.create_string_buffer(instructions)
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(memory)))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def check(what, holds, detail=""):
    if not holds:
        print(f"FAILED: {what}\n{detail}")
        sys.exit(1)
    print(f"ok: {what}")


if platform.architecture()[0] != "64bit":
    sys.exit(77)

for error, words in ((errno.EPERM, "seccomp filter forbids io_uring"), (errno.ENOSYS, "seccomp filter or sandbox hides")):
    done = subprocess.run([f"{APPS}/lesson3", "http://127.0.0.1:9/"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=30, check=False, preexec_fn=lambda: refuse_io_uring(error))
    name = errno.errorcode[error]
    check(f"{name}: the program fails", done.returncode == 1, done.returncode)
    check(f"{name}: it says why, in one line", words in done.stderr and done.stderr.count("\n") == 1, done.stderr)
    check(f"{name}: it says the way out", "io_uring_enter" in done.stderr, done.stderr)
    check(f"{name}: nothing else is printed", done.stdout == "", done.stdout)
