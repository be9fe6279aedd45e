#!/usr/bin/env python3
"""What goes wrong ends fetch with a failure and one sentence, and nothing that is incomplete is passed off as whole."""

import os
import ssl
import time

from support import Certificates, Peer, check, check_failed, fetch, need, read_request, run_cases, scratch, socket

need("openssl")


def answering(*pieces):
    """A server that answers each request by these bytes and closes the connection."""
    def talk(connection):
        if read_request(connection):
            for piece in pieces:
                connection.sendall(piece)
    return Peer(talk)


def check_refused(peer, phase, cause, *arguments):
    """The failure of one URL: as a sentence, without a file left, and beside another URL that does well."""
    with peer, scratch() as folder:
        target = folder / "body"
        outcome = fetch(*arguments, peer.url(), "-o", target)
        check_failed(outcome, peer.url(), phase, cause)
        check(os.listdir(folder) == [], f"there is a file left: {os.listdir(folder)}")
        check(outcome.seconds < 30, f"that took long: {outcome}")
        check_failed(fetch(*arguments, peer.url()), peer.url(), phase, cause)


def a_refused_port_is_told():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets it
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        check_failed(fetch(url), url, "connecting", "Connection refused")


def an_unknown_host_is_told():
    check_failed(fetch("http://no-such-host.invalid/"), "http://no-such-host.invalid/", "looking up the name",
                 "no such host|failed")


def urls_that_are_none_of_ours_are_told():
    for url, cause in (("ftp://127.0.0.1/", "scheme is ftp"), ("gopher://h/", "scheme is gopher"),
                       ("http://[::1", "bracket"), ("http://", "no host"), ("http://a b/", "is invalid"),
                       ("http://h:99999/", "port"), ("http://%zz/", "is invalid")):
        check_failed(fetch(url), url, "is invalid|cannot be used", cause)
    check(fetch("").status == 3, "an empty URL is a failure")


def a_server_that_closes_at_once_is_told():
    check_refused(Peer(lambda connection: None), "reading the head|sending the request", "closed|reset")
    check_refused(answering(), "reading the head", "closed")


def a_server_that_closes_in_the_head_is_told():
    check_refused(answering(b"HTTP/1.1 200 OK\r\nContent-Le"), "reading the head", "closed")
    check_refused(answering(b"HTTP/1.1 2"), "reading the head", "closed")
    check_refused(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), "reading the head", "closed")


def a_server_that_closes_in_a_sized_body_is_told():
    check_refused(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789"), "reading the body", "9 of 10")
    check_refused(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), "reading the body", "closed")
    check_refused(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n", bytes(8_000_000)), "reading the body",
                  "8000000 of 9000000")


def a_server_that_closes_in_a_chunked_body_is_told():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for body in (b"", b"5\r\nab", b"5\r\nabcde", b"5\r\nabcde\r\n", b"5\r\nabcde\r\n0\r\n", b"5\r\nabcde\r\n0\r\nX: y\r\n"):
        check_refused(answering(head + body), "reading the body", "closed")
    check_refused(answering(head + b"zz\r\nabcde\r\n0\r\n\r\n"), "reading the body", "chunk")


def a_short_body_is_told_after_what_came_of_it():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345") as short, \
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend") as whole:
        outcome = fetch(short.url(), whole.url())
        check(outcome.status == 18 and len(outcome.lines) == 2, str(outcome))
        check(outcome.out == b"12345end", str(outcome.out))
        check(sum(line.startswith("200 3 bytes ") for line in outcome.lines) == 1, str(outcome))


