#!/usr/bin/env python3
"""What fetch sends, beside what curl sends for the same words: heads and bodies as a server receives them."""

import os
import re
import threading

from support import Peer, app, check, curl_is_newer, fetch, need, read_request, run, run_cases, scratch

app("fetch")
need("curl")
# What differs between any two clients.
OWN = (b"user-agent", b"accept", b"accept-encoding", b"connection", b"content-length", b"expect", b"host")


def curl_status(*arguments, **options):
    return run("curl", "--silent", "--show-error", *map(str, arguments), **options)


def read_body(connection, head):
    """The rest of a request, and whether it came in chunks."""
    body = head.partition(b"\r\n\r\n")[2]
    if b"100-continue" in head.lower():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(65536)
        whole = b""
        while (size := int(body[:body.index(b"\r\n")], 16)) != 0:
            begin = body.index(b"\r\n") + 2
            whole, body = whole + body[begin:begin + size], body[begin + size + 2:]
        return whole, True
    length = int((re.search(rb"(?i)\r\ncontent-length: *(\d+)", head) or [0, 0])[1])
    while len(body) < length:
        body += connection.recv(65536)
    return body, False


class Recorder:
    """Answers 200, but /STATUS/... by a redirect with this status to what follows; keeps what it was sent."""

    def __init__(self):
        self.requests = []

    def talk(self, connection):
        while head := read_request(connection):
            body, chunked = read_body(connection, head)
            line, *fields = head.partition(b"\r\n\r\n")[0].split(b"\r\n")
            self.requests.append((line, self.steady(fields), self.steady_body(body), chunked))
            found = re.match(rb"/(30\d)(/.*)", line.split()[1])
            status, place = (found[1], found[2]) if found else (b"200", b"/")
            connection.sendall(b"HTTP/1.1 " + status + b" So\r\nLocation: " + place + b"\r\nContent-Length: 0\r\n\r\n")

    @staticmethod
    def steady(fields):
        """Names in small letters, and boundaries alike."""
        pairs = (field.partition(b":")[::2] for field in fields)
        return sorted((name.lower(), re.sub(rb"-{20,}\w+", b"BOUNDARY", value.strip())) for name, value in pairs
                      if name.lower() not in OWN)

    @staticmethod
    def steady_body(body):
        body = re.sub(rb"-{20,}\w+", b"BOUNDARY", body)
        return re.sub(rb"(?im)^content-[a-z]+", lambda name: name[0].lower(), body)


def check_sent_alike(rows):
    with scratch() as folder:
        for name in ("text.txt", "LOUD.TXT", "page.html", "plain"):
            (folder / name).write_text(f"of {name}\n")
        (folder / "large").write_text("0123456789abcde\n" * 20000)
        for words in rows:
            sent = []
            for tool in (fetch, curl_status):
                recorder = Recorder()
                with Peer(recorder.talk) as peer:
                    outcome = tool("-s", *[word.replace("ORIGIN", peer.url().rstrip("/")) for word in words], cwd=folder)
                    check(outcome.status == 0, f"{words}: {outcome}")
                sent.append(recorder.requests)
            check(sent[0] == sent[1], f"{words}:\n{sent[0]} and curl\n{sent[1]}")


def forms_are_what_curl_sends():
    check_sent_alike([["-F", field, "ORIGIN/"] for field in (
        "a=b;type=text/foo", "a=<plain;type=text/x", "a=b;filename=zz", "a=b;filename=zz.html", "a=<page.html", "a=<text.txt",
        "a=@text.txt;type=text/html;charset=utf-8", "a=b;type=text/html;q=1;r=2;filename=z", "a=@LOUD.TXT", "a=@plain",
        "a=@text.txt;filename=zz", "a=@plain;filename=z.html", "a=@text.txt;filename=\"x y\\\"z\"", "a=@text.txt,page.html",
        "a=@text.txt;type=x/y,page.html;filename=p", "a=@large", "a=<large", "a=@large,plain")])


