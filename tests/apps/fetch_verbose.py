#!/usr/bin/env python3
"""fetch's -v: what it shows of requests and answers, beside what the server saw and what curl shows."""

import re
import ssl

from support import Certificates, Peer, check, fetch, proxies, read_request, run, run_cases, scratch

ANSWER = b"HTTP/1.1 200 Fine\r\nContent-Length: 23\r\nX-Word: one\r\nx-word:  two \r\n\r\nHTTP/1.1 404 No\r\n\r\nend\n"


class Server:
    """Answers with ANSWER, or as `answers` says, and keeps what it was asked."""

    def __init__(self, answers=None, pieces=False):
        self.answers, self.pieces, self.heads = answers or {}, pieces, []

    def talk(self, connection):
        while request := read_request(connection):
            head, _, body = request.partition(b"\r\n\r\n")
            self.heads.append(head + b"\r\n\r\n")
            if length := re.search(rb"Content-Length: (\d+)", head):
                while len(body) < int(length[1]):
                    body += connection.recv(65536)
            answer = self.answers.get(head.split()[1].decode(), ANSWER)
            for piece in ([answer[i:i + 1] for i in range(len(answer))] if self.pieces else [answer]):
                connection.sendall(piece)


def marked(head, mark):
    """A head as -v shows it."""
    return [f"{mark} {line}" for line in head.decode().split("\r\n")[:-1]]


def said(outcome, marks="<>*"):
    return [line for line in outcome.lines if line[:2] in [f"{mark} " for mark in marks]]


def heads_are_shown_as_curl_shows_them():
    for pieces in (False, True):
        server = Server(pieces=pieces)
        with Peer(server.talk) as peer:
            for words in ([], ["-d", "a=b"], ["-I"], ["-H", "X-Own: 1", "-u", "me:secret"]):
                url = peer.url("/page")
                ours, theirs = fetch("-v", "-s", *words, url), run("curl", "-v", "-s", *words, url)
                check(ours.status == theirs.status, f"{words}: {ours}{theirs}")
                if words != ["-I"]:  # which writes fields without the blanks around them
                    check(ours.out == theirs.out, f"{words}: other bytes: {ours.out} {theirs.out}")
                check(said(ours, "<") == said(theirs, "<"), f"{words}: other answers: {said(ours)} {said(theirs)}")
                check(said(ours, ">") == marked(server.heads[-2], ">"), f"{words}: {said(ours)}, asked: {server.heads[-2]}")
                check(said(ours, "*") == [f"* Connection 1 to 127.0.0.1 (127.0.0.1:{peer.port})"], f"{words}: {ours}")
                check(len(said(ours)) == len(ours.lines), f"{words}: more is said: {ours}")


def each_head_on_a_connection_is_shown():
    """Of a redirect, and of a word in between; the body of the second request looks like a third one."""
    server = Server({"/from": b"HTTP/1.1 307 Over There\r\nLocation: /to\r\nContent-Length: 4\r\n\r\nbody",
                     "/to": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + ANSWER})
    body = "GET /none HTTP/1.1\r\nX: y\r\n\r\n"
    with Peer(server.talk) as peer:
        outcome = fetch("-v", "-s", "-L", "--data-binary", body, peer.url("/from"))
        wanted = []
        for head, answers in zip(server.heads, (["HTTP/1.1 307 Over There\r\nLocation: /to\r\nContent-Length: 4\r\n\r\n"],
                                                ["HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
                                                 "HTTP/1.1 100 Continue\r\n\r\n", ANSWER.split(b"HTTP/1.1 404")[0].decode()])):
            wanted += marked(head, ">")
            for answer in answers:
                wanted += marked(answer.encode(), "<")
        check(len(server.heads) == 2 and said(outcome, "<>") == wanted, f"{said(outcome)}, and not {wanted}")
        check(len(said(outcome, "*")) == 1, f"it is one connection: {outcome}")


