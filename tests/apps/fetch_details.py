#!/usr/bin/env python3
"""What fetch makes of curl's options that are about a detail: the request line, uploads of several files, schemes, heads
that come on the way, what --write-out tells, ciphers. Both are given the same words and must send, and bring, the same."""

import json
import os
import re
import shutil
import socket
import ssl
import threading

from support import Certificates, Peer, app, check, curl_is_newer, fetch, need, of_older_curl, read_request, run, run_cases, scratch

app("fetch")
need("curl")

OWN_HEADERS = (b"user-agent", b"accept-encoding", b"connection", b"proxy-connection", b"expect", b"content-length")


def curl(*arguments, **options):
    # The servers here say no "100 Continue", for which it would wait a second.
    return run("curl", "--silent", "--show-error", "--max-time", "30", "--expect100-timeout", "0.01", *map(str, arguments), **options)


def echo(connection):
    """Answers with the request, sorted, without what differs between any two clients; /redirect/STATUS/WHERE leads on."""
    while head := read_request(connection):
        head, _, body = head.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        while len(body) < int(length[1] if length else 0):
            body += connection.recv(65536)
        line, *fields = re.sub(rb"%[0-9a-f]{2}", lambda found: found[0].upper(), head).split(b"\r\n")
        if found := re.match(rb"\S+ /redirect/(\d+)/(\S+)", line):
            connection.sendall(b"HTTP/1.1 %s Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % found.groups())
            continue
        fields = sorted(re.sub(rb"boundary=.*", b"boundary=B", name.lower() + b":" + value)
                        for name, _, value in (field.partition(b":") for field in fields) if name.lower() not in OWN_HEADERS)
        body = re.sub(rb"--+[0-9A-Za-z]+", b"--B", body)
        body = re.sub(rb"Content-\w+:", lambda found: found[0].lower(), body)  # of the parts of a form
        page = b"\n".join([line, *fields, body, b""])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))


def check_same(words, **options):
    ours, curls = fetch("-s", *words, **options), curl(*words, **options)
    check(ours.status == curls.status and ours.out == curls.out, f"{words}: {ours} {ours.out} and curl {curls} {curls.out}")
    return ours


def each_request_is_what_curl_sends():
    with scratch() as folder, Peer(echo) as peer, Peer(echo) as other:
        for name in ("a", "b", "1.txt", "2.txt", "x{1}"):
            (folder / name).write_text(f"this is {name}")
        there, url = peer.url().rstrip("/"), other.url("/to")
        for words in (["-T", "{a,b}", f"{there}/d/"], ["-T", "[1-2].txt", f"{there}/d/{{x,y}}/"], ["-gT", "x{1}", f"{there}/d/"],
                      ["-T", "{a,b}", "-T", "1.txt", f"{there}/x", f"{there}/d/"], ["-T", "{a,b", there],
                      ["--path-as-is", f"{there}/a/../b/./c?d=../e#f"], ["--path-as-is", there],
                      *of_older_curl(["--path-as-is", f"{there}/%2e%2E/x", "--url-query", "a=b"]),
                      ["--request-target", "*", "-X", "OPTIONS", there], ["--request-target", "/a/../b", f"{there}/c?d"],
                      ["--request-target", "*", "-L", f"{there}/x"],
                      ["-F", "a=@-", there], ["-F", "a=@-;filename=b.html", there], ["-F", "a=@-;type=a/b", there],
                      ["-F", "a=<-", there], ["-L", "--proto-redir", "=http", f"{there}/redirect/302/{url}"],
                      ["-L", "--proto-redir", "=https", f"{there}/redirect/302/{url}"],
                      ["--proto", "=https", there], ["--proto", "=https,http", there], ["--proto", "-all,https", there],
                      ["--proto", "-http", there], ["--proto", "-all,+HTTP", there], ["--proto", "=ftp", there],
                      ["--proto", "-https", there], ["--proto", "=nonsense,http", there],
                      ["--proto-default", "http", there.removeprefix("http://")],
                      ["--proto-default", "nonsense", there.removeprefix("http://")],
                      ["-u", "me:1", "-L", f"{there}/redirect/302/{url}"],
                      ["-u", "me:1", "-H", "Cookie: a=1", "--location-trusted", f"{there}/redirect/302/{url}"],
                      ["-b", "a=1", "--location-trusted", f"{there}/redirect/302/{url}"],
                      ["-H", "Authorization: x", "--location-trusted", f"{there}/redirect/302/{url}"],
                      ["-qN#", "--basic", "--tcp-nodelay", "--no-keepalive", "--no-styled-output", there],
                      ["--no-tcp-nodelay", "--keepalive-time", "5", "--happy-eyeballs-timeout-ms", "10", there]):
            check_same(words, stdin=b"of standard input", cwd=folder)
        for status in (301, 302, 303):
            for keeps in ([], [f"--post{status}"], ["--post301", "--post302", "--post303"]):
                for body in (["-d", "a=1"], ["-T", "a"], ["-X", "POST", "-d", "a=1"], ["-X", "PATCH"], ["-F", "a=1"]):
                    check_same(["-L", *keeps, *body, f"{there}/redirect/{status}/{url}"], cwd=folder)


