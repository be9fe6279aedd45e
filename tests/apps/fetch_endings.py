#!/usr/bin/env python3
"""How fetch ends when it cannot go on: quickly, with curl's status or by the signal, with one sentence for each failure, and
with no file left but parts that are marked as such."""

import contextlib
import os
import re
import signal
import subprocess
import threading

from support import (Peer, app, check, fetch, interrupt, need, read_request, run, run_cases, scratch, time)

need("curl")
SIZE = 8 << 20  # more than any pipe and socket hold
QUICK = 5  # seconds; a sanitizer takes its time


class Server:
    """/N gives SIZE bytes, /held/N as many of which the last ones never come; `begun` counts those whose beginning was
    sent."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.ended = threading.Event()

    def talk(self, connection):
        while head := read_request(connection):
            path = head.split()[1]
            connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: %d\r\n\r\n' % SIZE)
            held = path.startswith(b"/held")
            connection.sendall(bytes(SIZE // 2 if held else SIZE))
            self.begun.release()
            if held:
                self.ended.wait(60)
                return


@contextlib.contextmanager
def serving():
    server = Server()
    with Peer(server.talk) as peer:
        yield server, peer
        server.ended.set()


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def check_ended(outcome, status, sentence, count=1):
    """So many sentences like this one, and nothing else but lines about what did well."""
    failures = [line for line in outcome.lines if not re.match(r"200 \d+ bytes in", line)]
    check(outcome.status == status, f"the status should be {status}: {outcome}")
    check(len(failures) == count and all(re.search(sentence, line) for line in failures), f"{count} times {sentence}: {outcome}")
    check(outcome.seconds < QUICK * 4, f"it took long: {outcome}")


def curl_ends_with(status, *arguments, **options):
    outcome = run("curl", "--silent", *map(str, arguments), **options)
    check(outcome.status == status, f"curl ends with another status: {outcome}")


def a_signal_ends_it_at_once_and_leaves_no_file():
    for number in (signal.SIGINT, signal.SIGTERM):
        for words, left in ((["-O"], []), (["-O", "-C", "-"], [f"{i}.part{tag}" for i in range(1, 9) for tag in ("", ".tag")]),
                            ([], [])):
            with serving() as (server, peer), scratch() as folder, open(folder.parent / f"{folder.name}.err", "wb+") as err:
                command = [app("fetch"), peer.url("/held/[1-20]"), *words]
                process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=err)
                for _ in range(8):  # of one host's so many are fetched at a time
                    check(server.begun.acquire(timeout=60), "nothing comes")
                if left:
                    wait_for_sizes(folder, left)
                begun = time.monotonic()
                check(interrupt(process, number) == -number, f"it should die of signal {number}: {process.returncode}")
                check(time.monotonic() - begun < QUICK, "it took long")
                err.seek(0)
                said = err.read()
                check(said == b"", f"nobody failed, and it said {said}")
                check(files(folder) == sorted(left), f"{words}: {files(folder)}")
                os.unlink(err.name)


def wait_for_sizes(folder, names):
    give_up = time.monotonic() + 60
    while not all((folder / name).exists() for name in names):
        check(time.monotonic() < give_up, f"{files(folder)}")
        time.sleep(0.01)


def a_signal_ends_it_whatever_it_waits_for():
    """A name that nobody answers for, a rate, another try, a list that does not come, a reader that does not read."""
    with serving() as (server, peer), scratch() as folder:
        read, write = os.pipe()
        cases = {"a turn": [peer.url("/[1-9]"), "-o", "/dev/null", "--rate", "1/h"],
                 "another try": ["http://127.0.0.1:1/", "--retry", "3", "--retry-delay", "100", "--retry-connrefused"],
                 "its list": ["--input", "-"], "its reader": [peer.url("/1")]}
        for name, words in cases.items():
            process = subprocess.Popen([app("fetch"), *words], cwd=folder, stdin=read, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
            give_up = time.monotonic() + 60
            while "ep_poll" not in wchan(process.pid) and "ring" not in wchan(process.pid) and time.monotonic() < give_up:
                time.sleep(0.01)
            begun = time.monotonic()
            check(interrupt(process) == -signal.SIGINT, f"{name}: {process.returncode}")
            check(time.monotonic() - begun < QUICK, f"it waited for {name}")
            process.stdout.close()
        os.close(read)
        os.close(write)


def wchan(pid):
    with contextlib.suppress(OSError):
        return open(f"/proc/{pid}/wchan").read()
    return ""


def a_full_disk_is_told_of_once_for_each_url():
    with serving() as (server, peer), scratch() as folder:
        words = [peer.url("/1"), "-o", "/dev/full"]
        curl_ends_with(23, *words)
        check_ended(fetch(*words), 23, "saving the body: write to /dev/full failed: No space left on device")
        with file_system(folder / "disk", "size=4m") as disk:
            if not disk:
                return print("no file system can be mounted here: /dev/full alone was tried")
            words = [peer.url("/[1-12]"), "-o", f"{disk}/#1"]
            curl_ends_with(23, *words)
            for name in files(disk):
                (disk / name).unlink()
            check_ended(fetch(*words), 23, "saving the body: write to .*/[0-9]+.part failed: No space left on device", 12)
            check(files(disk) == [], f"left: {files(disk)}")
            check_ended(fetch(*words, "-C", "-"), 23, "No space left on device", 12)
            check(all(name.endswith((".part", ".part.tag")) for name in files(disk)), f"left: {files(disk)}")
            for name in files(disk):
                (disk / name).unlink()
            for program in (app("fetch"), "curl"):
                with open(disk / "out", "wb") as out:
                    outcome = subprocess.run([program, "-s", peer.url("/1")], stdout=out, stderr=subprocess.PIPE)
                check(outcome.returncode == 23, f"{program}: {outcome}")
                check((disk / "out").stat().st_size == 4 << 20, f"{program} has written {(disk / 'out').stat().st_size} bytes")


def what_is_there_on_a_full_disk_is_whole():
    def body_of(number):
        size = number * 7919 % 200000
        return ((b"%06d " % number) * (size // 7 + 1))[:size]

    def talk(connection):
        while request := read_request(connection):
            body = body_of(int(request.split()[1][1:]))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
            for begin in range(0, len(body), 30000):
                connection.sendall(body[begin:begin + 30000])
    with Peer(talk) as peer, scratch() as folder, file_system(folder / "disk", "size=4m") as disk:
        if not disk:
            return print("no file system can be mounted here")
        for _ in range(3):
            outcome = fetch("-s", "-o", f"{disk}/#1", peer.url("/[1-100]"))
            check(outcome.status == 23, str(outcome))
            told = {int(re.search(r":\d+/(\d+) failed", line)[1]) for line in outcome.lines}
            there = {int(name) for name in files(disk)}
            check(there == set(range(1, 101)) - told, f"{sorted(there)} are there, and {sorted(told)} were told of")
            for number in there:
                check((disk / str(number)).read_bytes() == body_of(number), f"{number} is not what it is said to be")
                (disk / str(number)).unlink()


@contextlib.contextmanager
def file_system(place, options):
    """One of its own at this place, as mount's options say; None where none can be had."""
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True).returncode == 0
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", place], check=True)


