#!/usr/bin/env python3
"""Where fetch connects to, beside curl: both are given the same words, and must get there, or end with the same status."""

import contextlib
import os
import socket
import ssl

from support import Certificates, Peer, check, fetch, need, read_request, run, run_cases, scratch

need("curl")
# What the environment says of proxies is no matter of this script.
CLEAN = {name: "" for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")}


def curl_status(*arguments, **options):
    return run("curl", "--silent", "--show-error", *map(str, arguments), **options)


def tell_host(connection):
    """Answers with the request's Host and the address that it comes from."""
    while request := read_request(connection):
        host = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"host:"))
        peer = connection.getpeername()
        body = host[5:].strip() + b" from " + (peer[0].encode() if peer else b"a file")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


class Peer6(Peer):
    """At ::1."""

    def __init__(self, talk):
        super().__init__(talk)
        self.listener.close()
        self.listener = socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=64)
        self.port = self.listener.getsockname()[1]


class UnixPeer(Peer):
    """At a path."""

    def __init__(self, talk, path, tls=None):
        super().__init__(talk, tls)
        self.listener.close()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)


def check_alike(words, status=None):
    ours, curls = fetch("-s", *words, env=CLEAN), curl_status(*words, env=CLEAN)
    check(ours.status == curls.status and ours.out == curls.out, f"{words}: {ours} {ours.out} and curl {curls} {curls.out}")
    check(status is None or ours.status == status, f"{words}: {ours}")
    return ours.out


def names_have_the_addresses_that_are_given_for_them():
    with Peer(tell_host) as peer:
        here, other = f"{peer.port}:127.0.0.1", f"{peer.port}:127.0.0.2"
        for entries, status in (([f"a.test:{here}"], 0), ([f"*:{here}"], 0), ([f"+a.test:{here}"], 0), ([f"+*:{here}"], 0),
                                ([f"*:{other}", f"a.test:{here}"], 0), ([f"a.test:{here}", f"*:{other}"], 0),
                                ([f"a.test:{here}", f"*:{here}", f"-A.test:{peer.port}"], 0),
                                ([f"a.test:{here}", f"-A.test:{peer.port}"], 6), ([f"-a.test:{peer.port}", f"A.test:{here}"], 0),
                                ([f"*:{here}", f"-*:{peer.port}"], 6), (["*:1:127.0.0.1"], 6), (["-a.test"], 6),
                                (["nonsense"], 49), ([f"a.test:{peer.port}"], 49),
                                ([f"a.test:{peer.port}:x"], 49)):
            words = [word for entry in entries for word in ("--resolve", entry)]
            check_alike([*words, peer.url("/", "a.test")], status)
        for entry in ("", "+"):  # which a newer curl passes over
            outcome = fetch("-s", "--resolve", entry, peer.url("/", "a.test"), env=CLEAN)
            check(outcome.status == 49, str(outcome))


def has_ipv6():
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


def another_host_and_port_is_connected_to():
    with Peer(tell_host) as peer:
        at = f"127.0.0.1:{peer.port}"
        for route in (f"h.test:80:{at}", f"::{at}", f"H.TEST::{at}", f":80:{at}"):
            out = check_alike(["--connect-to", route, "http://h.test/"], 0)
            check(out == b"h.test from 127.0.0.1", str(out))
        # Where a part is empty it is the URL's.
        check_alike(["--connect-to", f"h.test:80::{peer.port}", "--resolve", f"h.test:{peer.port}:127.0.0.1", "http://h.test/"], 0)
        check_alike(["--connect-to", f"h.test:{peer.port}:127.0.0.1:", f"http://h.test:{peer.port}/"], 0)
        check_alike(["--connect-to", f"h.test:{peer.port}:127.0.0.1", f"http://h.test:{peer.port}/"], 0)
        # The first that matches goes, and what does not match does nothing.
        check_alike(["--connect-to", f"g.test:80:127.0.0.1:1", "--connect-to", f"h.test:80:{at}", "http://h.test/"], 0)
        check_alike(["--connect-to", f"h.test:80:127.0.0.1:1", "--connect-to", f"h.test:80:{at}", "http://h.test/"], 7)
        check_alike(["--connect-to", f"h.test:81:{at}", "http://h.test/"], 6)
        if has_ipv6():
            with Peer6(tell_host) as peer6:
                check_alike(["--connect-to", f"h.test:80:[::1]:{peer6.port}", "http://h.test/"], 0)
                check_alike(["--connect-to", f"[::2]:80:[::1]:{peer6.port}", "http://[::2]/"], 0)


def what_is_connected_to_instead_shows_the_certificate_of_the_url_s_host():
    with scratch() as folder:
        certificates = Certificates(folder)
        server = certificates.issue("h.test", names="DNS:h.test")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(f"{server}.pem", f"{server}.key")
        with Peer(tell_host, tls) as peer:
            for host, status in (("h.test", 0), ("g.test", 60)):
                check_alike(["--cacert", certificates.ca, "--connect-to", f"{host}:443:127.0.0.1:{peer.port}", f"https://{host}/"],
                            status)