def a_form_takes_standard_input_and_pipes():
    # A pipe is read first, so that it can be sent again; curl sends it in chunks.
    for words in ("a=@-;type=x/y", "a=<-", "a=<pipe"):
        sent = []
        for tool in (fetch, curl_status):
            recorder = Recorder()
            with scratch() as folder, Peer(recorder.talk) as peer:
                os.mkfifo(folder / "pipe")
                if words == "a=<pipe":
                    threading.Thread(target=(folder / "pipe").write_bytes, args=(b"from a pipe",), daemon=True).start()
                outcome = tool("-s", "-F", words, peer.url(), stdin=b"given", cwd=folder)
                check(outcome.status == 0, f"{words}: {outcome}")
            sent.append(recorder.requests[0][2])
        check(sent[0] == sent[1], f"{words}:\n{sent[0]} and curl\n{sent[1]}")


def a_file_of_a_form_is_read_as_it_is_sent():
    size, came = 1 << 30, []

    def talk(connection):
        while head := read_request(connection):
            head, _, body = head.partition(b"\r\n\r\n")
            length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
            left = length - len(body)
            while left > 0:
                left -= len(connection.recv(1 << 20))
            came.append(length)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with scratch() as folder, Peer(talk) as peer:
        with open(folder / "sparse", "wb") as file:
            file.truncate(size)
        outcome = fetch("-s", "-F", f"a=@{folder / 'sparse'}", peer.url())
        check(outcome.status == 0 and size < came[0] < size + 1000, f"{outcome} {came}")
    check(outcome.peak_kib < size >> 11, f"{outcome.peak_kib} KiB for a file of {size >> 10} KiB")


def a_form_s_file_that_is_not_there_ends_as_curl_s():
    with Peer(Recorder().talk) as peer:
        ours, curls = (tool("-s", "-F", "a=@no-such-file", peer.url()) for tool in (fetch, curl_status))
    check(ours.status == curls.status == 26 and "no-such-file" in ours.lines[0], f"{ours} and curl {curls}")


def what_a_form_cannot_say_is_refused_in_one_sentence():
    for field, cause in (("a=@x;foo=bar", "foo=bar"), ("a=@x;type=foo", "'foo'"), ("a=b;encoder=base64", "encoder"),
                         ("a=@x;headers=\"X: y\"", "headers")):
        outcome = fetch("-F", field, "http://127.0.0.1:1/")
        check(outcome.status == 2 and len(outcome.lines) == 2 and cause in outcome.lines[0], f"{field}: {outcome}")


def a_form_s_type_is_the_user_s_with_the_boundary():
    recorder = Recorder()
    with Peer(recorder.talk) as peer:
        outcome = fetch("-s", "-F", "a=b", "-H", "Content-Type: foo/bar; q=1", peer.url())
    check(outcome.status == 0, str(outcome))
    check((b"content-type", b"foo/bar; q=1; boundary=BOUNDARY") in recorder.requests[0][1], str(recorder.requests))


def a_body_goes_in_chunks_where_that_is_asked_for():
    check_sent_alike([["-H", "Transfer-Encoding: chunked", *words, "ORIGIN/"]
                      for words in (["-d", "abc"], ["-T", "plain"], ["-F", "a=b"], ["-F", "a=@plain"], ["-d", ""])])


def the_method_of_x_is_kept_along_redirects():
    check_sent_alike([["-L", *words, f"ORIGIN/{status}/there"] for status in (301, 302, 303, 307)
                      for words in (["-X", "POST", "-d", "abc"], ["-X", "PUT", "-d", "abc"], ["-X", "DELETE"],
                                    ["-X", "POST"], ["-X", "PUT", "-F", "a=b"], ["-X", "GET", "-d", "abc"],
                                    ["-X", "PATCH", "--data-binary", "@text.txt"], ["-I", "-X", "GET"], ["-d", "abc"])])
    check_sent_alike([["-L", "-X", "PATCH", "-T", "plain", f"ORIGIN/{status}/there"] for status in (301, 302, 307)])


def ends(rows, talk):
    """Each row's words end with curl's status."""
    for words in rows:
        with Peer(talk) as peer:
            words = [word.replace("ORIGIN", peer.url().rstrip("/")) for word in words]
            ours, curls = fetch("-s", *words), curl_status(*words)
            check(ours.status == curls.status, f"{words}: {ours} and curl {curls}")
            check(len(ours.lines) == 1, f"{words}: {ours}")


