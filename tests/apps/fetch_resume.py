#!/usr/bin/env python3
"""What becomes of a file whose fetching is interrupted: without -C - nothing stays, with it another run goes on; and what
-C with a number brings."""

import contextlib
import hashlib
import os
import re
import signal
import stat
import subprocess

from support import Peer, app, check, check_same_bytes, curl, fetch, read_request, run, run_cases, scratch

BODY = bytes(i * 7 % 251 for i in range(200_000))


class Server:
    """Serves BODY, and parts of it. It can be told to end an answer after so many bytes, or to be at another version."""

    def __init__(self):
        self.body, self.tag, self.cut, self.ranges, self.waits = BODY, '"one"', None, True, False
        self.knows_if_range = True
        self.error, self.most = None, None  # an answer that is none, and how much of a rest there is in one answer
        self.asked = []

    def talk(self, connection):
        while request := read_request(connection):
            head = request.decode()
            field = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])}
            self.asked.append(field.get("range"))
            if self.error:
                connection.sendall(f"HTTP/1.1 {self.error}\r\nContent-Length: 5\r\n\r\noh no".encode())
                continue
            wanted = re.match(r"bytes=(\d+)-", field.get("range", ""))
            same = not self.knows_if_range or field.get("if-range", self.tag) == self.tag
            if wanted and self.ranges and same:
                first = int(wanted[1])
                if first >= len(self.body):
                    connection.sendall(f"HTTP/1.1 416 No\r\nContent-Range: bytes */{len(self.body)}\r\nContent-Length: 2\r\n\r\nno".encode())
                    continue
                status, body = "206 Part", self.body[first:][:self.most]
                more = f"Content-Range: bytes {first}-{first + len(body) - 1}/{len(self.body)}\r\n"
            else:
                status, body, more = "200 OK", self.body, ""
            tag = f"ETag: {self.tag}\r\n" if self.tag else ""
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{tag}{more}\r\n".encode())
            connection.sendall(body[:self.cut])
            if self.waits:
                read_request(connection)
            if self.cut is not None:
                return


def serving(case):
    def run_case():
        server = Server()
        with Peer(server.talk) as peer, scratch() as folder:
            case(server, peer.url("/file"), folder / "file")
            check_same_bytes((folder / "file").read_bytes(), server.body, "the file")
            check([each.name for each in folder.iterdir()] == ["file"], str(list(folder.iterdir())))
    run_case.__name__ = case.__name__
    return run_case


def interrupted(server, url, file, *more, cut=50_000):
    server.cut = cut
    outcome = fetch("-s", "-C", "-", "-o", file, *more, url)
    check(outcome.status == 18 and not file.exists(), str(outcome))
    part = file.with_name("file.part")
    check(part.read_bytes() == server.body[:cut], f"{part.stat().st_size} bytes of {cut} are kept")
    server.cut = None
    server.asked.clear()


def what_came_at_once_is_kept_to_its_last_byte(server, url, file):
    server.body = BODY * 40  # so large that it is gathered before it is written
    cut = 5_000_007
    interrupted(server, url, file, cut=cut)
    go_on(server, url, file, f"bytes={cut}-")


def what_came_at_once_is_kept_to_some_byte_at_ctrl_c(server, url, file):
    server.body, server.cut, server.waits = BODY * 40, 5_000_007, True
    process = subprocess.Popen([app("fetch"), "-s", "-C", "-", "-o", str(file), url])
    part = file.with_name("file.part")
    while not part.exists() or part.stat().st_size == 0:
        check(process.poll() is None, "fetch has ended early")
    process.send_signal(signal.SIGINT)
    process.wait(10)
    size = part.stat().st_size
    check(part.read_bytes() == server.body[:size], "the part is none of the file")
    server.cut, server.waits = None, False
    server.asked.clear()
    go_on(server, url, file, f"bytes={size}-")


def go_on(server, url, file, *asked):
    outcome = fetch("-s", "-C", "-", "-o", file, url)
    check(outcome.status == 0, str(outcome))
    check(server.asked == list(asked), f"{server.asked} was asked for, and not {asked}")


def another_run_asks_for_the_rest(server, url, file):
    interrupted(server, url, file)
    go_on(server, url, file, "bytes=50000-")


def a_part_grows_from_run_to_run(server, url, file):
    interrupted(server, url, file, cut=1)
    server.cut = 99_999
    check(fetch("-s", "-C", "-", "-o", file, url).status == 18, "it was to be cut off again")
    server.cut = None
    server.asked.clear()
    go_on(server, url, file, "bytes=100000-")


