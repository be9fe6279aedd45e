#!/usr/bin/env python3
"""fetch's options beside curl's: both are given the same words, and must bring the same bytes and the same status."""

import json
import os
import subprocess
import threading
from xml.etree import ElementTree

from support import (Peer, app, check, check_same_bytes, fetch, listening_socket, need, read_request, run, run_cases,
                     scratch, server_process, skip, socket)

need("gunicorn", "curl")
if subprocess.run(["gunicorn", "--check-config", "httpbin:app"], capture_output=True).returncode != 0:
    skip("gunicorn finds no httpbin")

ORIGIN = None
FOLDER = None
# What differs between any two clients, and from one run to the next.
OWN_HEADERS = ("User-Agent", "Content-Length", "Accept-Encoding", "Connection", "Expect")


def curl_status(*arguments, **options):
    return run("curl", "--silent", "--show-error", *map(str, arguments), **options)


def placed(words):
    """The words of a row, with what only a run knows."""
    return [word.replace("ORIGIN", ORIGIN).replace("FOLDER", str(FOLDER)) for word in words]


def seen_by_server(body):
    """What httpbin's /anything says of a request, without what differs between any two clients."""
    page = json.loads(body)
    headers = {name: value for name, value in page["headers"].items() if name not in OWN_HEADERS}
    if headers.get("Content-Type", "").startswith("multipart/form-data"):
        headers["Content-Type"] = "multipart/form-data"
        page.pop("data")
    return {**page, "headers": headers, "origin": None}


# What a request looks like to the server.
REQUESTS = {
    "a GET": ["ORIGIN/anything"],
    "-X": ["-X", "PATCH", "ORIGIN/anything"],
    "-H": ["-H", "X-One: 1", "-H", "X-Two;", "ORIGIN/anything"],
    "-H takes a header away": ["-H", "Accept:", "ORIGIN/anything"],
    "-H in place of curl's own": ["-H", "Accept: text/html", "ORIGIN/anything"],
    "-H of a file": ["-H", "@FOLDER/headers", "ORIGIN/anything"],
    "-A and -e": ["-A", "me/1", "-e", "http://there/", "ORIGIN/anything"],
    "-u": ["-u", "me:secret:s", "ORIGIN/anything"],
    "-u in the URL": ["http://me:secret@" + "HOST/anything"],
    "--oauth2-bearer": ["--oauth2-bearer", "abc", "ORIGIN/anything"],
    "-r": ["-r", "0-4", "ORIGIN/anything"],
    "-d": ["-d", "a=1", "-d", "b=2&c=3", "ORIGIN/anything"],
    "-d of a file": ["-d", "@FOLDER/text", "ORIGIN/anything"],
    "-d with nothing": ["-d", "", "ORIGIN/anything"],
    "-d with a type of its own": ["-H", "Content-Type: text/plain", "-d", "hello", "ORIGIN/anything"],
    "--data-raw": ["--data-raw", "@a", "ORIGIN/anything"],
    "--data-binary of a file": ["--data-binary", "@FOLDER/text", "ORIGIN/anything"],
    "--data-urlencode": ["--data-urlencode", "a b&c", "--data-urlencode", "=x=y", "--data-urlencode", "n=ä/ö",
                         "--data-urlencode", "f@FOLDER/text", "ORIGIN/anything"],
    "--json": ["--json", '{"a":', "--json", "1}", "ORIGIN/anything"],
    "--json with -H": ["--json", "{}", "-H", "Accept: a/b", "ORIGIN/anything"],
    "-G": ["-G", "-d", "a=1", "-d", "b=2", "ORIGIN/anything?z=0"],
    "-F": ["-F", "a=1", "-F", "b=two;type=text/html", "-F", "f=@FOLDER/text", "-F", "g=<FOLDER/text", "ORIGIN/anything"],
    "--form-string": ["--form-string", "a=@1;type=x", "ORIGIN/anything"],
    "-T": ["-T", "FOLDER/text", "ORIGIN/anything/there"],
    "-T to a directory": ["-T", "FOLDER/text", "ORIGIN/anything/there/"],
    "-L": ["-L", "ORIGIN/redirect-to?url=/anything/there&status_code=302"],
    "-L after a POST": ["-L", "-d", "a=1", "ORIGIN/redirect-to?url=/anything/there&status_code=303"],
    "-L repeats a POST": ["-L", "-d", "a=1", "ORIGIN/redirect-to?url=/anything/there&status_code=307"],
    "-K": ["-K", "FOLDER/config"],
    "a URL's braces": ["ORIGIN/anything/{a}"],
}