def a_target_goes_behind_the_origin_where_a_proxy_forwards_it():
    with Peer(echo) as peer:
        ours, curls = (tool("-s", "--noproxy", "", "-x", peer.url(), "--path-as-is", "http://h.test/a/../b") for tool in (fetch, curl))
        check(ours.out == curls.out and ours.out.startswith(b"GET http://h.test/a/../b "), f"{ours.out} and curl {curls.out}")


def a_socket_may_have_its_name_in_the_abstract_namespace():
    name = f"corduroy-{os.getpid()}"
    with Peer(echo) as peer, socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)
        listener.listen()

        def accept():
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    peer.talk(connection)
        threading.Thread(target=accept, daemon=True).start()
        check_same(["--abstract-unix-socket", name, "http://h.test/x"])


def a_file_that_cannot_be_read_ends_with_26():
    for words in (["-d", "@/nowhere"], ["--json", "@/nowhere"], ["--data-binary", "@/nowhere"], ["-H", "@/nowhere"],
                  ["-F", "a=@/nowhere"], ["-F", "a=</nowhere"], ["--data-urlencode", "a@/nowhere"], ["-T", "/nowhere"], ["-K", "/nowhere"]):
        outcome = fetch(*words, "http://127.0.0.1:1/")
        check(outcome.status == 26 and "/nowhere" in outcome.lines[0], f"{words}: {outcome}")
    for words in (["-F", "a=@/nowhere"], ["-F", "a=</nowhere"], ["-T", "/nowhere"], ["-K", "/nowhere"]):  # curl 8 has all of them
        check(curl(*words, "http://127.0.0.1:1/").status == 26, f"{words}: curl ends otherwise")


