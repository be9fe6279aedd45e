#!/usr/bin/env python3
"""fetch against nginx, over http and https: what it gets is what curl gets, byte for byte."""

import contextlib
import random
import re

from support import (Certificates, check, check_failed, check_same_bytes, curl, fetch, listening_socket, need,
                     os, run_cases, scratch, server_process, which)

need("nginx", "curl", "openssl")

SIZES = [0, 1, 2, 100, 1023, 1024, 4095, 4096, 4097, 16383, 16384, 16385, 65535, 65536, 65537, 262143, 262144, 262145,
         1048575, 1048576, 1048577, 5_000_000]

CONFIGURATION = """
{user}
daemon off;
worker_processes 2;
pid {root}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 2048; }}
http {{
    log_format ours '$connection $connection_requests $status $request_uri';
    access_log {root}/access.log ours;
    default_type application/octet-stream;
    keepalive_requests 100000;
    client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
    uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
    server {{
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{https} ssl;
        ssl_certificate {certificate}.pem;
        ssl_certificate_key {certificate}.key;
        root {root}/files;
        location = /moved {{ return 301 /100; }}
        location = /moved-twice {{ return 302 /moved; }}
        location = /to-https {{ return 307 https://localhost:{https}/4097; }}
        location = /round {{ return 302 /round; }}
        location = /header {{ return 200 "<$http_x_test> <$http_user_agent> <$http_host>"; }}
    }}
}}
"""


class Site:
    http = https = files = ca = log = None


@contextlib.contextmanager
def nginx(root):
    """The site, whose files are named as their sizes, and 0.bin to 199.bin."""
    dice = random.Random(1)
    files = root / "files"
    files.mkdir()
    for size in SIZES:
        (files / str(size)).write_bytes(dice.randbytes(size))
    for number in range(200):
        (files / f"{number}.bin").write_bytes(dice.randbytes(dice.randrange(200_000)))
    certificates = Certificates(root)
    (plain, http), (secure, https) = listening_socket(), listening_socket()
    (root / "nginx.conf").write_text(CONFIGURATION.format(
        user="user root;" if os.geteuid() == 0 else "", root=root, http=http, https=https,
        certificate=certificates.issue("localhost")))
    # The sockets are handed down as they are to a new binary in an upgrade.
    inherited = {"NGINX": f"{plain.fileno()};{secure.fileno()};"}
    command = [which("nginx"), "-e", "stderr", "-p", str(root), "-c", str(root / "nginx.conf")]
    with server_process(command, http, [plain, secure], inherited):
        Site.http, Site.https = f"http://127.0.0.1:{http}", f"https://localhost:{https}"
        Site.files, Site.ca, Site.log = files, certificates.ca, root / "access.log"
        yield


def every_size_is_what_curl_gets():
    for origin, trust in ((Site.http, []), (Site.https, ["--cacert", Site.ca])):
        for size in SIZES:
            got = fetch(*trust, f"{origin}/{size}")
            check(got.status == 0, f"{size}: {got}")
            check(re.fullmatch(rf"200 {size} bytes? in \d+ ms {origin}/{size}", got.lines[0]), f"{got}")
            check_same_bytes(got.out, curl(*trust, f"{origin}/{size}"), f"{origin}/{size}")


def two_hundred_urls_at_once_come_to_files_as_with_curl():
    for origin, trust in ((Site.http, []), (Site.https, ["--cacert", Site.ca])):
        with scratch() as ours, scratch() as theirs:
            urls = [f"{origin}/{number}.bin" for number in range(200)]
            got = fetch("-Z", "--parallel-max", "200", *trust, "-O", "--output-dir", ours, *urls)
            check(got.status == 0 and len(got.lines) == 200, str(got))
            curl("-Z", "--parallel-max", "200", *trust, "--remote-name-all", "--output-dir", theirs, *urls)
            check(sorted(os.listdir(ours)) == sorted(f"{n}.bin" for n in range(200)), "there are other files")
            for name in os.listdir(theirs):
                check_same_bytes((ours / name).read_bytes(), (theirs / name).read_bytes(), name)


def bodies_come_to_standard_output_in_the_order_of_the_urls():
    numbers = list(range(200)) * 2
    random.Random(2).shuffle(numbers)
    wanted = b"".join((Site.files / f"{number}.bin").read_bytes() for number in numbers)
    for parallel in (1, 7, 64, 400):
        urls = "".join(f"{Site.http}/{number}.bin\n" for number in numbers).encode()
        got = fetch("--parallel-max", parallel, "-", stdin=urls)
        check(got.status == 0 and len(got.lines) == len(numbers), str(got))
        check_same_bytes(got.out, wanted, f"{parallel} at a time")