# What comes, byte for byte, and how it ends.
ANSWERS = {
    "a page": ["ORIGIN/bytes/1000?seed=1"],
    "a set": ["ORIGIN/base64/{YQ==,Yg==,Yw==}"],
    "a range": ["ORIGIN/bytes/[1-5]?seed=1"],
    "a range with zeros and steps": ["ORIGIN/bytes/[01-09:3]?seed=[2-3]"],
    "-g": ["-g", "ORIGIN/get?a={b}", "-o", "/dev/null"],
    "a broken set": ["ORIGIN/{a"],
    "-f": ["-f", "ORIGIN/status/404"],
    "-f with a page that is there": ["-f", "ORIGIN/encoding/utf8"],
    "--fail-with-body": ["--fail-with-body", "ORIGIN/status/418"],
    "-w": ["-w", "%{http_code} %{size_download} %{content_type} %{num_redirects} %{method} 100%%\\n%{unknown}", "-L",
           "ORIGIN/redirect-to?url=/bytes/10%3Fseed=1"],
    "-w of a header": ["-w", "%header{content-type}", "ORIGIN/encoding/utf8"],
    "-w without an answer": ["-w", "%{http_code}", "http://127.0.0.1:1/"],
    "--max-redirs": ["-L", "--max-redirs", "1", "ORIGIN/redirect/3"],
    "--max-filesize": ["--max-filesize", "10", "ORIGIN/bytes/1000"],
    "--next": ["-H", "X: 1", "ORIGIN/encoding/utf8", "--next", "ORIGIN/bytes/10?seed=1"],
    "-o of a set": ["ORIGIN/bytes/{10,20}?seed=1", "-o", "OUT/#1.bin"],
    "-O": ["-O", "--output-dir", "OUT", "ORIGIN/encoding/utf8"],
    "-O -J": ["-OJ", "--output-dir", "OUT", "ORIGIN/response-headers?Content-Disposition=attachment;%20filename=%22n.json%22"],
    "--create-dirs": ["--create-dirs", "-o", "OUT/a/b/c", "ORIGIN/bytes/10?seed=1"],
    "a directory that is not there": ["-o", "OUT/a/b/c", "ORIGIN/bytes/10?seed=1"],
    "--no-clobber": ["--no-clobber", "-o", "OUT/there", "ORIGIN/bytes/10?seed=1"],
    "a name that is none": ["http://no-such-host.invalid/"],
    "a refused connection": ["http://127.0.0.1:1/"],
    "a scheme that is none": ["nonsense://127.0.0.1/"],
    "a URL that is none": ["http://[::1"],
    "-m": ["-m", "0.3", "ORIGIN/delay/3"],
    "--retry of what passes": ["--retry", "2", "--retry-delay", "1", "-o", "OUT/file", "FLAKY/503"],
    "--retry of what stays": ["--retry", "1", "--retry-delay", "1", "-f", "ORIGIN/status/503"],
    "-T of a file that is not there": ["-T", "/nowhere", "ORIGIN/anything/there"],
}


def check_rows(rows, check_row):
    """Checks them all, and tells of each that is wrong."""
    wrong = []
    for name, words in rows.items():
        try:
            check_row(name, words)
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    check(not wrong, "\n".join(wrong))


def each_request_is_what_curl_sends():
    def check_row(name, words):
        words = [word.replace("HOST", ORIGIN.removeprefix("http://")) for word in placed(words)]
        ours, curls = fetch("-s", *words), curl_status(*words)
        check(ours.status == curls.status == 0, f"{ours} and curl {curls}")
        ours, curls = seen_by_server(ours.out), seen_by_server(curls.out)
        check(ours == curls, f"{json.dumps(ours)} and curl {json.dumps(curls)}")
    check_rows(REQUESTS, check_row)