def on_the_way(connection):
    """Interim answers, a redirect, trailers."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    while head := read_request(connection):
        if b" /redirect" in head:
            connection.sendall(early + b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nno")
        elif b" /plain" in head:
            connection.sendall(b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc")
        elif b" /failure" in head:
            connection.sendall(early + b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc")
        elif head.startswith(b"HEAD"):
            connection.sendall(early + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" + early + b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                               b"3\r\nabc\r\n0\r\nX-Trailer: 1\r\nOther: 2\r\n\r\n")


def all_heads_are_written_that_come_on_the_way():
    with Peer(on_the_way) as peer:
        for path in ("/x", "/redirect", "/plain", "/failure"):
            for words in (["-i"], ["-I"], ["-iL"], ["-IL"], ["-D", "OUT/heads"], ["-LD", "OUT/heads"], ["-LD", "-", "-o", "OUT/body"],
                          ["-D", "-"], ["-if"], ["-iLo", "OUT/body"], ["-iLo", "OUT/body", "-D", "OUT/heads"],
                          ["-Lw", "%{size_header} %{num_redirects}"], ["-iLw", "%{size_header}"]):
                came = []
                for tool in (fetch, curl):
                    with scratch() as folder:
                        given = [word.replace("OUT", str(folder)) for word in words]
                        outcome = tool("-s", *given, peer.url(path))
                        files = {file.name: file.read_bytes() for file in folder.iterdir()}
                        came.append((outcome.status, outcome.out, files))
                check(came[0] == came[1], f"{words} {path}: {came[0]} and curl {came[1]}")


def each_connection_is_told_by_write_out():
    with Peer(echo) as peer:
        words = ["-w", "%{remote_ip} %{remote_port} %{local_ip} %{num_connects} %{ssl_verify_result} %{time_redirect}\\n"]
        check_same([*words, peer.url()])
        if not curl_is_newer():  # to which a port that is not known is -1
            check_same([*words, "http://127.0.0.1:1/"])
        ours = fetch("-s", "-L", "-w", "%{local_port} %{num_connects} %{time_redirect}", "-o", "/dev/null",
                     peer.url(f"/redirect/302/{peer.url()}"))
        port, connects, passed = ours.out.split()
        check(int(port) > 0 and int(connects) == 1 and 0 < float(passed) < 30, str(ours.out))


def write_out_tells_all_as_json():
    with Peer(echo) as peer:
        for words in ([peer.url("/a?b")], ["-o", "/dev/null", peer.url()], ["-d", "a=1", "-e", "http://r/", peer.url()],
                      ["-L", peer.url(f"/redirect/302/{peer.url()}")], [peer.url(f"/redirect/302/{peer.url()}")],
                      *of_older_curl(["http://127.0.0.1:1/"])):
            ours, curls = (json.loads(tool("-sw", "\n%{json}", *words).out.splitlines()[-1]) for tool in (fetch, curl))
            same = {name for name in ours if not re.match("time_|speed_|local_port|errormsg|num_retries", name)}
            if curl_is_newer():
                curls["scheme"] = curls["scheme"].upper()
            told = [{name: told.get(name) for name in same} for told in (ours, curls)]
            check(told[0] == told[1], f"{words}: {told[0]} and curl {told[1]}")
            check(all(isinstance(ours[name], (int, float)) for name in ours if name.startswith("time_")), str(ours))
            check((ours["errormsg"] is None) == (curls["errormsg"] is None), str(ours))
            others = set(curls) - set(ours) - {"certs", "num_certs", "curl_version", "ftp_entry_path", "size_request"}
            check(curl_is_newer() or not others, str(others))


def a_login_is_a_digest_where_that_is_asked_for():
    def talk(connection):
        while head := read_request(connection):
            found = re.search(rb"(?i)authorization: (\w+) username=\"(\w+)\"", head)
            if found:
                page = b" ".join(found.groups())
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
            else:
                connection.sendall(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n')
    if fetch("--checksum", 64 * "0", "http://127.0.0.1:1/").status == 2:
        return print("not run, for this build has no hashes")
    with Peer(talk) as peer:
        check(check_same(["--digest", "-u", "me:secret", peer.url()]).out == b"Digest me", "it is another login")


def tls_is_what_its_options_make_of_it():
    def talk(connection):
        while read_request(connection):
            page = f"{connection.version()} {connection.cipher()[0]} {connection.selected_alpn_protocol()}".encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
    with scratch() as folder:
        certificates = Certificates(folder)
        server = certificates.issue("localhost")
        directory = folder / "roots"
        directory.mkdir()
        shutil.copy(certificates.ca, directory / "ca.pem")
        certificates.openssl("rehash", directory)
        certificates.openssl("ca", "-config", "localhost.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-gencrl", "-crldays", "30", "-out", "none.crl")
        certificates.openssl("ca", "-config", "localhost.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-revoke", "localhost.pem")
        certificates.openssl("ca", "-config", "localhost.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-gencrl", "-crldays", "30", "-out", "revoked.crl")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(f"{server}.pem", f"{server}.key")
        tls.set_alpn_protocols(["http/1.1"])
        trust = ["--cacert", certificates.ca]
        with Peer(talk, tls) as peer:
            if "no TLS" in fetch(peer.url(host="localhost")).lines[0]:
                return print("not run, for this build has no TLS")
            for words in ([], ["--capath", directory], ["--capath", "/nowhere"], [*trust, "--crlfile", "none.crl"],
                          [*trust, "--crlfile", "revoked.crl"], [*trust, "--crlfile", "nowhere"], [*trust, "--tls-max", "1.2"],
                          [*trust, "--tls-max", "1.3"], [*trust, "--tls-max", "default"], [*trust, "--tls-max", "1.2", "--tlsv1.3"],
                          [*trust, "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256", "--tls-max", "1.2"], [*trust, "--ciphers", "nonsense"],
                          [*trust, "--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256"], [*trust, "--tls13-ciphers", "nonsense"],
                          [*trust, "--curves", "X25519"], [*trust, "--curves", "nonsense"], [*trust, "--no-alpn"],
                          ["--cacert", "nowhere"], ["--cacert", "ca.key"], [*trust, "--cert", "nowhere"], [*trust, "--cert", "ca.pem", "--key", "nowhere"],
                          [*trust, "--pinnedpubkey", "sha256//" + 43 * "A" + "="], ["-k", "--ciphers", "nonsense"], [*trust, "--http1.1"]):
                check_same(["--http1.1", *words, peer.url(host="localhost")], cwd=folder)
            refused = fetch("--tls-max", "1.1", *trust, peer.url(host="localhost"))
            check(refused.status == 2 and "1.1" in refused.lines[0], str(refused))

            tls.verify_mode = ssl.CERT_REQUIRED
            tls.load_verify_locations(certificates.ca)
            check_same([*trust, "--tls-max", "1.2", peer.url(host="localhost")], cwd=folder)
            for tool in (fetch, curl):  # the alert comes behind the handshake, with the request on its way or gone
                refused = tool(*trust, "--tlsv1.3", peer.url(host="localhost"), cwd=folder)
                check(refused.status in (55, 56), str(refused))


if __name__ == "__main__":
    run_cases([
        each_request_is_what_curl_sends,
        a_target_goes_behind_the_origin_where_a_proxy_forwards_it,
        a_socket_may_have_its_name_in_the_abstract_namespace,
        a_file_that_cannot_be_read_ends_with_26,
        all_heads_are_written_that_come_on_the_way,
        each_connection_is_told_by_write_out,
        write_out_tells_all_as_json,
        a_login_is_a_digest_where_that_is_asked_for,
        tls_is_what_its_options_make_of_it,
    ])
