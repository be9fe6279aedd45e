"""A terminal for programs that draw on one: a pseudo-terminal with a screen behind it that knows the escapes that we use,
and takes any other control character for a fault."""

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
import unicodedata

from support import PATIENCE, check

ESCAPE = re.compile(r"\x1b\[(\??)(\d*)([A-Za-z])")


def width_of(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    """What a terminal shows. Cells hold a character, "" behind a wide one."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[] for _ in range(rows)]
        self.gone = []  # the lines that have left it above
        self.row = self.column = 0
        self.wraps = True
        self.cut = 0  # characters that found no room
        self.rest = ""

    def text(self):
        """All lines that there are, those above the screen first, without the empty ones at its end."""
        lines = ["".join(line).rstrip() for line in self.gone + self.lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                found = ESCAPE.match(text, at)
                if not found:
                    check(len(text) - at < 8, f"an unknown escape: {text[at:at + 20]!r}")
                    self.rest = text[at:]
                    return
                self.control(*found.groups())
                at = found.end()
            else:
                self.put(text[at])
                at += 1

    def control(self, private, number, letter):
        if private + letter in ("?l", "?h") and number == "7":
            self.wraps = letter == "h"
        elif private + letter == "K" and not number:
            del self.lines[self.row][self.column:]
        elif private + letter == "J" and not number:
            del self.lines[self.row][self.column:]
            for line in self.lines[self.row + 1:]:
                line.clear()
        elif private + letter == "A":
            check(self.row >= int(number), "the cursor would leave the screen")
            self.row -= int(number)
        else:
            raise AssertionError(f"an unknown escape: {private}{number}{letter}")

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.next_line()
        else:
            check(unicodedata.category(character) not in ("Cc", "Cf"), f"it should not be sent to a terminal: {character!r}")
            width = width_of(character)
            if self.column + width > self.columns:
                if not self.wraps:
                    self.cut += 1
                    return
                self.column = 0
                self.next_line()
            line = self.lines[self.row]
            line.extend(" " * (self.column - len(line)))
            line[self.column:self.column + width] = [character] + [""] * (width - 1)
            self.column += width

    def next_line(self):
        if self.row + 1 < self.rows:
            self.row += 1
        else:
            self.gone.append(self.lines.pop(0))
            self.lines.append([])

    def resize(self, columns, rows):
        """As xterm does it: lines are cut, and at the top they leave where the cursor would be below the screen."""
        self.columns, self.rows = columns, rows
        while self.row >= rows:
            self.gone.append(self.lines.pop(0))
            self.row -= 1
        del self.lines[rows:]
        self.lines += [[] for _ in range(rows - len(self.lines))]
        for line in self.lines:
            del line[columns:]
        self.column = min(self.column, columns - 1)


class Terminal:
    """A program on a terminal of its own, whose screen is `screen`. `output` is the file that its standard output goes to,
    where that is not the terminal."""

    def __init__(self, command, columns=80, rows=24, output=None, env=None):
        self.screen = Screen(columns, rows)
        self.drawings = 0
        self.bytes = 0
        self.raw = b""
        self.status = None
        self.decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                self.set_size(0, columns, rows)
                if output is not None:
                    os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), 1)
                os.execve(command[0], list(map(str, command)), {**os.environ, "TERM": "xterm", **(env or {})})
            finally:
                os._exit(127)

    @staticmethod
    def set_size(fd, columns, rows):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.status is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.master)

    def resize(self, columns, rows):
        """What was drawn before is read first: it was for the old size."""
        while self.read(0):
            pass
        self.set_size(self.master, columns, rows)
        self.screen.resize(columns, rows)

    def type(self, text):
        os.write(self.master, text)

    def read(self, seconds):
        """Takes what comes, and waits so long for it; False where there is nothing, or will be nothing more."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: nobody has it open any more
            return False
        self.bytes += len(data)
        self.raw += data
        self.drawings += data.count(b"\x1b[?7h")
        self.screen.feed(self.decoder.decode(data))
        return True

    def wait_for(self, what, reached):
        give_up = time.monotonic() + PATIENCE
        while not reached():
            check(time.monotonic() < give_up, f"{what} did not come; the screen:\n" + "\n".join(self.screen.text()))
            self.read(0.1)

    def next_drawing(self):
        """What comes next whole, and was begun after now."""
        wanted = self.drawings + 2
        self.wait_for("a drawing", lambda: self.drawings >= wanted)

    def end(self):
        """Reads to the end, and gives the status, which is negative where a signal was it."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            if not self.read(0.1):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.status = os.waitstatus_to_exitcode(status)
                    with contextlib.suppress(OSError):
                        while self.read(0):
                            pass
                    return self.status
        raise AssertionError("it did not end; the screen:\n" + "\n".join(self.screen.text()))