def flaky():
    """A server that answers the first, third ... request by 503 and a Retry-After, the others by 200."""
    asked = []

    def talk(connection):
        while read_request(connection):
            asked.append(1)
            first = len(asked) % 2 == 1
            connection.sendall(b"HTTP/1.1 503 Later\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\nlate" if first else
                               b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere")
    return Peer(talk)


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def each_answer_is_what_curl_gets():
    def check_row(name, words):
        outcomes, files = [], []
        for tool in (lambda *each: fetch("-s", *each), curl_status):
            with scratch() as out:
                (out / "there").write_bytes(b"before")
                outcomes.append(tool(*[word.replace("OUT", str(out)).replace("FLAKY", peer.url().rstrip("/"))
                                       for word in placed(words)]))
                files.append(files_in(out))
        ours, curls = outcomes
        check(ours.status == curls.status, f"{ours} and curl {curls}")
        check_same_bytes(ours.out, curls.out, "standard output")
        check(files[0] == files[1], f"{files[0]} and curl {files[1]}")

    with flaky() as peer:
        check_rows(ANSWERS, check_row)


def heads_are_written_as_curl_writes_them():
    def talk(connection):
        while read_request(connection):
            connection.sendall(b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi")
    with Peer(talk) as peer:
        for option in ("-i", "-I"):
            ours, curls = fetch("-s", option, peer.url()), curl_status(option, peer.url())
            check(ours.status == curls.status == 0 and ours.out.lower() == curls.out.lower(), f"{option}: {ours.out} {curls.out}")


def the_status_is_that_of_the_first_of_the_urls_that_failed():
    # curl's is the last one's.
    for urls, status in (([f"{ORIGIN}/status/404", "http://127.0.0.1:1/"], 22), (["http://127.0.0.1:1/", f"{ORIGIN}/status/404"], 7)):
        outcome = fetch("-f", f"{ORIGIN}/delay/1", *urls)
        check(outcome.status == status, str(outcome))


def fail_early_ends_at_the_first_failure():
    outcome = fetch("--fail-early", f"{ORIGIN}/delay/5", "http://127.0.0.1:1/")
    check(outcome.status == 7 and outcome.seconds < 4, str(outcome))


def an_answer_that_only_says_when_to_come_again_is_not_written():
    with flaky() as peer:
        outcome = fetch("-s", "--retry", "1", peer.url())
        check(outcome.status == 0 and outcome.out == b"here", str(outcome))


def an_answer_that_is_the_last_is_written_whatever_it_asks_for():
    def talk(connection):
        while request := read_request(connection):
            wait = b"4000000000" if b"/years" in request else b"5"
            connection.sendall(b"HTTP/1.1 503 Later\r\nRetry-After: " + wait + b"\r\nContent-Length: 4\r\n\r\nlate")
    with Peer(talk) as peer:
        for words in (["--retry", "3", peer.url("/years")], ["--retry", "3", "--retry-max-time", "2", peer.url("/soon")]):
            outcome = fetch("-s", *words)
            check(outcome.status == 0 and outcome.out == b"late" and outcome.seconds < 4, f"{words}: {outcome}")


def remote_time_is_the_file_s():
    with scratch() as folder:
        url = f"{ORIGIN}/response-headers?Last-Modified=Sun,%2006%20Nov%201994%2008:49:37%20GMT"
        check(fetch("-R", url, "-o", folder / "ours").status == 0, "it failed")
        curl_status("-R", url, "-o", folder / "curls")
        check((folder / "ours").stat().st_mtime == (folder / "curls").stat().st_mtime == 784111777, "another time")


def limit_rate_is_kept():
    outcome = fetch("--limit-rate", "20k", f"{ORIGIN}/bytes/20000?seed=1")
    check(outcome.status == 0 and outcome.seconds > 0.8, str(outcome))


def what_brings_too_little_is_given_up():
    def talk(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
        connection.recv(1)
    with Peer(talk) as peer:
        outcome = fetch("-Y", "10", "-y", "1", peer.url())
        check(outcome.status == 28 and outcome.seconds < 5, str(outcome))


def what_failed_is_listed_and_the_list_can_be_fetched():
    with scratch() as folder:
        listed = folder / "failed"
        (folder / "urls").write_text(f"{ORIGIN}/bytes/10 one\n# no URL\n\n{ORIGIN}/status/404 two\nhttp://127.0.0.1:1/ three\n")
        outcome = fetch("-f", "--input", folder / "urls", "--output-dir", folder, "-O", "--failed", listed)
        check(outcome.status == 22, str(outcome))
        lines = listed.read_text().splitlines()
        check(lines[1::2] == [f"{ORIGIN}/status/404\ttwo", "http://127.0.0.1:1/\tthree"], str(lines))
        check("404" in lines[0] and lines[0].startswith("# ") and "refused" in lines[2], str(lines))
        again = fetch("--input", listed, "--output-dir", folder, "-O", "--failed", folder / "again")
        check(again.status == 7 and (folder / "again").read_text().splitlines()[1:] == ["http://127.0.0.1:1/\tthree"], str(again))
        check((folder / "one").is_file() and (folder / "two").is_file() and not (folder / "three").exists(), "files")


def a_run_that_is_killed_leaves_the_list_of_what_is_left():
    held = threading.Event()

    def talk(connection):
        while request := read_request(connection):
            if b"/held" in request:
                held.set()
                connection.recv(1)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
    with Peer(talk) as peer, scratch() as folder:
        urls = [peer.url(f"/{name}") for name in ("a", "b", "held", "after")]
        (folder / "urls").write_text("".join(f"{url}\n" for url in urls))
        process = subprocess.Popen([app("fetch"), "-s", "--parallel-max", "1", "--input", folder / "urls", "-O",
                                    "--output-dir", folder, "--failed", folder / "failed"])
        check(held.wait(60), "it never came to it")
        process.kill()
        process.wait()
        left = [line.strip() for line in (folder / "failed").read_text().splitlines() if not line.startswith("#")]
        check(left == urls[2:], str(left))


def a_report_tells_of_each_url_in_a_line_of_json():
    with scratch() as folder:
        outcome = fetch("-L", "-f", "--report=" + str(folder / "report"), "-O", "--output-dir", folder, f"{ORIGIN}/delay/1",
                        f"{ORIGIN}/redirect-to?url=/bytes/10", f"{ORIGIN}/status/404", 'http://127.0.0.1:1/"')
        check(outcome.status == 22, str(outcome))
        lines = {line["url"]: line for line in map(json.loads, (folder / "report").read_text().splitlines())}
        check(len(lines) == 4, str(lines))
        slow, moved = lines[f"{ORIGIN}/delay/1"], lines[f"{ORIGIN}/redirect-to?url=/bytes/10"]
        check(slow["ok"] and slow["status"] == 200 and slow["file"] == str(folder / "1"), str(slow))
        check(slow["connect"] < 1 <= slow["first_byte"] <= slow["done"] and slow["tls"] is None, str(slow))
        check(moved["redirects"] == 1 and moved["effective_url"] == f"{ORIGIN}/bytes/10" and moved["size"] == 10, str(moved))
        refused = lines['http://127.0.0.1:1/"']
        check(not refused["ok"] and refused["exit_status"] == 7 and refused["phase"] == "connect" and "refused" in refused["error"],
              str(refused))
    outcome = fetch("-s", "--report", "-o", "/dev/null", f"{ORIGIN}/bytes/10")
    check(json.loads(outcome.out)["size"] == 10, str(outcome))


def a_waterfall_has_a_row_for_each_url():
    with scratch() as folder:
        outcome = fetch("-s", "--waterfall", "-o", "/dev/null", "-o", "/dev/null", f"{ORIGIN}/delay/1", f"{ORIGIN}/bytes/10")
        check(outcome.status == 0 and all(len(line) <= 80 for line in outcome.lines), str(outcome))
        check(sum("|" in line for line in outcome.lines) == 3 and "----" in outcome.lines[0] + outcome.lines[1], str(outcome))
        for ending in ("svg", "html"):
            picture = folder / f"picture.{ending}"
            check(fetch("-s", f"--waterfall={picture}", "-o", "/dev/null", f"{ORIGIN}/bytes/10?a=<b>&c").status == 0, "it failed")
            root = ElementTree.fromstring(picture.read_text()[picture.read_text().index("<svg"):])
            check(any(each.tag.endswith("rect") for each in root), "there is no bar")


def the_command_line_is_refused_in_one_sentence():
    for words, cause in ((["--nope"], "--nope"), (["-d", "a", "-F", "b=c", "http://h/"], "one"), (["-F", "x", "http://h/"], "NAME=CONTENT"),
                         (["--max-filesize", "12x", "http://h/"], "12x"), (["-K", "/nowhere"], "/nowhere"),
                         (["-d", "@/nowhere", "http://h/"], "/nowhere")):
        outcome = fetch(*words)
        check(outcome.status == 2 and len(outcome.lines) == 2 and cause in outcome.lines[0], f"{words}: {outcome}")


def main():
    global ORIGIN, FOLDER
    sock, port = listening_socket()
    ORIGIN = f"http://127.0.0.1:{port}"
    with scratch() as folder:
        FOLDER = folder
        (folder / "headers").write_text("X-Of-File: 1\r\nX-Other: 2\n")
        (folder / "text").write_bytes(b"line 1\r\nline 2\n")
        (folder / "config").write_text(f'# a comment\nurl = "{ORIGIN}/anything/config"\n-H "X-A: \\"b\\""\ndata a=1\n')
        command = ["gunicorn", "--bind", f"fd://{sock.fileno()}", "--workers", "4", "--preload",
                   "--worker-tmp-dir", str(folder), "httpbin:app"]
        with server_process(command, port, [sock], {"PYTHONDONTWRITEBYTECODE": "1"}):
            run_cases([
                each_request_is_what_curl_sends,
                each_answer_is_what_curl_gets,
                heads_are_written_as_curl_writes_them,
                the_status_is_that_of_the_first_of_the_urls_that_failed,
                fail_early_ends_at_the_first_failure,
                an_answer_that_only_says_when_to_come_again_is_not_written,
                an_answer_that_is_the_last_is_written_whatever_it_asks_for,
                remote_time_is_the_file_s,
                limit_rate_is_kept,
                what_brings_too_little_is_given_up,
                what_failed_is_listed_and_the_list_can_be_fetched,
                a_run_that_is_killed_leaves_the_list_of_what_is_left,
                a_report_tells_of_each_url_in_a_line_of_json,
                a_waterfall_has_a_row_for_each_url,
                the_command_line_is_refused_in_one_sentence,
            ])


main()