def files_that_cannot_be_written_are_told_of():
    with serving() as (server, peer), scratch() as folder:
        (folder / "file").write_text("a file\n")
        for place in ("/proc/x", folder / "file" / "x", folder / "missing" / "x", folder):
            words = [peer.url("/1"), "-o", place]
            curl_ends_with(23, *words)
            check_ended(fetch(*words), 23, f"saving the body: open {re.escape(str(place))}(.part)? failed: ")
        check_ended(fetch(peer.url("/x[1-9]"), "-O", "--output-dir", "/proc"), 23, "open /proc/x[1-9].part failed: ", 9)
        with file_system(folder / "read-only", "ro") as place:
            if place:
                words = [peer.url("/[1-3]"), "-o", f"{place}/#1"]
                curl_ends_with(23, *words)
                check_ended(fetch(*words), 23, "Read-only file system", 3)
        check(files(folder) == ["file"], f"left: {files(folder)}")


def what_is_kept_of_the_run_is_told_of_where_it_cannot_be():
    with serving() as (server, peer), scratch() as folder:
        words = [peer.url("/1"), "-o", folder / "1"]
        for option in ("--failed {}", "--report={}", "-D {}", "-c {}", "--waterfall={}", "--stderr {}"):
            places = [("/proc/x", "fetch: open /proc/x failed: No such file or directory")]
            if not option.startswith("--stderr"):
                places.append(("/dev/full", "fetch: write to /dev/full failed: No space left on device"))
            for place, sentence in places:
                check_ended(fetch(*words, *option.format(place).split()), 23, sentence)
        check(files(folder) in ([], ["1"]), f"left: {files(folder)}")


