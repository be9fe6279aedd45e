#!/usr/bin/env python3
"""What fetch shows on a terminal while it runs: seen by a terminal that takes what it does not know for a fault."""

import os
import re
import signal
import threading

from support import Peer, app, check, fetch, read_request, run_cases, scratch
from terminal import Terminal, width_of

HALF = 50_000


class Held:
    """A server whose bodies come to their half, and the rest when `go` is set. /quick comes at once, /open has no size."""

    def __init__(self):
        self.go = threading.Event()

    def talk(self, connection):
        while head := read_request(connection):
            path = head.split()[1].decode()
            if path.startswith("/quick"):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nquick")
                continue
            size = b"" if path.startswith("/open") else b"Content-Length: %d\r\n" % (2 * HALF)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + size + b"\r\n" + b"a" * HALF)
            self.go.wait(60)
            connection.sendall(b"b" * HALF)
            if not size:
                return


def width(line):
    return sum(map(width_of, line))


def bars(screen):
    """The lines that are neither about a URL that is done nor about the whole."""
    return [line for line in screen.text() if line and not re.match(r"200 |\d+ done|GET ", line)]


def check_end(terminal, count, status=0):
    """Nothing is left on the screen but the lines about the URLs, and the one about them all."""
    check(terminal.end() == status, f"it ended with {terminal.status}: {terminal.screen.text()}")
    lines = terminal.screen.text()
    said = [line for line in lines if re.match(r"200 \d+ bytes in \d+ ms http://", line)]
    summary = [line for line in lines if re.match(r"\d+ done", line)]
    check(len(said) == count and len(summary) == (count > 1), f"{count} URLs: {lines}")
    check(len(lines) == len(said) + len(summary), f"something is left: {lines}")
    check(terminal.screen.column == 0 and terminal.screen.wraps, "the cursor should be at the beginning of a line")


def a_url_has_a_bar_that_is_gone_at_the_end():
    held = Held()
    with Peer(held.talk) as server, scratch() as folder:
        with Terminal([app("fetch"), server.url("/half"), "-o", folder / "half"]) as terminal:
            terminal.wait_for("the bar", lambda: re.search(r"half +\[=+> +\]  50%  48.8K +\S+/s", "\n".join(bars(terminal.screen))))
            check(len(terminal.screen.text()) == 1, f"one URL needs one line: {terminal.screen.text()}")
            held.go.set()
            check_end(terminal, 1)


def many_have_as_many_bars_as_there_is_room_for():
    held = Held()
    with Peer(held.talk) as server, scratch() as folder:
        words = ["--parallel-max", 30, "--parallel-max-host", 30, "--output-dir", folder, "-o", "#1"]
        with Terminal([app("fetch"), server.url("/half/[1-40]"), *words], rows=14) as terminal:
            terminal.wait_for("30 running", lambda: "0 done, 30 running (20 not shown), 10 waiting" in "\n".join(terminal.screen.text()))
            check(len(bars(terminal.screen)) == 10 and len(terminal.screen.text()) == 11, f"{terminal.screen.text()}")
            terminal.resize(80, 8)
            terminal.next_drawing()
            check(len(bars(terminal.screen)) == 4, f"{terminal.screen.text()}")
            held.go.set()
            check_end(terminal, 40)


def all_fits_whatever_size_the_window_gets():
    held = Held()
    with Peer(held.talk) as server, scratch() as folder:
        words = ["--parallel-max-host", 30, "--output-dir", folder, "-o", "a-name-of-some-length-#1.html"]
        with Terminal([app("fetch"), server.url("/half/[1-6]"), server.url("/open/{7}"), *words, *words[-2:]]) as terminal:
            terminal.wait_for("all bars", lambda: "7 running" in "\n".join(terminal.screen.text()))
            for columns in [*range(120, 1, -7), 1, 2, 3, 80]:
                terminal.resize(columns, 24)
                terminal.next_drawing()
                lines = terminal.screen.text()
                check(max(map(width, lines), default=0) < max(columns, 2), f"in {columns} columns: {lines}")
                check(len(lines) <= 8 and terminal.screen.cut == 0, f"in {columns} columns: {lines}")
            for rows in (5, 4, 3, 2, 1, 24):
                terminal.resize(80, rows)
                terminal.next_drawing()
                check(len(terminal.screen.text()) <= max(rows - 3, 1) + len(terminal.screen.gone), f"in {rows} rows")
            held.go.set()
            check(terminal.end() == 0, f"{terminal.status}")
            screen = [line for line in terminal.screen.text() if line]
            check(not any("%" in line for line in screen[-8:]) and len(screen) >= 8, f"{screen}")


