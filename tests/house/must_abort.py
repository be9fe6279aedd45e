#!/usr/bin/env python3
"""Runs a program that must abort, and looks at what it says as it dies (see expectation.py).

usage: must_abort.py FILE COMPILER_ID COMPILER_VERSION PROGRAM [ARGUMENT...]
       must_abort.py --self-check
"""

import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

from expectation import SKIPPED, Expectation


def run(path, compiler_id, compiler_version, program):
    expectation = Expectation(path)
    if not expectation.holds_for(compiler_id, compiler_version):
        return SKIPPED, f"{path}: is about {' '.join(expectation.compilers)} only"
    result = subprocess.run(
        program, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace", timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
    if result.returncode != -signal.SIGABRT:
        return 1, f"{path}: ended with {result.returncode} instead of SIGABRT, saying:\n{result.stderr}"
    missing = expectation.missing_in(result.stderr)
    if missing:
        return 1, f"{path}: aborts, but says nothing like {missing}:\n{result.stderr}"
    return 0, f"{path}: aborts as it should"


def self_check():
    """The harness itself must tell the outcomes apart."""
    cases = {
        "right": ("echo the expected words >&2; kill -ABRT $$", 0),
        "other_message": ("echo others >&2; kill -ABRT $$", 1),
        "other_signal": ("echo the expected words >&2; kill -TERM $$", 1),
        "survives": ("echo the expected words >&2", 1),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "case.cpp")
        path.write_text("// expect: the expected words\n", encoding="utf-8")
        for name, (script, wanted) in cases.items():
            status, message = run(str(path), "gcc", "12", ["/bin/sh", "-c", script])
            if status != wanted:
                return 1, f"self-check: {name} gave {status} instead of {wanted}: {message}"
    return 0, "self-check: the harness tells right from wrong"


if sys.argv[1] == "--self-check":
    status, message = self_check()
else:
    path, compiler_id, compiler_version, *program = sys.argv[1:]
    status, message = run(path, compiler_id, compiler_version, program)
print(message)
sys.exit(status)