def a_bad_status_line_is_told():
    for line in (b"HTTP/1.1 two hundred OK", b"HTTP/9.9 200 OK", b"HTTP/1.1 20 OK", b"ICY 200 OK", b"\0\1\2\3", b"<html>hello"):
        check_refused(answering(line + b"\r\nContent-Length: 2\r\n\r\nhi"), "reading the head", ".")
    for head in (b"Content-Length: 1\r\nContent-Length: 2", b"Content-Length: -1", b"Content-Length: 99999999999999999999",
                 b"Bad Name: x", b"Content-Length: 2\r\nTransfer-Encoding: chunked"):
        check_refused(answering(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\nhi"), "reading the (head|body)", ".")


def an_endless_header_is_told():
    def one_line(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            connection.sendall(b"a" * 10_000)

    def many_lines(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: y\r\n" * 1000)

    def many_heads(connection):
        read_request(connection)
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    check_refused(Peer(one_line), "reading the head", "65536 bytes")
    check_refused(Peer(many_lines), "reading the head", "100")
    check_refused(Peer(many_heads), "reading the head", "8")


def a_hang_ends_at_max_time():
    def silent(connection):
        connection.recv(1 << 20)
        connection.recv(1 << 20)  # until the client goes away

    def silent_in_the_head(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX:")
        silent(connection)

    def silent_in_the_body(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
        silent(connection)

    def dripping(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n")
        while True:
            connection.sendall(b"a")
            time.sleep(0.01)

    for talk, phase in ((silent, "reading the head"), (silent_in_the_head, "reading the head"),
                        (silent_in_the_body, "reading the body"), (dripping, "reading the body")):
        with Peer(talk) as peer:
            outcome = fetch("--max-time", "0.5", peer.url())
            check_failed(outcome, peer.url(), phase, "timed out after 500 ms")
            check(0.4 < outcome.seconds < 20, str(outcome))
    with Peer(silent) as peer:
        outcome = fetch("--max-time", "1", peer.url())
        check_failed(outcome, peer.url(), "reading the head", "timed out after 1 s")
    # Where nobody shakes hands.
    with Peer(silent) as peer:
        url = peer.url().replace("http:", "https:")
        for bound in ("--max-time", "--connect-timeout"):
            check_failed(fetch(bound, "0.5", url), url, "TLS handshake", "timed out after 500 ms")


def certificates_that_prove_nothing_are_told():
    with scratch() as folder:
        certificates = Certificates(folder)
        certificates.authority("stranger")
        for name, cause, made in (
                ("wrong-name", "other.test|name|localhost", {"names": "DNS:other.test"}),
                ("expired", "expired", {"dates": ("20200101000000Z", "20210101000000Z")}),
                ("early", "not (yet )?valid|valid from", {"dates": ("20900101000000Z", "21000101000000Z")}),
                ("unknown", "issuer|authority|not trusted|trust", {"authority": "stranger"}),
                ("self-signed", "self-signed|signed itself|trust", None)):
            if made is None:
                certificates.authority(name)
            else:
                certificates.issue(name, **made)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
            with Peer(lambda connection: read_request(connection) and
                      connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), context) as peer:
                url = peer.url(host="localhost")
                outcome = fetch("--cacert", certificates.ca, url)
                check_failed(outcome, url, "setting up TLS", cause)
                check_failed(fetch(url), url, "setting up TLS", ".")
                check(outcome.out == b"", str(outcome))
                insecure = fetch("-k", url)
                check(insecure.status == 0 and insecure.out == b"hi", str(insecure))


def what_is_no_tls_is_told():
    with Peer(lambda connection: connection.recv(1) and connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")) as peer:
        url = peer.url().replace("http:", "https:")
        check_failed(fetch(url), url, "setting up TLS", ".")
        check_failed(fetch("--cacert", "/nowhere.pem", url), url, "TLS", "/nowhere.pem")


def a_file_that_cannot_be_read_is_named():
    with Peer(lambda connection: read_request(connection)) as peer:
        for place in ("/nowhere", "/tmp"):
            for words in (["-F", f"a=@{place}"], ["-F", f"a=<{place}"], ["-T", place], ["--etag-compare", place], ["-b", place]):
                if place == "/nowhere" and words[0] in ("--etag-compare", "-b"):
                    continue  # it need not be there
                outcome = fetch(*words, peer.url("/x"))
                check(outcome.status == 26 and len(outcome.lines) == 1, f"{words}: {outcome}")
                said = outcome.lines[0]
                check(f" {place} failed: " in said and "saving" not in said, f"{words}: {said}")
                check("reading what is to be sent" in said or words[0] == "-b", f"{words}: {said}")
        for words in (["-d", "@/tmp"], ["-K", "/tmp"], ["-H", "@/tmp"], ["--json", "@/nowhere"], ["--netrc-file", "/tmp"]):
            outcome = fetch(*words, peer.url("/x"))
            check(outcome.status == 26 and words[1].lstrip("@") + " failed: " in outcome.lines[0], f"{words}: {outcome}")


def mistakes_in_the_command_line_are_told():
    for arguments in (["--no-such-option"], ["--max-time", "soon", "http://h/"], ["--output-dir", "/tmp", "http://h/"],
                      ["-O"], ["-H", "no colon", "http://h/"]):
        outcome = fetch(*arguments)
        check(outcome.status == 2 and outcome.lines and outcome.lines[0].startswith("fetch: "), str(outcome))
    for arguments, status, cause in ((["--resolve", "nonsense", "http://h/"], 49, "HOST:PORT:ADDRESS"),
                                     (["--url-file", "/nowhere"], 26, "/nowhere")):
        outcome = fetch(*arguments)
        check(outcome.status == status and len(outcome.lines) == 1 and cause in outcome.lines[0], str(outcome))


def main():
    run_cases([
        a_refused_port_is_told,
        an_unknown_host_is_told,
        urls_that_are_none_of_ours_are_told,
        a_server_that_closes_at_once_is_told,
        a_server_that_closes_in_the_head_is_told,
        a_server_that_closes_in_a_sized_body_is_told,
        a_server_that_closes_in_a_chunked_body_is_told,
        a_short_body_is_told_after_what_came_of_it,
        a_bad_status_line_is_told,
        an_endless_header_is_told,
        a_hang_ends_at_max_time,
        certificates_that_prove_nothing_are_told,
        what_is_no_tls_is_told,
        a_file_that_cannot_be_read_is_named,
        mistakes_in_the_command_line_are_told,
    ])


main()