def of_thousands_every_line_is_there_once_and_little_is_drawn():
    held = Held()
    with Peer(held.talk) as server, scratch() as folder:
        words = ["--output-dir", folder, "-o", "#1"]
        with Terminal([app("fetch"), server.url("/quick/[1-10000]"), *words], columns=70) as terminal:
            terminal.end()
            check(terminal.status == 0, f"{terminal.status}")
            lines = terminal.screen.text()
            seen = [int(re.search(r"/quick/(\d+)$", line)[1]) for line in lines[:-1]]
            check(sorted(seen) == list(range(1, 10001)), f"{len(seen)} lines")
            check(lines[-1].startswith("10000 done, 48.8K in "), lines[-1])
            seconds = float(re.search(r"in ([\d.]+) s", lines[-1])[1])
            check(terminal.drawings <= 10 * seconds + 2, f"{terminal.drawings} drawings in {seconds} s")
            print(f"{terminal.drawings} drawings in {seconds} s")


def interrupted_it_leaves_the_screen_in_order():
    for by_key in (True, False):
        held = Held()
        with Peer(held.talk) as server, scratch() as folder:
            words = ["--output-dir", folder, "-o", "#1"]
            with Terminal([app("fetch"), server.url("/half/[1-3]"), *words]) as terminal:
                terminal.wait_for("the bars", lambda: len(bars(terminal.screen)) == 3)
                if by_key:
                    terminal.type(b"\x03")
                else:
                    os.kill(terminal.pid, signal.SIGTERM)
                status = terminal.end()
                check(status == (-signal.SIGINT if by_key else -signal.SIGTERM), f"{status}")
                check(terminal.screen.text() == [] and terminal.screen.column == 0 and terminal.screen.wraps,
                      f"something is left: {terminal.screen.text()}")
            check(list(folder.iterdir()) == [], "files are left")


def failures_stand_above_the_bars():
    held = Held()
    with Peer(held.talk) as server, scratch() as folder:
        words = ["-o", folder / "half", "-o", folder / "no"]
        with Terminal([app("fetch"), server.url("/half"), "http://127.0.0.1:1/", *words], columns=200) as terminal:
            terminal.wait_for("the failure", lambda: re.search("50%(.|\n)*1 failed, 1 running", "\n".join(terminal.screen.text())))
            lines = terminal.screen.text()
            check("http://127.0.0.1:1/" in lines[0] and "half" in lines[1], f"{lines}")
            held.go.set()
            check(terminal.end() == 7, f"{terminal.status}")
            lines = terminal.screen.text()
            check(len(lines) == 3 and lines[2].startswith("1 done, 1 failed, 97.7K in"), f"{lines}")