def a_part_of_another_version_is_begun_anew(server, url, file):
    interrupted(server, url, file)
    server.tag, server.body = '"two"', BODY[::-1]
    go_on(server, url, file, "bytes=50000-")


def a_part_of_another_version_is_begun_anew_where_the_server_knows_no_if_range(server, url, file):
    interrupted(server, url, file)
    server.tag, server.body, server.knows_if_range = '"two"', BODY[::-1], False
    outcome = fetch("-s", "-C", "-", "--parallel-max-host", "1", "-o", file, url)
    check(outcome.status == 0 and server.asked == ["bytes=50000-", None], f"{outcome} {server.asked}")


def a_part_is_begun_anew_where_no_parts_are_given(server, url, file):
    interrupted(server, url, file)
    server.ranges = False
    go_on(server, url, file, "bytes=50000-")


def a_part_that_is_whole_is_given_its_name(server, url, file):
    interrupted(server, url, file)
    file.with_name("file.part").write_bytes(BODY)
    go_on(server, url, file, f"bytes={len(BODY)}-")


def a_part_longer_than_the_whole_is_begun_anew(server, url, file):
    interrupted(server, url, file)
    server.body = BODY[:40_000]
    go_on(server, url, file, "bytes=50000-", None)


def a_part_without_a_tag_is_none_of_ours_and_stays(server, url, file):
    others = file.with_name("file.part")
    for words in ([], ["-C", "-"]):
        others.write_bytes(b"of what?")
        outcome = fetch("-s", *words, "-o", file, url)
        check(outcome.status == 0 and others.read_bytes() == b"of what?", str(outcome))
        check_same_bytes(file.read_bytes(), BODY, "the file")
        file.unlink()
    server.cut = 50_000
    check(fetch("-s", "-C", "-", "-o", file, url).status == 18, "it was to be cut off")
    check(list(file.parent.iterdir()) == [others] and others.read_bytes() == b"of what?", str(list(file.parent.iterdir())))
    file.write_bytes(BODY[:1000])
    check(fetch("-s", "-C", "-", "-o", file, url).status == 18, "it was to be cut off again")
    check(sorted(file.parent.iterdir()) == [file, others], str(list(file.parent.iterdir())))
    check_same_bytes(file.read_bytes(), BODY[:51_000], "the file that curl would go on with")
    others.unlink()
    server.cut = None
    server.asked.clear()
    go_on(server, url, file, "bytes=51000-")


def without_a_tag_no_part_is_kept(server, url, file):
    server.tag, server.cut = "", 50_000
    check(fetch("-s", "-C", "-", "-o", file, url).status == 18, "it was to be cut off")
    check(not list(file.parent.iterdir()), str(list(file.parent.iterdir())))
    server.cut = None
    server.asked.clear()
    go_on(server, url, file, None)


def without_the_option_no_part_is_kept(server, url, file):
    server.cut = 50_000
    check(fetch("-s", "-o", file, url).status == 18, "it was to be cut off")
    check(not list(file.parent.iterdir()), str(list(file.parent.iterdir())))
    server.cut = None
    check(fetch("-s", "-o", file, url).status == 0, "it failed")


def another_try_goes_on_as_well(server, url, file):
    server.cut = 150_000
    outcome = fetch("-s", "-C", "-", "--retry", "1", "--retry-delay", "0.01", "--retry-all-errors", "-o", file, url)
    check(outcome.status == 0 and server.asked == [None, "bytes=150000-"], f"{outcome} {server.asked}")


def what_curl_has_left_is_gone_on_with_as_curl_does(server, url, file):
    for tool in (lambda *words: fetch("-s", *words), curl):
        file.write_bytes(BODY[:1000])
        server.asked.clear()
        tool("-C", "-", "-o", file, url)
        check_same_bytes(file.read_bytes(), BODY, "the file")
        check(server.asked == ["bytes=1000-"], str(server.asked))
        tool("-C", "-", "-o", file, url)
        check_same_bytes(file.read_bytes(), BODY, "the file that was whole")


def a_part_that_lies_beside_it_is_not_taken_for_the_file(server, url, file):
    file.write_bytes(BODY[:1000])
    others = file.with_name("file.part")
    others.write_bytes(b"of what?")
    go_on(server, url, file, "bytes=1000-")
    check(others.read_bytes() == b"of what?", "another file is lost")
    others.unlink()