def who_stops_reading_ends_it():
    with serving() as (server, peer), scratch() as folder:
        for urls in (["/1"], ["/[1-100]"], ["/[1-100]", "-w", "%{http_code}"], ["/[1-100]", "-i"]):
            words = [peer.url(urls[0]), *urls[1:]]
            begun = time.monotonic()
            with open(folder / "err", "wb+") as err:
                process = subprocess.Popen([app("fetch"), *words], stdout=subprocess.PIPE, stderr=err)
                check(process.stdout.read(1), "nothing comes")
                process.stdout.close()
                status = process.wait(60)
                err.seek(0)
                said = [line for line in err.read().decode().splitlines() if not line.startswith("200 ")]
            check(status == 23, f"{urls}: {status}")
            check(said == ["fetch: write to standard output failed: Broken pipe"], f"{urls}: {said}")
            check(time.monotonic() - begun < QUICK * 4, f"{urls} took long")


def a_standard_output_that_takes_nothing_ends_it():
    with serving() as (server, peer):
        for redirection, reason in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
            for urls in ("/1", "/[1-50]"):
                shell = ["sh", "-c", f'exec "$@" {redirection}', "sh"]
                curl_ends_with_write_error(shell, peer.url(urls))
                outcome = run(*shell, app("fetch"), peer.url(urls))
                check_ended(outcome, 23, f"fetch: write to standard output failed: {reason}")


def curl_ends_with_write_error(shell, url):
    outcome = run(*shell, "curl", "--silent", url)
    check(outcome.status == 23, f"curl ends with another status: {outcome}")


def no_more_files_are_opened_than_may_be():
    def talk(connection):
        while read_request(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
    names = [str(number) for number in range(200)]
    # What is asked for at a time, the limits, and what is said of them.
    for most, limits, told in (("64", "ulimit -n 32", "only 4 URLs are fetched at a time"), ("64", "ulimit -n 18", "only 1 URL is"),
                               ("200", "ulimit -Hn 2000; ulimit -Sn 64", None), ("64", "ulimit -n 400", None)):
        for to_files in (True, False):
            with Peer(talk) as peer, scratch() as folder:
                (folder / "list").write_text("".join(peer.url("/" + name) + "\n" for name in names))
                words = ["--parallel-max", most, "--parallel-max-host", "0", "--input", "list", *(["-O"] if to_files else [])]
                outcome = run("sh", "-c", limits + '; exec "$@"', "sh", app("fetch"), *words, cwd=folder)
                check(outcome.status == 0, f"{limits}: {outcome}")
                said = [line for line in outcome.lines if line.startswith("fetch: ")]
                check(len(said) == 1 and told in said[0] if told else not said, f"{limits}: {said}")
                if to_files:
                    check(all((folder / name).read_bytes() == b"x" for name in names), limits)
                else:
                    check(outcome.out == b"x" * len(names), f"{limits}: {outcome}")


def descriptors_that_are_closed_are_not_taken_for_others():
    with serving() as (server, peer), scratch() as folder:
        for redirection in ("<&-", "2>&-", "<&- 2>&-", "<&- >&- 2>&-"):
            outcome = run("sh", "-c", f'exec "$@" {redirection}', "sh", app("fetch"), peer.url("/1"), "-o", str(folder / "1"))
            check(outcome.status == 0 and outcome.out == b"", f"{redirection}: {outcome}")
            check((folder / "1").read_bytes() == bytes(SIZE), f"{redirection}: another body")
        outcome = run("sh", "-c", 'exec "$@" <&-', "sh", app("fetch"), "--input", "-")
        check(outcome.status == 26 and outcome.lines == ["fetch: read standard input failed: Bad file descriptor"], str(outcome))


run_cases([a_signal_ends_it_at_once_and_leaves_no_file, a_signal_ends_it_whatever_it_waits_for,
           a_full_disk_is_told_of_once_for_each_url, what_is_there_on_a_full_disk_is_whole, files_that_cannot_be_written_are_told_of,
           what_is_kept_of_the_run_is_told_of_where_it_cannot_be, who_stops_reading_ends_it,
           a_standard_output_that_takes_nothing_ends_it, descriptors_that_are_closed_are_not_taken_for_others,
           no_more_files_are_opened_than_may_be])
