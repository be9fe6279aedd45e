#!/usr/bin/env python3
"""Compiles a program that must not compile, and looks for the message it must fail with (see expectation.py).

usage: must_not_compile.py FILE COMPILER_ID COMPILER_VERSION COMPILER [OPTIONS...]
       must_not_compile.py --self-check COMPILER_ID COMPILER_VERSION COMPILER [OPTIONS...]
"""

import pathlib
import subprocess
import sys
import tempfile

from expectation import SKIPPED, Expectation


def run(path, compiler_id, compiler_version, compiler):
    expectation = Expectation(path)
    if not expectation.holds_for(compiler_id, compiler_version):
        return SKIPPED, f"{path}: is about {' '.join(expectation.compilers)} only"
    result = subprocess.run(
        [*compiler, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", path],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    if result.returncode == 0:
        return 1, f"{path}: compiles, and must not"
    missing = expectation.missing_in(result.stdout)
    if missing:
        return 1, f"{path}: fails to compile, but says nothing like {missing}:\n{result.stdout}"
    return 0, f"{path}: fails to compile as it should"


def self_check(compiler_id, compiler_version, compiler):
    """The harness itself must tell the three outcomes apart."""
    cases = {
        "right.cpp": ("// expect: the expected words\nstatic_assert(false, \"the expected words\");\n", 0),
        "compiles.cpp": ("// expect: anything\nint main() {}\n", 1),
        "other_message.cpp": ("// expect: the expected words\nstatic_assert(false, \"others\");\n", 1),
        "elsewhere.cpp": ("// expect: anything\n// compilers: nobody99\nint main() {}\n", SKIPPED),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (text, wanted) in cases.items():
            path = pathlib.Path(folder, name)
            path.write_text(text, encoding="utf-8")
            status, message = run(str(path), compiler_id, compiler_version, compiler)
            if status != wanted:
                return 1, f"self-check: {name} gave {status} instead of {wanted}: {message}"
    return 0, "self-check: the harness tells right from wrong"


what, *rest = sys.argv[1:]
compiler_id, compiler_version, *compiler = rest
if what == "--self-check":
    status, message = self_check(compiler_id, compiler_version, compiler)
else:
    status, message = run(what, compiler_id, compiler_version, compiler)
print(message)
sys.exit(status)