def a_route_that_is_none_or_that_a_proxy_would_have_to_take_is_refused():
    for words in (["--connect-to", "h.test"], ["--connect-to", "h.test:80"], ["--connect-to", "h.test:x:a:1"],
                  ["--connect-to", "h.test:80:a:99999"], ["--connect-to", "[::1:80:a:1"], ["--connect-to", "a:1:b:2:c"]):
        outcome = fetch(*words, "http://h.test/", env=CLEAN)
        check(outcome.status == 2 and words[1] in outcome.lines[0], f"{words}: {outcome}")
    outcome = fetch("-x", "http://127.0.0.1:1", "--connect-to", "::127.0.0.1:1", "http://h.test/", env=CLEAN)
    check(outcome.status != 0 and len(outcome.lines) == 1 and "--connect-to" in outcome.lines[0], str(outcome))


def one_family_of_addresses_is_used_alone():
    with Peer(tell_host) as peer:
        literal, named = peer.url(), peer.url(host="h.test")
        resolve = ["--resolve", f"h.test:{peer.port}:127.0.0.1"]
        for words, status in ((["-4", literal], 0), (["-6", literal], 7), (["-6", "-4", literal], 0), (["-4", "-6", literal], 7),
                              (["--ipv4", literal], 0), (["--ipv6", literal], 7),
                              ([*resolve, "-4", named], 0), ([*resolve, "-6", named], 6),
                              (["-6", "--connect-to", f"::127.0.0.1:{peer.port}", "http://h.test/"], 7)):
            check_alike(words, status)
        both = ["--resolve", f"h.test:{peer.port}:[::1],127.0.0.1"]
        check(check_alike([*both, "-4", named], 0).endswith(b"127.0.0.1"), "another address")
    if has_ipv6():
        with Peer6(tell_host) as peer:
            literal, named = peer.url(host="[::1]"), peer.url(host="h.test")
            both = ["--resolve", f"h.test:{peer.port}:127.0.0.1,[::1]"]
            for words, status in ((["-6", literal], 0), (["-4", literal], 7), ([*both, "-6", named], 0), ([*both, "-4", named], 7)):
                check_alike(words, status)


def a_unix_socket_is_connected_to():
    with scratch() as folder, UnixPeer(tell_host, folder / "socket"):
        out = check_alike(["--unix-socket", folder / "socket", "http://h.test/"], 0)
        check(out == b"h.test from a file", str(out))
        # A socket has no family; curl looks for an address of IPv4, and fails.
        outcome = fetch("-s", "--unix-socket", folder / "socket", "-4", "http://h.test:81/", env=CLEAN)
        check(outcome.status == 0 and outcome.out == b"h.test:81 from a file", str(outcome))
        check_alike(["--unix-socket", folder / "nowhere", "http://h.test/"], 7)
        certificates = Certificates(folder)
        server = certificates.issue("h.test", names="DNS:h.test")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(f"{server}.pem", f"{server}.key")
        with UnixPeer(tell_host, folder / "secure", tls):
            check_alike(["--unix-socket", folder / "secure", "--cacert", certificates.ca, "https://h.test/"], 0)


def an_address_or_an_interface_of_one_s_own_is_connected_from():
    with Peer(tell_host) as peer:
        out = check_alike(["--interface", "127.0.0.3", peer.url()], 0)
        check(out.endswith(b"from 127.0.0.3"), str(out))
        check_alike(["--interface", "lo", peer.url()], 0)


def a_file_of_what_failed_is_removed_as_it_always_is():
    def talk(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
    with Peer(talk) as peer:
        for words in (["--remove-on-error"], []):
            with scratch() as folder:
                outcome = fetch("-s", *words, "-o", folder / "file", peer.url())
                check(outcome.status == 18 and os.listdir(folder) == [], f"{outcome} {os.listdir(folder)}")
        with scratch() as folder:
            curls = curl_status("--remove-on-error", "-o", folder / "file", peer.url())
            check(curls.status == 18 and os.listdir(folder) == [], f"curl {curls} {os.listdir(folder)}")


run_cases([
    names_have_the_addresses_that_are_given_for_them,
    another_host_and_port_is_connected_to,
    what_is_connected_to_instead_shows_the_certificate_of_the_url_s_host,
    a_route_that_is_none_or_that_a_proxy_would_have_to_take_is_refused,
    one_family_of_addresses_is_used_alone,
    a_unix_socket_is_connected_to,
    an_address_or_an_interface_of_one_s_own_is_connected_from,
    a_file_of_what_failed_is_removed_as_it_always_is,
])