def what_is_there_is_not_lost_for_an_answer_that_is_no_success(server, url, file):
    for status in ("404 No", "503 Later", "302 Away"):
        for words, wanted in (([], 33), (["-f"], 22 if status[0] > "3" else 33)):
            server.error = status
            file.write_bytes(b"precious")
            outcomes = [tool("-s", "-C", "-", "-o", str(file), *words, url).status
                        for tool in (fetch, lambda *each: run("curl", *each))]
            check(outcomes == [wanted, wanted], f"{status}: {outcomes}")
            check(list(file.parent.iterdir()) == [file] and file.read_bytes() == b"precious", "the file is lost")
            file.unlink()
            server.error = None
            interrupted(server, url, file)
            server.error = status
            outcome = fetch("-s", "-C", "-", "-o", file, *words, url)
            check(outcome.status == wanted and (words or "50000" in outcome.lines[0]), str(outcome))
            server.error = None
            server.asked.clear()
            go_on(server, url, file, "bytes=50000-")
    server.error = "404 No"
    check(fetch("-s", "-C", "-", "-o", file.with_name("new"), url).status == 0, "there is nothing to be lost")
    check(file.with_name("new").read_bytes() == b"oh no", "the page is not written")
    file.with_name("new").unlink()


def a_rest_that_is_not_all_of_it_is_no_whole_file(server, url, file):
    interrupted(server, url, file)
    server.most = 70_000
    outcome = fetch("-s", "-C", "-", "-o", file, url)
    check(outcome.status == 18 and len(outcome.lines) == 1 and "120000 of 200000" in outcome.lines[0], str(outcome))
    check(not file.exists() and file.with_name("file.part").stat().st_size == 120_000, "what came is not kept")
    server.asked.clear()
    check(fetch("-s", "-C", "-", "-o", file, url).status == 18, "it is still not all of it")
    server.most = None
    go_on(server, url, file, "bytes=120000-", "bytes=190000-")


def a_tag_goes_with_its_part(server, url, file):
    interrupted(server, url, file)
    check(fetch("-s", "-o", file, url).status == 0, "it failed")
    check(not file.with_name("file.part.tag").exists(), "the tag of a part that is no more is there")


def killed_or_stopped(how):
    def case(server, url, file):
        server.cut, server.waits = 50_000, True
        process = subprocess.Popen([app("fetch"), "-s", "-C", "-", "-o", str(file), url])
        part = file.with_name("file.part")
        while not part.exists() or part.stat().st_size < 50_000:
            check(process.poll() is None, "fetch has ended early")
        process.send_signal(how)
        process.wait(10)
        check(part.stat().st_size == 50_000, "the part is not what had come")
        server.cut, server.waits = None, False
        server.asked.clear()
        go_on(server, url, file, "bytes=50000-")
    return case


def a_part_survives_kill_9(server, url, file):
    killed_or_stopped(signal.SIGKILL)(server, url, file)


def a_part_survives_ctrl_c(server, url, file):
    killed_or_stopped(signal.SIGINT)(server, url, file)


@contextlib.contextmanager
def under_way(server, url, file, *words, part="file.part"):
    """A run whose part has 50,000 bytes, and waits for more; it is killed in the end."""
    server.cut, server.waits = 50_000, True
    process = subprocess.Popen([app("fetch"), "-s", *words, "-o", str(file), url], stdin=subprocess.DEVNULL)
    part = file.with_name(part)
    try:
        while not part.exists() or part.stat().st_size < 50_000:
            check(process.poll() is None, "fetch has ended early")
        server.cut, server.waits = None, False
        yield part
        check(process.poll() is None and part.read_bytes() == BODY[:50_000], "the other run was disturbed")
    finally:
        process.kill()
        process.wait()


def what_a_killed_run_has_left_is_taken_over(server, url, file):
    for words in ([], ["-C", "-"]):
        file.unlink(missing_ok=True)
        with under_way(server, url, file):
            pass
        check([each.name for each in file.parent.iterdir()] == ["file.part"], str(list(file.parent.iterdir())))
        outcome = fetch("-s", *words, "-o", file, url)
        check(outcome.status == 0 and [each.name for each in file.parent.iterdir()] == ["file"], f"{outcome} {list(file.parent.iterdir())}")
        check_same_bytes(file.read_bytes(), BODY, "the file")
        umask = os.umask(0)
        os.umask(umask)
        check(stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask, oct(file.stat().st_mode))


def what_another_run_writes_is_left_alone(server, url, file):
    with under_way(server, url, file) as part:
        for words in ([], ["-C", "-"]):
            outcome = fetch("-s", *words, "-o", file, url)
            check(outcome.status == 0 and sorted(file.parent.iterdir()) == [file, part], f"{outcome} {list(file.parent.iterdir())}")
            check_same_bytes(file.read_bytes(), BODY, "the file")
            file.unlink()
    server.asked.clear()
    go_on(server, url, file, None)


