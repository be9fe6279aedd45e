#!/usr/bin/env python3
"""fetch's --checksum: what a body must come to (of parts of files, see fetch_resume.py)."""

import hashlib
import json

from support import Peer, check, fetch, read_request, run_cases, scratch, skip


def tell_path(connection):
    """Answers with the request's path."""
    while request := read_request(connection):
        path = request.split(b" ")[1]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))


def sum_of(name, path):
    return hashlib.new(name, path.encode()).hexdigest()


if "this build has no hashes" in fetch("--checksum", 64 * "0", "http://127.0.0.1:1/").lines[0]:
    skip("this build has no hashes")


def a_file_with_another_checksum_is_not_kept():
    with Peer(tell_path) as peer, scratch() as folder:
        file, failed = folder / "file", folder / "failed"
        for name in ("sha256", "sha512", "sha1", "md5"):
            right, wrong = sum_of(name, "/a"), sum_of(name, "/b")
            for given in (right, right.upper(), f"{name}={right}"):
                outcome = fetch("-s", "--checksum", given, "-o", file, peer.url("/a"))
                check(outcome.status == 0 and outcome.lines == [], f"{given}: {outcome}")
                check(file.read_text() == "/a", f"{given}: the file")
                file.unlink()
            for given in (wrong, f"{name.upper()}={wrong}"):
                outcome = fetch("-s", "--checksum", given, "-o", file, "--failed", failed, peer.url("/a"))
                check(outcome.status == 120 and len(outcome.lines) == 1, f"{given}: {outcome}")
                check(all(word in outcome.lines[0] for word in (name, right, wrong, peer.url("/a"))), str(outcome))
                check(list(folder.iterdir()) == [failed], f"{given}: {list(folder.iterdir())}")
                check(peer.url("/a") in failed.read_text() and right in failed.read_text(), "the list does not say why")
                failed.unlink()
        # A file that was there stays as it was, and standard output has what it has.
        file.write_text("before")
        outcome = fetch("-s", "--checksum", sum_of("sha256", "/b"), "-o", file, peer.url("/a"))
        check(outcome.status == 120 and file.read_text() == "before", str(outcome))
        outcome = fetch("-s", "--checksum", sum_of("sha256", "/b"), peer.url("/a"))
        check(outcome.status == 120 and outcome.out == b"/a", str(outcome))


def the_nth_checksum_is_for_the_nth_url():
    with Peer(tell_path) as peer, scratch() as folder:
        a, b = sum_of("md5", "/a"), sum_of("md5", "/b")
        urls = ["-o", folder / "a", "-o", folder / "b", peer.url("/a"), peer.url("/b")]
        outcome = fetch("-s", "--checksum", a, "--checksum", b, *urls)
        check(outcome.status == 0, str(outcome))
        outcome = fetch("-s", "--report", "--checksum", a, "--checksum", a, *urls)
        lines = {line["url"]: line for line in map(json.loads, outcome.out.splitlines())}
        told = lines[peer.url("/b")]
        check(outcome.status == 120 and lines[peer.url("/a")]["ok"] and not told["ok"], str(outcome))
        check(told["exit_status"] == 120 and b in told["error"], str(told))


def what_is_no_checksum_is_refused_in_one_sentence():
    md5 = sum_of("md5", "/a")
    for given in ("sha256", "sha256=", md5 + "0", "g" * 64, f"sha1={md5}", f"crc32={md5}"):
        outcome = fetch("--checksum", given, "http://127.0.0.1:1/")
        check(outcome.status == 2 and len(outcome.lines) == 2 and given in outcome.lines[0], f"{given}: {outcome}")
    for words in (("--checksum", md5, "--checksum", md5), ("--checksum", md5, "-I")):
        outcome = fetch(*words, "http://127.0.0.1:1/")
        check(outcome.status == 2 and len(outcome.lines) == 2 and "--checksum" in outcome.lines[0], f"{words}: {outcome}")


run_cases([
    a_file_with_another_checksum_is_not_kept,
    the_nth_checksum_is_for_the_nth_url,
    what_is_no_checksum_is_refused_in_one_sentence,
])
