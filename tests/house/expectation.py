"""What a case says of itself, in comments at its head:

// expect: REGEX         what the compiler, or the dying program, must print; may stand several times
// compilers: NAME ...   the case holds only there: gcc, gcc12, clang, clang19 ...; without it, everywhere
"""

import re

SKIPPED = 77  # meson's exit status for a test that does not apply


class Expectation:
    def __init__(self, path):
        self.patterns = []
        self.compilers = []
        with open(path, encoding="utf-8") as source:
            for line in source:
                key, _, value = line.strip().removeprefix("//").strip().partition(":")
                if not line.startswith("//"):
                    break
                if key == "expect":
                    self.patterns.append(value.strip())
                elif key == "compilers":
                    self.compilers += value.split()
        if not self.patterns:
            raise SystemExit(f"{path}: no '// expect: REGEX' at its head")

    def holds_for(self, compiler_id, compiler_version):
        names = {compiler_id, compiler_id + compiler_version.split(".")[0]}
        return not self.compilers or bool(names & set(self.compilers))

    def missing_in(self, text):
        return [pattern for pattern in self.patterns if not re.search(pattern, text)]