def runs_at_once_leave_the_file_whole(server, url, file):
    for tag, words, statuses in (("", [], {0}), ('"one"', ["-C", "-"], {0, 23})):
        server.tag = tag
        for _ in range(20):
            file.unlink(missing_ok=True)
            runs = [subprocess.Popen([app("fetch"), "-s", *words, "-o", str(file), url], stderr=subprocess.PIPE) for _ in range(4)]
            ends = [(process.communicate(timeout=30)[1], process.returncode) for process in runs]
            check({status for _, status in ends} <= statuses and 0 in {status for _, status in ends}, str(ends))
            check_same_bytes(file.read_bytes(), BODY, "the file")
            check([each.name for each in file.parent.iterdir()] == ["file"], str(list(file.parent.iterdir())))


def a_part_that_another_run_goes_on_with_is_left_alone(server, url, file):
    with under_way(server, url, file, "-C", "-") as part:
        outcome = fetch("-s", "-C", "-", "-o", file, url)
        check(outcome.status == 23 and len(outcome.lines) == 1 and "file.part is being written by another run" in outcome.lines[0], str(outcome))
        outcome = fetch("-s", "-o", file, url)
        check(outcome.status == 0, str(outcome))
        check_same_bytes(file.read_bytes(), BODY, "the file")
        file.unlink()
        check(sorted(file.parent.iterdir()) == [part, part.with_name("file.part.tag")], str(list(file.parent.iterdir())))
    server.asked.clear()
    go_on(server, url, file, "bytes=50000-")


def a_file_that_another_run_goes_on_with_is_left_alone(server, url, file):
    file.write_bytes(BODY[:20_000])  # as curl leaves it
    server.cut, server.waits = 30_000, True
    first = subprocess.Popen([app("fetch"), "-s", "-C", "-", "-o", str(file), url], stdin=subprocess.DEVNULL)
    part = file.with_name("file.part")
    try:
        while not part.exists() or part.stat().st_size < 50_000:
            check(first.poll() is None, "fetch has ended early")
        server.cut, server.waits = None, False
        outcome = fetch("-s", "-C", "-", "-o", file, url)
        check(outcome.status == 23 and "is being written by another run" in outcome.lines[0], str(outcome))
        check(first.poll() is None and part.read_bytes() == BODY[:50_000], "the other run was disturbed")
    finally:
        first.kill()
        first.wait()
    server.asked.clear()
    go_on(server, url, file, "bytes=50000-")


def a_signal_leaves_no_part_that_is_of_no_use():
    server = Server()
    server.cut, server.waits = 50_000, True
    with Peer(server.talk) as peer, scratch() as folder:
        for number, ignored in ((signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGHUP, False), (signal.SIGHUP, True)):
            words = [app("fetch"), "-s", "-o", str(folder / "file"), peer.url("/file")]
            # As nohup has it, and as it is without, whoever runs this.
            hangup = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       preexec_fn=hangup)
            part = folder / "file.part"
            while not part.exists() or part.stat().st_size < 50_000:
                check(process.poll() is None, "fetch has ended early")
            process.send_signal(number)
            if ignored:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
            check(process.returncode == -(signal.SIGINT if number == signal.SIGINT else signal.SIGTERM), f"{number}: {process.returncode}")
            check(not list(folder.iterdir()), f"{number}: {list(folder.iterdir())}")


def a_number_asks_for_what_comes_after_so_many_bytes_and_appends_it_as_curl_does():
    server = Server()
    with Peer(server.talk) as peer, scratch() as folder:
        file, url = folder / "file", peer.url("/file")
        for before, words, ranges, status in (
                (BODY[:1000], ["-C", "1000"], True, 0), (b"other", ["-C", "1000"], True, 0), (b"", ["-C", "1"], True, 0),
                (b"other", ["-C", "0"], True, 0), (b"other", ["-C", "-", "-C", "7"], True, 0),
                (BODY, ["-C", str(len(BODY))], True, 0), (BODY, ["-C", str(len(BODY) + 5)], True, 0),
                (BODY, ["-C", str(len(BODY))], False, 0), (b"other", ["-C", "1000"], False, 33),
                (b"other", ["-C", "1000", "-o", "-"], True, 0), (b"other", ["-C", "1000", "-o", "-"], False, 33)):
            server.ranges = ranges
            outcomes = []
            for tool in (fetch, lambda *each: run("curl", *map(str, each))):
                file.write_bytes(before)
                server.asked.clear()
                outcome = tool("-s", *words, *([] if "-o" in words else ["-o", file]), url)
                outcomes.append((outcome.status, outcome.out, file.read_bytes(), list(server.asked)))
            check(outcomes[0] == outcomes[1], f"{words}: {[(each[0], each[3], len(each[2])) for each in outcomes]}")
            check(outcomes[0][0] == status, f"{words}: {outcomes[0][0]}")
            check([each.name for each in folder.iterdir()] == ["file"], str(list(folder.iterdir())))