def of_many_it_is_said_whose_they_are():
    """The connection is named wherever another one spoke before; again and again, for much depends on who comes when."""
    server = Server()
    for _ in range(8):
        with Peer(server.talk) as peer, scratch() as folder:
            outcome = fetch("-v", "-s", peer.url("/[1-40]"), "-o", folder / "#1")
        by_connection, current = {}, None
        for line in outcome.lines:
            if name := re.fullmatch(r"\* (Connection \d+ to 127\.0\.0\.1 \(127\.0\.0\.1:\d+\))", line):
                current = by_connection.setdefault(name[1], [])
            else:
                current.append(line)
        check(1 < len(by_connection) <= 8, f"{len(by_connection)} connections, and 8 of a host are allowed")
        asked = sorted(line for lines in by_connection.values() for line in lines if line.startswith("> GET"))
        check(asked == sorted(f"> GET /{i} HTTP/1.1" for i in range(1, 41)), f"{asked}")
        for name, lines in by_connection.items():
            kinds = re.sub(r"(.)\1*", r"\1", "".join(line[0] for line in lines))
            check(re.fullmatch("(><)+", kinds), f"{name}: requests and answers should take turns: {lines}")


def a_tunnel_is_shown_and_what_goes_through_it():
    with scratch() as folder, proxies(folder) as found:
        if not found.http:
            print("not run, for there is no tinyproxy: a tunnel")
            return
        certificates = Certificates(folder)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issued = certificates.issue("server")
        tls.load_cert_chain(f"{issued}.pem", f"{issued}.key")
        server = Server()
        with Peer(server.talk, tls) as peer:
            url = peer.url("/page", host="localhost")
            words = ["-v", "-s", "--cacert", certificates.ca, "-x", f"http://{found.http}", url]
            outcome, theirs = fetch(*words), run("curl", *map(str, words))
            check(outcome.status == 0 and outcome.out == theirs.out, f"{outcome}")
            port = found.http.rpartition(":")[2]
            shown = said(outcome)
            check(shown[0] == f"* Connection 1 to 127.0.0.1 (127.0.0.1:{port})", f"{shown}")
            check(shown[1] == f"> CONNECT localhost:{peer.port} HTTP/1.1", f"{shown}")
            at = shown.index(f"* Connection 1 to localhost (127.0.0.1:{port}), TLS")
            check(shown[at + 1:] == marked(server.heads[0], ">") + marked(ANSWER.split(b"HTTP/1.1 404")[0], "<"), f"{shown}")


def what_is_no_head_is_bounded_and_harmless():
    """A line that is too long is cut, and one that never ends fails as it does without -v."""
    for answer in (b"HTTP/1.1 200 OK\r\nX: " + 50_000 * b"a" + b"\r\nContent-Length: 0\r\n\r\n", b"\x1b[2J\xff nonsense\r\n\r\n",
                   b"HTTP/1.1 200 OK\r\nX: " + 2_000_000 * b"b"):
        server = Server({"/": answer})
        with Peer(server.talk) as peer:
            loud, quiet = fetch("-v", "-s", peer.url()), fetch("-s", peer.url())
            check(loud.status == quiet.status and loud.out == quiet.out, f"{loud}{quiet}")
            check(loud.lines[-len(quiet.lines):] == quiet.lines or not quiet.lines, f"{loud}{quiet}")
            check(max(map(len, loud.lines)) < 17_000, "a line should be cut")


def what_was_said_stays_where_it_ends_in_between():
    """A server that stops in its head, until the time is up, and one that goes away there."""
    for words, status in ((["-m", "1"], 28), ([], 56)):
        def talk(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Half: a\r\nX-")
            if words:
                connection.recv(1)  # until it gives up

        with Peer(talk) as peer:
            loud, quiet = fetch("-v", "-s", *words, peer.url()), fetch("-s", *words, peer.url())
            check(loud.status == quiet.status == status and len(quiet.lines) == 1, f"{loud}{quiet}")
            check(loud.lines[-3:-1] == ["< HTTP/1.1 200 OK", "< X-Half: a"] and not said(quiet), f"{loud}")
            check(peer.url() in loud.lines[-1], f"{loud}")


run_cases([
    heads_are_shown_as_curl_shows_them,
    each_head_on_a_connection_is_shown,
    of_many_it_is_said_whose_they_are,
    a_tunnel_is_shown_and_what_goes_through_it,
    what_is_no_head_is_bounded_and_harmless,
    what_was_said_stays_where_it_ends_in_between,
])