def a_redirect_that_leads_nowhere_ends_as_curl_s():
    def talk(connection):
        while request := read_request(connection):
            place = request.split()[1].removeprefix(b"/")
            connection.sendall(b"HTTP/1.1 302 There\r\nLocation: " + place + b"\r\nContent-Length: 0\r\n\r\n")
    ends([["-L", "ORIGIN/" + place] for place in ("nonsense://h/", "http://127.0.0.1:99999/", "more")], talk)


def what_was_sent_is_said_as_curl_says_it():
    code = "%{http_code}" if curl_is_newer() else "%{HTTP_CODE}"
    variables = "%{size_upload} " + code + " %{referer} %{header_json}"
    with scratch() as folder:
        (folder / "plain").write_text("of plain")
        for words in (["ORIGIN/"], ["-d", "abc", "ORIGIN/"], ["-T", "plain", "ORIGIN/"], ["-I", "ORIGIN/"], ["-e", "me", "ORIGIN/"],
                      ["-G", "-d", "abc", "ORIGIN/"], ["-L", "-d", "abc", "ORIGIN/303/there"], ["-L", "-d", "abc", "ORIGIN/307/there"],
                      ["-L", "-T", "plain", "ORIGIN/307/there"], ["-d", "abc", "http://127.0.0.1:1/"], ["-T", "plain", "http://127.0.0.1:1/"]):
            said = []
            for tool in (fetch, curl_status):
                with Peer(Recorder().talk) as peer:
                    outcome = tool("-s", "-o", "/dev/null", "-w", variables, *[word.replace("ORIGIN", peer.url().rstrip("/")) for word in words],
                                   cwd=folder)
                    said.append(outcome.out)
            check(said[0] == said[1], f"{words}: {said[0]} and curl {said[1]}")


def standard_input_is_sent_by_either_name():
    for name in ("-", "."):
        recorder = Recorder()
        with Peer(recorder.talk) as peer:
            outcome = fetch("-s", "-T", name, peer.url("/there/"), stdin=b"text")
        check(outcome.status == 0, str(outcome))
        check([request[::2] for request in recorder.requests] == [(b"PUT /there/ HTTP/1.1", b"text")], str(recorder.requests))


def a_body_that_cannot_be_sent_again_is_told_of():
    recorder = Recorder()
    with Peer(recorder.talk) as peer:
        outcome = fetch("-s", "-L", "-T", "-", peer.url("/307/there"), stdin=b"text")
    check(outcome.status == 65 and "only once" in outcome.lines[0], str(outcome))


def a_coding_that_cannot_be_undone_ends_as_curl_s():
    def talk(connection):
        while request := read_request(connection):
            coding = request.split()[1].removeprefix(b"/")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + b"\r\nContent-Length: 4\r\n\r\ntext")
    ends([["--compressed", "ORIGIN/gzip"], ["--compressed", "ORIGIN/nonsense"]], talk)


def an_interface_that_is_none_ends_as_curl_s():
    ends([["--interface", "nope0", "ORIGIN/"], ["--interface", "192.0.2.1", "ORIGIN/"]], Recorder().talk)


run_cases([
    forms_are_what_curl_sends,
    a_form_takes_standard_input_and_pipes,
    a_file_of_a_form_is_read_as_it_is_sent,
    a_form_s_file_that_is_not_there_ends_as_curl_s,
    what_a_form_cannot_say_is_refused_in_one_sentence,
    a_form_s_type_is_the_user_s_with_the_boundary,
    a_body_goes_in_chunks_where_that_is_asked_for,
    the_method_of_x_is_kept_along_redirects,
    a_redirect_that_leads_nowhere_ends_as_curl_s,
    what_was_sent_is_said_as_curl_says_it,
    standard_input_is_sent_by_either_name,
    a_body_that_cannot_be_sent_again_is_told_of,
    a_coding_that_cannot_be_undone_ends_as_curl_s,
    an_interface_that_is_none_ends_as_curl_s,
])