def what_was_to_be_appended_to_is_as_it_was_where_that_failed():
    server = Server()
    server.cut = 50_000
    with Peer(server.talk) as peer, scratch() as folder:
        (folder / "file").write_bytes(b"other")
        for name, left in (("file", ["file"]), ("new", ["file"])):
            outcome = fetch("-s", "-C", "1000", "-o", folder / name, peer.url("/file"))
            check(outcome.status == 18 and [each.name for each in folder.iterdir()] == left, str(outcome))
        check((folder / "file").read_bytes() == b"other", "it is another file")
    for words in (["-C", "x"], ["-C", "-1"], ["-C", "1", "-r", "0-1"], ["-C", "1", "-d", "a"]):
        outcome = fetch(*words, "-o", "/dev/null", "http://h.test/")
        check(outcome.status == 2 and len(outcome.lines) == 2 and words[1 if len(words) == 2 else 0] in outcome.lines[0], str(outcome))


def a_part_and_its_rest_have_the_checksum_together(server, url, file):
    right = hashlib.sha256(BODY).hexdigest()
    interrupted(server, url, file, "--checksum", right)
    check(fetch("-s", "-C", "-", "-o", file, "--checksum", right, url).status == 0, "it failed")
    check(server.asked == ["bytes=50000-"], str(server.asked))
    file.write_bytes(BODY[:1000])
    for words in (["-C", "-"], ["-C", str(len(BODY))], ["-C", "-"]):
        outcome = fetch("-s", *words, "-o", file, "--checksum", f"sha256={right}", url)
        check(outcome.status == 0, str(outcome))


def what_has_another_checksum_is_no_part_for_another_run(server, url, file):
    interrupted(server, url, file)
    outcome = fetch("-s", "-C", "-", "-o", file, "--checksum", 64 * "0", url)
    check(outcome.status == 120 and list(file.parent.iterdir()) == [], f"{outcome} {list(file.parent.iterdir())}")
    server.asked.clear()
    go_on(server, url, file, None)
    before = file.read_bytes()
    outcome = fetch("-s", "-C", "1000", "-o", file, "--checksum", 64 * "0", url)
    check(outcome.status == 120 and file.read_bytes() == before, str(outcome))


run_cases([serving(case) for case in (
    another_run_asks_for_the_rest, a_part_grows_from_run_to_run, a_part_of_another_version_is_begun_anew,
    a_part_of_another_version_is_begun_anew_where_the_server_knows_no_if_range,
    a_part_is_begun_anew_where_no_parts_are_given, a_part_that_is_whole_is_given_its_name,
    a_part_longer_than_the_whole_is_begun_anew, a_part_without_a_tag_is_none_of_ours_and_stays, without_a_tag_no_part_is_kept,
    without_the_option_no_part_is_kept, another_try_goes_on_as_well, what_curl_has_left_is_gone_on_with_as_curl_does,
    a_part_that_lies_beside_it_is_not_taken_for_the_file, a_tag_goes_with_its_part,
    what_is_there_is_not_lost_for_an_answer_that_is_no_success, a_rest_that_is_not_all_of_it_is_no_whole_file,
    a_part_survives_kill_9, a_part_survives_ctrl_c, what_came_at_once_is_kept_to_its_last_byte,
    what_came_at_once_is_kept_to_some_byte_at_ctrl_c, what_a_killed_run_has_left_is_taken_over,
    what_another_run_writes_is_left_alone, runs_at_once_leave_the_file_whole, a_part_that_another_run_goes_on_with_is_left_alone,
    a_file_that_another_run_goes_on_with_is_left_alone,
    a_part_and_its_rest_have_the_checksum_together,
    what_has_another_checksum_is_no_part_for_another_run)] + [
        a_number_asks_for_what_comes_after_so_many_bytes_and_appends_it_as_curl_does,
        what_was_to_be_appended_to_is_as_it_was_where_that_failed, a_signal_leaves_no_part_that_is_of_no_use])
