#!/usr/bin/env python3
"""The rules of the house that a compiler does not check:

- no file of ours is longer than 500 lines;
- a public header includes the standard library, the C library and our own headers, and nothing else;
- each third-party library is included on its own floor only;
- a floor includes floors below it only, and the headers that gather a floor include all of it;
- what lies in the tree is named in the meson lists, and a .cpp includes its own header first.

usage: check_sources.py          (prints what it finds; exit status 1 when there is something)
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_LINES = 500

# From the ground up. The testing wing stands beside the floors: nobody but the tests includes it.
FLOORS = ["base", "kernel", "reactor", "async", "os", "net", "http"]
WING = "testing"

# C and kernel headers that a public header may need, for a descriptor's or an address's sake.
C_LIBRARY = {"fcntl.h", "netdb.h", "netinet/in.h", "netinet/tcp.h", "poll.h", "pthread.h", "signal.h", "sys/socket.h",
             "sys/stat.h", "sys/types.h", "sys/uio.h", "sys/un.h", "time.h", "unistd.h"}

# Where a third-party library may be included, by the beginning of its headers' names.
THIRD_PARTY = {
    "boost/": ["tests/bench/"],
    "liburing": ["lib/kernel/"],
    "linux/io_uring": ["lib/kernel/"],
    "llhttp": ["lib/http/"],
    "zlib.h": ["lib/http/content/"],
    "brotli/": ["lib/http/content/"],
    "zstd.h": ["lib/http/content/"],
    "libpsl": ["lib/http/cookies/"],
    "nlohmann/": ["include/corduroy/http/json.hpp"],
    # fetch's --checksum hashes bodies, which is no matter of the library's.
    "openssl/": ["lib/net/", "lib/http/auth/", "apps/fetch/transfer/hash.cpp"],
    "ares": ["lib/net/"],
    "idn2": ["lib/net/", "lib/http/"],
    "kj/": ["tests/bench/"],
    "CLI/": ["apps/"],
    "doctest/": ["tests/"],
}

# Public headers that need a third party's, and so are in no umbrella: whoever includes one has that library.
APART = {"corduroy/http/json.hpp": "nlohmann/json.hpp"}

# What each of the headers that gather others must include: all of these floors.
UMBRELLAS = {
    "corduroy/corduroy.hpp": ["async", "os", "reactor"],
    "corduroy/http.hpp": ["http"],
    "corduroy/net.hpp": ["net"],
    "corduroy/testing.hpp": ["testing"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
found = []


def complain(path, message):
    found.append(f"{path.relative_to(ROOT)}: {message}")


def files(folder, *suffixes):
    return sorted(path for path in (ROOT / folder).rglob("*")
                  if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts)


def check_length(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    if lines > MAX_LINES:
        complain(path, f"{lines} lines, and {MAX_LINES} is the limit: make it two rooms")


def floor_of(name):
    """The floor a path or an include belongs to: lib/http/x.cpp, corduroy/http/x.hpp, http/x.hpp."""
    parts = name.split("/")
    folder = parts[1] if len(parts) > 2 else parts[0] if len(parts) == 2 else ""
    return folder if folder in FLOORS + [WING] else None


def check_includes(path, public):
    relative = str(path.relative_to(ROOT))
    own_floor = floor_of(relative.removeprefix("include/"))
    for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
        ours = name.startswith("corduroy/") or (ROOT / "lib" / name).is_file()
        if public and APART.get(relative.removeprefix("include/")) == name:
            continue
        if public and not name.startswith("corduroy/") and name not in C_LIBRARY and not re.fullmatch(r"[a-z_]+", name):
            complain(path, f"a public header includes <{name}>, which is neither ours nor the standard library's")
        for beginning, places in THIRD_PARTY.items():
            if name.startswith(beginning) and not ours and not relative.startswith(("tests/", *places)):
                complain(path, f"includes <{name}>, whose place is {' and '.join(places)}")
        if not relative.startswith(("lib/", "include/")) or not ours:
            continue
        if own_floor in FLOORS and floor_of(name) == WING:
            complain(path, f"includes <{name}>: the floors know nothing of the testing wing")
        if own_floor in FLOORS and floor_of(name) in FLOORS and FLOORS.index(floor_of(name)) > FLOORS.index(own_floor):
            complain(path, f"includes <{name}>, which is a floor above")


def check_own_header_first(path):
    """It is how a header that has a source is known to stand alone; ninja check-headers compiles the others."""
    own = path.relative_to(ROOT / "lib").with_suffix(".hpp")
    public = (ROOT / "include/corduroy" / own).is_file()
    if not public and not path.with_suffix(".hpp").is_file():
        return
    wanted = f"corduroy/{own}" if public else str(own)
    first = first_include(path)
    # uring_kernel.cpp begins with "kernel/uring_kernel_impl.hpp", which begins with the public one.
    if first != wanted and (first is None or first_include(ROOT / "lib" / first) != wanted):
        complain(path, "does not include its own header first")


def first_include(path):
    match = INCLUDE.search(path.read_text(encoding="utf-8")) if path.is_file() else None
    return match and match.group(1)


def check_listed(meson_file, paths, folder):
    listed = (ROOT / meson_file).read_text(encoding="utf-8")
    for path in paths:
        if f"'{path.relative_to(ROOT / folder)}'" not in listed:
            complain(path, f"is not named in {meson_file}")


def check_run_test_sources():
    """What uses run_test, itself or by a header beside it, is named where tests/meson.build says what runs on the ring."""
    meson = (ROOT / "tests/meson.build").read_text(encoding="utf-8")
    lists = meson.partition("run_test_sources = {")[2].partition("\n}\n")[0]
    for folder in re.findall(r"^    '(\w+)': \[", lists, re.MULTILINE):
        listed = set(re.findall(r"'([^']+\.cpp)'", lists.partition(f"'{folder}': [")[2].partition("]")[0]))
        folder_path = ROOT / "tests" / folder
        texts = {path: path.read_text(encoding="utf-8") for path in files(f"tests/{folder}", ".cpp", ".hpp")}
        fixtures = [path.name for path in texts if path.suffix == ".hpp" and re.search(r"\brun_test\(", texts[path])]
        for path, text in texts.items():
            uses = re.search(r"\brun_test\(", text) or any(f'{name}"' in text for name in fixtures)
            named = str(path.relative_to(folder_path)) in listed
            if path.suffix == ".cpp" and bool(uses) != named:
                complain(path, f"is {'' if named else 'not '}named in run_test_sources of tests/meson.build")


public_headers = files("include", ".hpp")
sources = files("lib", ".cpp", ".hpp")
others = files("apps", ".cpp", ".hpp") + files("tests", ".cpp", ".hpp")

for path in public_headers + sources + others:
    check_length(path)
    check_includes(path, public=path in public_headers)
    if path.suffix == ".hpp" and "#pragma once" not in path.read_text(encoding="utf-8"):
        complain(path, "has no #pragma once")
for path in sources:
    if path.suffix == ".cpp":
        check_own_header_first(path)
for folder in ("include", "lib", "apps", "tests", "docs"):
    for path in files(folder, ".py", ".sh", ".build", ".md", ".in"):
        check_length(path)
for name in ("dev", ".ci/run", "meson.build", "meson_options.txt", "README.md", "CHANGELOG.md"):
    if (ROOT / name).is_file():
        check_length(ROOT / name)

for umbrella, folders in UMBRELLAS.items():
    included = INCLUDE.findall((ROOT / "include" / umbrella).read_text(encoding="utf-8"))
    for path in public_headers:
        if str(path.relative_to(ROOT / "include")) in APART:
            continue
        if path.parent.name in folders and str(path.relative_to(ROOT / "include")) not in included:
            complain(path, f"is not included by <{umbrella}>")

check_listed("include/meson.build", public_headers, "include")
check_listed("lib/meson.build", [path for path in sources if path.suffix == ".cpp"], "lib")
check_listed("tests/meson.build", [path for path in files("tests", ".cpp") if path.name.endswith("_test.cpp")], "tests")
check_run_test_sources()
check_listed("tests/bench/meson.build", files("tests/bench", ".cpp"), "tests/bench")
for folder in ("must_not_compile", "must_abort"):
    check_listed("tests/meson.build", files(f"tests/{folder}", ".cpp"), f"tests/{folder}")

print("\n".join(found) if found else f"{len(public_headers + sources + others)} sources follow the rules of the house")
sys.exit(1 if found else 0)
