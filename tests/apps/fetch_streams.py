#!/usr/bin/env python3
"""fetch's streams: byte by byte, more than memory should hold, in the order of the URLs; and how it is interrupted."""

import os
import pathlib
import signal
import subprocess
import threading

from support import Peer, app, check, check_same_bytes, fetch, interrupt, read_request, run_cases, scratch

MIB = 1024 * 1024
# Of fetch, whatever it streams. An address sanitizer takes memory of its own, and keeps what was freed for a while: it
# is told to keep little.
SANITIZED = b"__asan_init" in pathlib.Path(app("fetch")).read_bytes()
BOUND_KIB = (200 if SANITIZED else 64) * 1024
LITTLE = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}


def sized(size):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size


def a_stream_of_single_bytes_is_whole():
    answers = (sized(5) + b"hello",
               b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n03\r\nllo\r\n0\r\nT: u\r\n\r\n",
               b"HTTP/1.0 200 OK\r\n\r\nhello",
               b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
    for answer in answers:
        def talk(connection):
            while read_request(connection):
                for byte in answer:
                    connection.sendall(bytes([byte]))
                if b"Length" not in answer and b"chunked" not in answer:
                    return
        with Peer(talk) as peer:
            outcome = fetch("--parallel-max", 1, peer.url("/1"), peer.url("/2"))
            check(outcome.status == 0 and outcome.out == b"hellohello", str(outcome))


def a_large_body_passes_in_bounded_memory():
    size = 300 * MIB
    block = os.urandom(MIB)

    def talk(connection):
        while read_request(connection):
            connection.sendall(sized(size))
            for _ in range(size // MIB):
                connection.sendall(block)

    with Peer(talk) as peer, scratch() as folder:
        for arguments in ([], ["-o", folder / "body"], ["-o", "/dev/null"]):
            outcome = fetch(*arguments, peer.url(), env=LITTLE)
            check(outcome.status == 0 and f"200 {size} bytes" in outcome.lines[0], str(outcome))
            check(outcome.peak_kib < BOUND_KIB, f"it took {outcome.peak_kib} KiB at its peak")
            print(f"        {size // MIB} MiB {arguments}: {outcome.peak_kib / 1024:.1f} MiB at the peak, {outcome.seconds:.1f} s")
            if not arguments:
                check_same_bytes(outcome.out[:MIB] + outcome.out[-MIB:], block * 2, "its ends")
        check((folder / "body").stat().st_size == size, "the file is of another size")


def bodies_that_wait_for_their_turn_are_held_to_a_mebibyte():
    size, count = 20 * MIB, 10
    first_may_answer = threading.Event()
    under_way = threading.Semaphore(0)

    def talk(connection):
        while request := read_request(connection):
            if b"GET /first" in request:
                check(first_may_answer.wait(60), "the others did not begin")
                connection.sendall(sized(5) + b"first")
                continue
            block = request.split()[1][1:2] * MIB
            connection.sendall(sized(size) + block)
            under_way.release()
            for _ in range(size // MIB - 1):
                connection.sendall(block)

    def let_go():
        for _ in range(count):
            under_way.acquire()
        first_may_answer.set()

    with Peer(talk) as peer:
        threading.Thread(target=let_go, daemon=True).start()
        outcome = fetch("--parallel-max-host", 0, peer.url("/first"), *[peer.url(f"/{number}") for number in range(count)], env=LITTLE)
        check(outcome.status == 0, str(outcome))
        check_same_bytes(outcome.out, b"first" + b"".join(b"%d" % n * size for n in range(count)), "all in order")
        check(outcome.peak_kib < BOUND_KIB, f"it took {outcome.peak_kib} KiB at its peak")
        print(f"        {count} x {size // MIB} MiB: {outcome.peak_kib / 1024:.1f} MiB at the peak")


def a_body_that_waits_keeps_no_connection_from_those_before_it():
    # The first is redirected to a host whose places the others hold until it has been written.
    size = 20 * MIB

    def talk(connection):
        while request := read_request(connection):
            if b"GET /first" in request:
                connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % peer.url("/last").encode())
            elif b"GET /last" in request:
                connection.sendall(sized(4) + b"last")
            else:
                connection.sendall(sized(size) + bytes(size))

    with Peer(talk) as peer:
        outcome = fetch("-L", "--parallel-max-host", 1, "--resolve", f"other:{peer.port}:127.0.0.1", peer.url("/first", "other"),
                        *[peer.url(f"/{number}") for number in range(3)], env=LITTLE)
        check(outcome.status == 0 and outcome.out == b"last" + bytes(3 * size), str(outcome))
        check(outcome.peak_kib < BOUND_KIB, f"it took {outcome.peak_kib} KiB at its peak")


def urls_are_fetched_while_more_are_still_to_come():
    def talk(connection):
        while request := read_request(connection):
            connection.sendall(sized(1) + request.split()[1][1:2])

    with Peer(talk) as peer, subprocess.Popen([app("fetch"), "-s", "-"], stdin=subprocess.PIPE,
                                              stdout=subprocess.PIPE) as process:
        for name in (b"a", b"b", b"c"):
            process.stdin.write(peer.url().encode() + name + b"\n")
            process.stdin.flush()
            check(process.stdout.read(1) == name, "it did not come before the next was asked for")
        process.stdin.close()
        check(process.wait(60) == 0, "it failed")


def a_signal_ends_it_by_that_signal_and_leaves_no_file():
    asked = threading.Semaphore(0)

    def talk(connection):
        read_request(connection)
        connection.sendall(sized(5) + b"abc")
        asked.release()
        connection.recv(1)  # until the client goes away

    for number in (signal.SIGINT, signal.SIGTERM):
        with Peer(talk) as peer, scratch() as folder:
            process = subprocess.Popen([app("fetch"), peer.url("/1"), peer.url("/2"), "-o", folder / "body", "-"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(2):
                check(asked.acquire(timeout=60), "it did not ask")
            check(interrupt(process, number) == -number, f"it ended with {process.returncode}")
            out, err = process.communicate()
            check(err == b"", err.decode())
            check(os.listdir(folder) == [], f"there is a file left: {os.listdir(folder)}")


def who_stops_reading_its_output_ends_it():
    def talk(connection):
        while read_request(connection):
            connection.sendall(sized(50 * MIB))
            for _ in range(50):
                connection.sendall(bytes(MIB))

    with Peer(talk) as peer:
        process = subprocess.Popen([app("fetch"), peer.url(), peer.url()], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(len(process.stdout.read(10)) == 10, "nothing came")
        process.stdout.close()
        lines = process.stderr.read().decode().splitlines()
        check(process.wait(60) == 23, f"it ended with {process.returncode}")
        check(lines[-1:] == ["fetch: write to standard output failed: Broken pipe"], str(lines))


def without_any_url_it_shows_itself_at_work():
    outcome = fetch()
    check(outcome.status == 0 and outcome.lines == [], str(outcome))
    shown = outcome.out.decode()
    for part in ("/fast", "/slow", "(1 redirect, to", "404 ", "/chunked", "/large", "after 400 of 1000 bytes"):
        check(part in shown, f"{part} is missing in:\n{shown}")


def main():
    run_cases([
        a_stream_of_single_bytes_is_whole,
        a_large_body_passes_in_bounded_memory,
        bodies_that_wait_for_their_turn_are_held_to_a_mebibyte,
        a_body_that_waits_keeps_no_connection_from_those_before_it,
        urls_are_fetched_while_more_are_still_to_come,
        a_signal_ends_it_by_that_signal_and_leaves_no_file,
        who_stops_reading_its_output_ends_it,
        without_any_url_it_shows_itself_at_work,
    ])


main()
