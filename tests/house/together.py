#!/usr/bin/env python3
"""Writes a source that takes several sources of tests together, so that what they all use is compiled once.

usage: together.py OUTPUT SOURCE...

Tests name their helpers as they please, so each source has a namespace of its own there. What they include comes first,
outside of all: where a source includes it again, within its namespace, nothing is left of it. A source that adds to a
namespace of others, says by what name a type is printed, or replaces operator new has to stand outside; it comes after
those that do not, whose names it neither sees nor hides.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^# *include ([<"].*[>"])', re.MULTILINE)
OUTSIDE = re.compile(r"^(namespace (corduroy|doctest|std)\b.*\{|TYPE_TO_STRING\(|#include <corduroy/testing/sweep_memory\.hpp>)", re.MULTILINE)

output, *sources = sys.argv[1:]
includes = {}
inside = []
outside = []
for number, name in enumerate(sources):
    path = pathlib.Path(name).resolve()
    text = path.read_text(encoding="utf-8")
    if OUTSIDE.search(text):
        outside.append(f'#include "{path}"\n')
    else:
        includes.update(dict.fromkeys(INCLUDE.findall(text)))
        inside.append(f'namespace source_{number} {{\n#include "{path}"\n}}\n')
lines = [f"#include {name}\n" for name in includes]
pathlib.Path(output).write_text("".join(lines + inside + outside), encoding="utf-8")
