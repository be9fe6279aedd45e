#!/usr/bin/env python3
"""The examples in README and docs are excerpts of what the tests compile, and their links lead somewhere:

- a ```cpp block follows a comment <!-- excerpt: FILE -->, and its lines stand in that file, next to each other, but for
  white space at their ends and an indentation that is the same for all of them;
- a link to a file leads to one in this tree, and one to a heading leads to a heading.

usage: check_docs.py          (prints what it finds; exit status 1 when there is something)
"""

import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
# What is compiled by every build with tests.
COMPILED = ("apps/", "include/", "lib/", "tests/")

FENCE = re.compile(r"^( *)```(\w*)$")
EXCERPT = re.compile(r"^<!-- excerpt: (\S+) -->$")
LINK = re.compile(r"\]\(([^)\s]+)\)")
found = []


def complain(page, number, message):
    found.append(f"{page.relative_to(ROOT)}:{number}: {message}")


def plain(lines):
    return textwrap.dedent("\n".join(line.rstrip() for line in lines)).strip("\n").split("\n")


def stands_in(excerpt, text):
    wanted = plain(excerpt)
    lines = [line.rstrip() for line in text.splitlines()]
    return any(plain(lines[i:i + len(wanted)]) == wanted for i in range(len(lines) - len(wanted) + 1))


def check_block(page, number, language, source, block):
    if source is None:
        if language == "cpp":
            complain(page, number, "a block of C++ without <!-- excerpt: FILE --> before it")
        return
    file = ROOT / source
    if not source.startswith(COMPILED) or file.suffix not in (".cpp", ".hpp") or not file.is_file():
        complain(page, number, f"{source} is no file that is compiled")
    elif not stands_in(block, file.read_text(encoding="utf-8")):
        complain(page, number, f"this does not stand in {source} (any more)")


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def check_links(page, number, line):
    for target in LINK.findall(line):
        if "://" in target:
            continue
        path, _, heading = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists():
            complain(page, number, f"the link to {target} leads nowhere")
        elif heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            if heading not in [anchor(one) for one in headings]:
                complain(page, number, f"{path or page.name} has no heading #{heading}")


def check(page):
    source = begin = language = None
    block = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if begin is not None:
            if fence and not fence[2]:
                check_block(page, begin, language, source, block)
                source = begin = None
            else:
                block.append(line)
        elif fence:
            begin, language, block = number, fence[2], []
        elif marked := EXCERPT.match(line):
            source = marked[1]
        else:
            if source is not None:
                complain(page, number, f"no block follows the excerpt mark of {source}")
                source = None
            check_links(page, number, line)
    if begin is not None or source is not None:
        complain(page, begin or number, "a block without an end, or an excerpt mark without a block")


for one in PAGES:
    if one.is_file():
        check(one)
    else:
        found.append(f"{one.relative_to(ROOT)} is missing")
print("\n".join(found) if found else f"{len(PAGES)} pages are in order")
sys.exit(1 if found else 0)
