#!/usr/bin/env python3
"""The examples in README and docs are excerpts of what the tests compile, and their links lead somewhere:

- a ```cpp block follows a comment <!-- excerpt: FILE -->, and its lines stand in that file, next to each other, but for
  white space at their ends and an indentation that is the same for all of them;
- a link to a file leads to one in this tree, and one to a heading leads to a heading;
- in a table whose last column is "The test that shows it" each row names tests that there are, with "; " between them:
  by the title of a TEST_CASE; by the file of a program in must_abort/ or must_not_compile/; or, from
  "tests/apps/SCRIPT: " on, by what a case of that script claims.

usage: check_docs.py          (prints what it finds; exit status 1 when there is something)
"""

import ast
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
SHOWS = "The test that shows it"
TEST_CASE = re.compile(r'\bTEST_CASE(?:_TEMPLATE)?\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
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


def titles_of_tests():
    titles = set()
    for file in (ROOT / "tests").rglob("*.cpp"):
        for literals in TEST_CASE.findall(file.read_text(encoding="utf-8")):
            titles.add(ast.literal_eval("(" + literals + ")"))
    return titles


TITLES = titles_of_tests()


def as_words(claim):
    return re.sub(r"[\W_]+", " ", claim).strip()


def claims_of(script):
    """Patterns of how the cases of a script are named, or what they say they check; an f-string may fill in any word."""
    file = ROOT / script
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    claims = re.findall(r"^def (\w+)\(", text, re.MULTILINE) + re.findall(r'^ *check\(f?"([^"]+)"', text, re.MULTILINE)
    return {as_words(re.sub(r"\{.*?\}", "FILLED", claim)).replace("FILLED", r"\w+") for claim in claims}


def is_test(name, script):
    if name.startswith(("must_abort/", "must_not_compile/")):
        return (ROOT / "tests" / name).is_file()
    if script is not None and any(re.fullmatch(claim, as_words(name)) for claim in claims_of(script)):
        return True
    return name in TITLES


def check_tests(page, number, cell):
    script, names = None, cell.split("; ")
    while names:
        if names[0].startswith("tests/apps/"):
            script, _, names[0] = names[0].partition(": ")
        # A title may itself have semicolons in it.
        size = next((n for n in range(len(names), 0, -1) if is_test("; ".join(names[:n]), script)), 0)
        if size == 0:
            complain(page, number, f'there is no test "{names[0]}"' + (f" in {script}" if script else ""))
        del names[:size or 1]


def check_row(page, number, line, columns):
    """A line of a table that names tests, of so many columns, if it is one; gives that for the next line."""
    if not line.startswith("|"):
        return 0
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
    if cells[-1] == SHOWS:
        return len(cells)
    if columns and len(cells) != columns:
        complain(page, number, f"a row of {len(cells)} cells in a table of {columns}")
    elif columns and set(cells[-1]) != {"-"}:
        check_tests(page, number, cells[-1])
    return columns


def check(page):
    columns = 0
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
            columns = check_row(page, number, line, columns)
    if begin is not None or source is not None:
        complain(page, begin or number, "a block without an end, or an excerpt mark without a block")


for one in PAGES:
    if one.is_file():
        check(one)
    else:
        found.append(f"{one.relative_to(ROOT)} is missing")
print("\n".join(found) if found else f"{len(PAGES)} pages are in order")
sys.exit(1 if found else 0)