def names_send_nothing_to_the_terminal_that_is_not_text():
    names = ["\x1b[2Jred", "tab\x9bC1", "wide-" + "漢字" * 40, "right\u202eto-left", "e\u0301te\u0301", "\x07bell", "zero\u200bwidth"]
    held = Held()
    with Peer(held.talk) as server, scratch() as folder:
        lines = "".join(f"{server.url(f'/half/{i}')}\t{name}\n" for i, name in enumerate(names))
        bad = b"%s\t\xff\xfe-no-utf8\n%s\tx\n" % (server.url("/half/x").encode(), server.url("/quick\x1b[31m").encode())
        (folder / "urls").write_bytes(lines.encode() + bad)
        words = ["--input", folder / "urls", "--output-dir", "out", "--create-dirs", "--parallel-max-host", "20"]
        os.chdir(folder)
        for columns in (80, 41, 20):
            held.go.clear()
            with Terminal([app("fetch"), *words], columns=columns) as terminal:
                terminal.wait_for("the bars", lambda: "8 running" in "\n".join(terminal.screen.text()) or columns < 40 and terminal.drawings > 3)
                check(all(width(line) < columns for line in bars(terminal.screen) if "%" in line), f"{terminal.screen.text()}")
                check(terminal.screen.cut == 0, f"{terminal.screen.text()}")
                shown = "\n".join(bars(terminal.screen))
                if columns == 80:
                    for part in ("?[2Jred", "tab?C1", "漢字", "right?to-left", "ete", "?bell", "??-no-utf8"):
                        check(part in shown, f"{part} should be there: {shown}")
                held.go.set()
                terminal.end()
        os.chdir("/")


def nothing_is_drawn_where_it_is_not_wanted():
    held = Held()
    held.go.set()
    with Peer(held.talk) as server, scratch() as folder:
        to_file = [server.url("/half"), "-o", folder / "half", "--limit-rate", "200k"]  # takes half a second
        for words, env in ((["-s"], {}), (["--no-progress-meter"], {}), ([], {"TERM": "dumb"}), ([], {"TERM": ""})):
            with Terminal([app("fetch"), *to_file, *words], env=env) as terminal:
                check(terminal.end() == 0, f"{terminal.status}")
                check(b"\x1b" not in terminal.raw, f"{words}, {env}: {terminal.raw[:200]}")
        with Terminal([app("fetch"), *to_file]) as terminal:
            terminal.end()
            check(b"\x1b" in terminal.raw, "it should be wanted here")
        with Terminal([app("fetch"), server.url("/half"), "--limit-rate", "200k"]) as terminal:
            check(terminal.end() == 0, f"{terminal.status}")
            check(b"\x1b" not in terminal.raw and len(terminal.raw) > 2 * HALF, f"a body on the same terminal: {len(terminal.raw)} bytes, {terminal.raw[:50]} ... {terminal.raw[-300:]}")
        with Terminal([app("fetch"), server.url("/half"), "--limit-rate", "200k"], output=folder / "out") as terminal:
            check_end(terminal, 1)
            check(b"\x1b" in terminal.raw and (folder / "out").stat().st_size == 2 * HALF, "a body in a file")
        piped = fetch(*to_file)
        check(b"\x1b" not in piped.err and len(piped.lines) == 1, str(piped))


def what_is_written_of_a_url_stands_above_the_bars():
    held = Held()
    with Peer(held.talk) as server, scratch() as folder:
        for form, lines in (("code %{http_code}\\n", ["code 200"]), ("code %{http_code}", ["code 200200 5 bytes"])):
            held.go.clear()
            words = ["-o", folder / "#1", "-w", form]
            with Terminal([app("fetch"), server.url("/{half,quick}"), *words]) as terminal:
                terminal.wait_for("the line", lambda: "code 200" in "\n".join(terminal.screen.text()))
                held.go.set()
                check(terminal.end() == 0, f"{terminal.status}")
                text = terminal.screen.text()
                check(text[0].startswith(lines[0]) and not any("%" in line for line in text), f"{text}")


run_cases([a_url_has_a_bar_that_is_gone_at_the_end, many_have_as_many_bars_as_there_is_room_for,
           all_fits_whatever_size_the_window_gets, of_thousands_every_line_is_there_once_and_little_is_drawn,
           interrupted_it_leaves_the_screen_in_order, failures_stand_above_the_bars,
           names_send_nothing_to_the_terminal_that_is_not_text, nothing_is_drawn_where_it_is_not_wanted,
           what_is_written_of_a_url_stands_above_the_bars])