def one_connection_serves_all_urls_that_are_fetched_one_by_one():
    for origin, trust in ((Site.http, []), (Site.https, ["--cacert", Site.ca])):
        before = Site.log.read_text().count("\n")
        got = fetch("-s", "--parallel-max", 1, *trust, *[f"{origin}/{number}.bin" for number in range(50)])
        check(got.status == 0 and got.lines == [], str(got))
        logged = Site.log.read_text().splitlines()[before:]
        check(len({line.split()[0] for line in logged}) == 1, "there were other connections:\n" + "\n".join(logged))
        check([line.split()[1] for line in logged] == [str(n) for n in range(1, 51)], "\n".join(logged))


def redirects_are_told_and_followed_only_where_asked_for():
    got = fetch(f"{Site.http}/moved")
    check(got.status == 0 and got.lines[0].startswith("301 "), str(got))
    check("redirects to" in got.lines[0] and "-L follows" in got.lines[0], str(got))
    check_same_bytes(got.out, curl(f"{Site.http}/moved"), "the redirect itself")

    for path, size, times in (("moved", 100, "1 redirect,"), ("moved-twice", 100, "2 redirects,"), ("to-https", 4097, "1 redirect,")):
        got = fetch("-L", "--cacert", Site.ca, f"{Site.http}/{path}")
        check(got.status == 0 and got.lines[0].startswith(f"200 {size} ") and times in got.lines[0], str(got))
        check_same_bytes(got.out, curl("-L", "--cacert", Site.ca, f"{Site.http}/{path}"), path)

    check_failed(fetch("-L", f"{Site.http}/round"), f"{Site.http}/round", "reading the head", "more often than the limit, 50 times")
    check_failed(fetch("-L", "--max-redirs", 1, f"{Site.http}/moved-twice"), f"{Site.http}/moved", "", "more often than the limit, 1 time")
    check_failed(fetch("-L", "--max-redirs", 0, f"{Site.http}/moved"), f"{Site.http}/moved", "", "max-redirs 0")


def headers_and_addresses_are_those_of_the_command_line():
    port = Site.http.rsplit(":", 1)[1]
    arguments = ["-H", "X-Test: a b", "-H", "User-Agent: somebody", "--resolve", f"site.test:{port}:127.0.0.1",
                 f"http://site.test:{port}/header"]
    got = fetch(*arguments)
    check_same_bytes(got.out, curl(*arguments), f"{got}")
    check(got.out == f"<a b> <somebody> <site.test:{port}>".encode(), str(got))


def the_head_comes_before_the_body_where_asked_for():
    got = fetch("-i", f"{Site.http}/100")
    ours, theirs = (re.sub(rb"Date: .*\r\n", b"", out) for out in (got.out, curl("-i", f"{Site.http}/100")))
    check_same_bytes(ours, theirs, "head and body")


def a_url_without_a_scheme_is_http():
    got = fetch(Site.http.removeprefix("http://") + "/100")
    check_same_bytes(got.out, (Site.files / "100").read_bytes(), str(got))


def files_get_the_names_that_are_given_in_turn():
    with scratch() as folder:
        (folder / "urls").write_text(f"# two more\n\n{Site.http}/100\r\n  {Site.http}/1024  \n{Site.http}/missing")
        got = fetch("-o", "a", "-o", "b", "-O", "--output-dir", folder, f"{Site.http}/1", "--url-file", folder / "urls")
        check(got.status == 0 and len(got.lines) == 4 and got.out == b"", str(got))
        for name, size in (("a", 1), ("b", 100), ("1024", 1024)):
            check_same_bytes((folder / name).read_bytes(), (Site.files / str(size)).read_bytes(), name)
        check(sorted(os.listdir(folder)) == ["1024", "a", "b", "missing", "urls"], str(os.listdir(folder)))


def a_file_that_cannot_be_written_is_the_failure_of_its_url():
    url = f"{Site.http}/1048576"
    check_failed(fetch("-o", "/nowhere/x", url), url, "saving the body", "open /nowhere/x.part failed: No such file")
    check_failed(fetch("-o", "/dev/full", url), url, "saving the body", "No space left on device")
    with scratch() as folder:
        got = fetch("-O", "--output-dir", folder, f"{Site.http}/100", f"{Site.http}/100")
        check(got.status == 23 and any("another URL is written to" in line for line in got.lines), str(got))


def main():
    with scratch() as root, nginx(root):
        run_cases([
            every_size_is_what_curl_gets,
            two_hundred_urls_at_once_come_to_files_as_with_curl,
            bodies_come_to_standard_output_in_the_order_of_the_urls,
            one_connection_serves_all_urls_that_are_fetched_one_by_one,
            redirects_are_told_and_followed_only_where_asked_for,
            headers_and_addresses_are_those_of_the_command_line,
            the_head_comes_before_the_body_where_asked_for,
            a_url_without_a_scheme_is_http,
            files_get_the_names_that_are_given_in_turn,
            a_file_that_cannot_be_written_is_the_failure_of_its_url,
        ])


main()
