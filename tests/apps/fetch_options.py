#!/usr/bin/env python3
"""fetch's options beside curl's: both are given the same words, and must bring the same bytes and the same status."""

import json
import os
import re
import ssl
import subprocess
import time
from email.utils import formatdate
from xml.etree import ElementTree

import socks4
from option_rows import ANSWERS, OLDER_CURL_ONLY, REQUESTS
from support import (Certificates, Peer, app, check, check_same_bytes, curl_is_newer, fetch, listening_socket, need, proxies, read_request,
                     run, run_cases, scratch, server_process, skip, socket, that_holds)

app("fetch")
need("gunicorn", "curl")
if subprocess.run(["gunicorn", "--check-config", "httpbin:app"], capture_output=True).returncode != 0:
    skip("gunicorn finds no httpbin")

ORIGIN = None
FOLDER = None
PROXIES = None
SOCKS4 = None
# What differs between any two clients, and from one run to the next.
OWN_HEADERS = ("User-Agent", "Content-Length", "Accept-Encoding", "Connection", "Expect")


def curl_status(*arguments, **options):
    return run("curl", "--silent", "--show-error", *map(str, arguments), **options)


def placed(words):
    """The words of a row, with what only a run knows."""
    known = {"ORIGIN": ORIGIN, "FOLDER": str(FOLDER), "AT_V4": SOCKS4.url("").partition("://")[2]}
    if PROXIES.http:
        known |= {"BY_HTTP": PROXIES.http, "AT_HTTP": PROXIES.http.partition("@")[2]}
    if PROXIES.socks:
        known |= {"BY_SOCKS": PROXIES.socks, "AT_SOCKS": PROXIES.socks.partition("@")[2]}
    for name, value in known.items():
        words = [word.replace(name, value) for word in words]
    return words


def seen_by_server(body):
    """What httpbin's /anything says of a request, without what differs between any two clients."""
    page = json.loads(body)
    headers = {name: value for name, value in page["headers"].items() if name not in OWN_HEADERS}
    if headers.get("Content-Type", "").startswith("multipart/form-data"):
        headers["Content-Type"] = "multipart/form-data"
        page.pop("data")
    return {**page, "headers": headers, "origin": None}


def check_rows(rows, check_row):
    """Checks them all, and tells of each that is wrong."""
    wrong = []
    for name, words in rows.items():
        if name in OLDER_CURL_ONLY and curl_is_newer():
            continue
        missing = [tool for tool, mark, there in (("tinyproxy", "_HTTP", PROXIES.http), ("microsocks", "_SOCKS", PROXIES.socks))
                   if not there and any(mark in word for word in words)]
        if missing:
            print(f"not run, for there is no {missing[0]}: {name}")
            continue
        try:
            check_row(name, words)
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    check(not wrong, "\n".join(wrong))


def each_request_is_what_curl_sends():
    def check_row(name, words):
        words = [word.replace("HOST", ORIGIN.removeprefix("http://")) for word in placed(words)]
        words = [word.replace("PORT", ORIGIN.rpartition(":")[2]) for word in words]
        ours, curls = (tool("-s", *words, env={"HOME": str(FOLDER)}) for tool in (fetch, curl_status))
        check(ours.status == curls.status == 0, f"{ours} and curl {curls}")
        ours, curls = seen_by_server(ours.out), seen_by_server(curls.out)
        check(ours == curls, f"{json.dumps(ours)} and curl {json.dumps(curls)}")
    check_rows(REQUESTS, check_row)


def no_user_agent_is_sent_where_it_is_empty():
    def talk(connection):
        while request := read_request(connection):
            agents = b" ".join(re.findall(rb"(?i)\r\nuser-agent: *([^\r]*)", request)) or b"none"
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(agents), agents))
    with Peer(talk) as peer, scratch() as folder:
        (folder / "config").write_text('user-agent = ""\n')
        for words in (["-A", ""], ["-K", folder / "config"], ["-A", "", "-A", "me"], ["-A", "me", "-H", "User-Agent:"]):
            ours, curls = fetch("-s", *words, peer.url()), curl_status(*words, peer.url())
            check(ours.status == 0 and ours.out == curls.out, f"{words}: {ours.out} and curl {curls.out}")


def proxies_of_the_environment_are_used_as_curl_uses_them():
    asked = []

    def talk(connection):
        while request := read_request(connection):
            asked.append(request.split(b"\r\n")[0])
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    clean = {name: "" for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")}
    with Peer(talk) as peer:
        proxy = peer.url().rstrip("/")
        for words, env in (([], {"http_proxy": proxy}), ([], {"ALL_PROXY": proxy}), ([], {"http_proxy": proxy, "no_proxy": "a.test"}),
                           (["--noproxy", ""], {"http_proxy": proxy, "no_proxy": "*"}),
                           (["-x", proxy], {"http_proxy": "http://127.0.0.1:1"}),
                           (["-x", proxy], {"no_proxy": "h.test"}), (["-x", ""], {"http_proxy": proxy}),
                           ([], {"HTTP_PROXY": proxy})):
            outcomes, lines = [], []
            for tool in (fetch, curl_status):
                asked.clear()
                # Where it goes by no proxy, it goes nowhere.
                outcomes.append(tool("-s", *words, "--resolve", "h.test:80:127.0.0.9", "http://h.test/x", env={**clean, **env}))
                lines.append(list(asked))
            ours, curls = outcomes
            check(lines[0] == lines[1], f"{words} {env}: {lines[0]} and curl {lines[1]}")
            check(ours.status == curls.status and ours.out == curls.out, f"{words} {env}: {ours} and curl {curls}")


def a_certificate_of_one_s_own_is_shown_and_a_key_is_pinned():
    def talk(connection):
        while read_request(connection):
            name = dict(pair[0] for pair in connection.getpeercert()["subject"])["commonName"].encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name))
    with scratch() as folder:
        certificates = Certificates(folder)
        server, client = certificates.issue("localhost"), certificates.issue("client")
        both = folder / "both:1.pem"
        both.write_text((folder / "client.pem").read_text() + (folder / "client.key").read_text())
        certificates.openssl("pkey", "-in", "client.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key")
        pin = "sha256//" + subprocess.run(
            "openssl x509 -in localhost.pem -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | "
            "openssl enc -base64", shell=True, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
        other = "sha256//" + 43 * "A" + "="
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificates.ca)
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_cert_chain(f"{server}.pem", f"{server}.key")
        own = ["--cert", f"{client}.pem", "--key", f"{client}.key"]
        with Peer(talk, tls) as peer:
            for words in (own, ["-E", str(both).replace(":", "\\:")], ["--cert", f"{client}.pem:secret", "--key", "locked.key"],
                          ["--cert", f"{client}.pem", "--key", "locked.key", "--pass", "secret"],
                          ["--cert", f"{client}.pem", "--key", "locked.key", "--pass", "wrong"],
                          ["--cert", "nowhere.pem"], ["--cert", f"{server}.pem", "--key", f"{client}.key"],
                          [*own, "--pinnedpubkey", pin], [*own, "--pinnedpubkey", f"{other};{pin}"],
                          [*own, "--pinnedpubkey", other], [*own, "-k", "--pinnedpubkey", other],
                          [*own, "--tlsv1.2"], [*own, "--tlsv1.3"]):
                trust = [] if "-k" in words else ["--cacert", certificates.ca]
                ours, curls = (tool("-s", *words, *trust, peer.url(host="localhost"), cwd=folder) for tool in (fetch, curl_status))
                check(ours.status == curls.status and ours.out == curls.out, f"{words}: {ours} and curl {curls}")
            ours, curls = (tool("-s", "--cacert", "nowhere.pem", peer.url(), cwd=folder) for tool in (fetch, curl_status))
            check(ours.status == curls.status == 77, f"{ours} and curl {curls}")


def an_https_proxy_is_verified_by_its_own_options():
    def talk(connection):
        while request := read_request(connection):
            line = request.split(b"\r\n")[0]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(line), line))
    with scratch() as folder:
        certificates = Certificates(folder)
        server, client = certificates.issue("localhost"), certificates.issue("client")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificates.ca)
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_cert_chain(f"{server}.pem", f"{server}.key")
        own = ["--proxy-cert", f"{client}.pem", "--proxy-key", f"{client}.key"]
        other = "sha256//" + 43 * "A" + "="
        with Peer(talk, tls) as peer:
            for words in ([*own, "--proxy-cacert", certificates.ca], [*own, "--proxy-insecure"], [*own, "--cacert", certificates.ca],
                          [*own, "-k"],
                          [*own, "--proxy-insecure", "--pinnedpubkey", other]):
                words = ["-s", "--noproxy", "", "-x", peer.url(host="localhost"), *words, "http://h.test/x"]
                ours, curls = fetch(*words), curl_status(*words)
                check(ours.status == curls.status and ours.out == curls.out, f"{words}: {ours} and curl {curls}")
            # curl 7.88 has the option, and takes any key.
            pinned = fetch("-s", "--noproxy", "", "-x", peer.url(host="localhost"), *own, "--proxy-cacert", certificates.ca,
                           "--proxy-pinnedpubkey", other, "http://h.test/x")
            check(pinned.status == 90, str(pinned))


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


def a_login_of_a_file_goes_to_its_host_alone():
    asked = []

    def talk(connection):
        while request := read_request(connection):
            asked.append(re.findall(rb"(?i)\r\nauthorization: ([^\r]*)", request))
            connection.sendall(b"HTTP/1.1 302 On\r\nLocation: http://b.test:%d/\r\nContent-Length: 0\r\n\r\n" % peer.port
                               if len(asked) == 1 else b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    with Peer(talk) as peer, scratch() as folder:
        (folder / "netrc").write_text("machine a.test login me password secret")
        outcome = fetch("-s", "-L", "--noproxy", "*", "--netrc-file", folder / "netrc", "--resolve",
                        f"a.test:{peer.port}:127.0.0.1", "--resolve", f"b.test:{peer.port}:127.0.0.1", f"http://other:1@a.test:{peer.port}/")
        check(outcome.status == 0 and asked == [[b"Basic bWU6c2VjcmV0"], []], f"{asked} {outcome}")


def a_file_of_logins_that_is_none_is_refused_in_one_sentence():
    with scratch() as folder:
        for text, cause in (("machine h\nlogin", "line 2: 'login'"), ("machine h login \"me", "line 1"), ("# a\n\nlogin me", "line 3"),
                            ("machine h password one two", "line 1")):
            (folder / "netrc").write_text(text)
            outcome = fetch("--netrc-file", folder / "netrc", "http://h.test/")
            said = outcome.lines[0]
            check(outcome.status == 2 and len(outcome.lines) == 2 and str(folder / "netrc") in said and cause in said, str(outcome))
            check("two" not in said, f"it tells a password: {said}")
        for words in (["--netrc-file", "/nowhere"], ["-n"]):
            outcome = fetch(*words, "http://h.test/", env={"HOME": str(folder)})
            check(outcome.status == 26 and len(outcome.lines) == 2 and ("/nowhere" if words[1:] else "/.netrc") in outcome.lines[0],
                  str(outcome))


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
        while request := read_request(connection):
            status = request.split()[1].removeprefix(b"/").replace(b"/", b" ")
            connection.sendall(b"HTTP/1.1 " + status + b"\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n")
            if not request.startswith(b"HEAD"):
                connection.sendall(b"hi")
    with Peer(talk) as peer, scratch() as folder:
        for path in ("200/Fine", "200", "404/None"):
            for words in ("-i", "-I", "-I -X GET", "-D -", "-D - -o /dev/null", "-f -i", "-f -I", "-f -D -", "-f -D heads"):
                outcomes = []
                for tool in (fetch, curl_status):
                    outcome = tool("-s", *words.split(), peer.url(f"/{path}"), cwd=folder)
                    outcomes.append((outcome.status, outcome.out.lower(), files_in(folder)))
                    (folder / "heads").unlink(missing_ok=True)
                check(outcomes[0] == outcomes[1], f"{words} {path}: {outcomes[0]} and curl {outcomes[1]}")
        took = fetch("-s", "-I", "-X", "GET", "-o", "/dev/null", "-w", "%{time_total}", peer.url("/200"))
        check(float(took.out) > 0, str(took))


def cookies_are_kept_as_curl_keeps_them():
    def kept(text):
        return sorted(line for line in text.splitlines() if line and not line.startswith("# "))
    for words in (["-c", "jar", "-L", "ORIGIN/cookies/set?a=1&b=2"], ["-b", "FOLDER/cookies", "-c", "jar", "ORIGIN/bytes/1"],
                  ["-c", "jar", "ORIGIN/response-headers?Set-Cookie=x=1;%20Max-Age=1000000;%20HttpOnly;%20Path=/"],
                  ["-b", "jar", "-c", "jar", "ORIGIN/cookies/set?a=1"]):
        jars = []
        for tool in (fetch, curl_status):
            with scratch() as folder:
                outcome = tool("-s", "-o", "/dev/null", *placed(words), cwd=folder)
                check(outcome.status == 0, str(outcome))
                jars.append(kept((folder / "jar").read_text()))
        # When a cookie ends is a second's matter.
        ours, curls = ([[part if len(part) < 9 else "later" for part in line.split("\t")] for line in jar] for jar in jars)
        check(ours == curls and ours, f"{words}: {jars}")
    outcome = fetch("-s", "-o", "/dev/null", "-b", FOLDER / "text", f"{ORIGIN}/bytes/1")
    check(outcome.status == 1 and len(outcome.lines) == 1, str(outcome))
    check("/text cannot be used: line 1 " in outcome.lines[0] and "failed" not in outcome.lines[0], str(outcome))


def heads_go_to_a_file_of_their_own():
    def steady(head):
        return [line.lower() for line in head.split("\r\n") if not line.startswith("Date")]
    heads = []
    for tool in (fetch, curl_status):
        with scratch() as folder:
            outcome = tool("-s", "-D", "heads", f"{ORIGIN}/bytes/3?seed=1", f"{ORIGIN}/status/404", cwd=folder)
            check(outcome.status == 0 and len(outcome.out) == 3, str(outcome))
            heads.append((folder / "heads").read_bytes().decode())
            outcome = tool("-s", "-o", "/dev/null", "-D", "-", f"{ORIGIN}/bytes/3?seed=1", cwd=folder)
            check(outcome.status == 0, str(outcome))
            heads.append(outcome.out.decode())
    check(sorted(steady(heads[0])) == sorted(steady(heads[2])) and steady(heads[1]) == steady(heads[3]), str(heads))


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
            wait = (b"4000000000" if b"/years" in request else b"Fri, 01 Jan 2100 00:00:00 GMT" if b"/date" in request else b"5")
            connection.sendall(b"HTTP/1.1 503 Later\r\nRetry-After: " + wait + b"\r\nContent-Length: 4\r\n\r\nlate")
    with Peer(talk) as peer:
        for words in (["--retry", "3", peer.url("/years")], ["--retry", "3", peer.url("/date")],
                      ["--retry", "3", "--retry-max-time", "2", peer.url("/soon")]):
            outcome = fetch("-s", *words)
            check(outcome.status == 0 and outcome.out == b"late" and outcome.seconds < 4, f"{words}: {outcome}")


def an_answer_is_asked_for_again_at_the_date_that_it_names():
    asked = []

    def talk(connection):
        while read_request(connection):
            asked.append(time.time())
            date = int(asked[0]) + 3
            connection.sendall(b"HTTP/1.1 503 Later\r\nRetry-After: %s\r\nContent-Length: 4\r\n\r\nlate" %
                               formatdate(date, usegmt=True).encode() if len(asked) == 1 else
                               b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere")
    with Peer(talk) as peer:
        outcome = fetch("-s", "--retry", "1", peer.url())
        check(outcome.status == 0 and outcome.out == b"here" and asked[1] >= int(asked[0]) + 3, f"{asked} {outcome}")


def remote_time_is_the_file_s():
    with scratch() as folder:
        for date in ("Sun,%2006%20Nov%201994%2008:49:37%20GMT", "Sunday,%2006-Nov-94%2008:49:37%20GMT", "Sun%20Nov%20%206%2008:49:37%201994"):
            url = f"{ORIGIN}/response-headers?Last-Modified={date}"
            check(fetch("-R", url, "-o", folder / "ours").status == 0, "it failed")
            curl_status("-R", url, "-o", folder / "curls")
            check((folder / "ours").stat().st_mtime == (folder / "curls").stat().st_mtime == 784111777, f"another time than {date}")


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
    talk, held = that_holds()
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
    odd = 'http://127.0.0.1:1/\x7f\x80\x9b31m\xa0\u2028\\"'
    report = fetch("-s", "--report", odd).out.decode()
    check(json.loads(report)["url"] == odd and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", report), repr(report))


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
                         (["-z", "soon", "http://h/"], "soon"), (["--etag-save", "x", "http://h/", "http://h/"], "etag"),
                         (["--max-filesize", "12x", "http://h/"], "12x"), (["-K", "/nowhere"], "/nowhere"),
                         (["-H", "host:", "http://h/"], "its host"), (["-sK/nowhere"], "/nowhere"), (["-sK"], "-K"), (["-0", "http://h/"], "-0"), (["-2.5", "http://h/"], "-2.5"),
                         (["-d", "@/nowhere", "http://h/"], "/nowhere"), (["http://h/", "--next"], "--next"),
                         (["http://h/", "-:", "-L"], "--next")):
        outcome, status = fetch(*words), 26 if cause == "/nowhere" else 2
        check(outcome.status == status and len(outcome.lines) == 2 and cause in outcome.lines[0], f"{words}: {outcome}")


def main():
    global ORIGIN, FOLDER, PROXIES, SOCKS4
    sock, port = listening_socket()
    ORIGIN = f"http://127.0.0.1:{port}"
    with scratch() as folder:
        FOLDER = folder
        (folder / "headers").write_text("X-Of-File: 1\nX-Other: 2\n")  # with CR LF, curl 8.14 sends the CR along
        (folder / "etag").write_text('"abc"\n')
        (folder / "cookies").write_text("# Netscape HTTP Cookie File\n\n127.0.0.1\tFALSE\t/\tFALSE\t4000000000\tkept\t1\n"
                                        "127.0.0.1\tFALSE\t/anything\tFALSE\t0\tof_session\t2\n"
                                        "other.test\tFALSE\t/\tFALSE\t4000000000\tother\t3\n")
        (folder / ".netrc").write_text("machine other.test login no password no\nmachine 127.0.0.1\n  login me\n  password secret\n")
        (folder / "netrc").write_text('# logins\nmacdef init\nmachine 127.0.0.1 login macro password no\n\n'
                                      'MACHINE 127.0.0.1 login "first one" password "a\\"b#c" # the first\n'
                                      'machine 127.0.0.1 login second password 2\ndefault login any password "#3"\n')
        (folder / "netrc.other").write_text("machine other.test login no password no\n")
        (folder / "text").write_bytes(b"line 1\r\nline 2\n")
        (folder / "config").write_text(f'# a comment\nurl = "{ORIGIN}/anything/config"\n-H "X-A: \\"b\\""\ndata a=1\n')
        (folder / "format").write_text("%{http_code}\n%{size_download}\\n\n")
        (folder / "odd").write_text(f'referer =\nurl = "{ORIGIN}/anything/odd"\nlocation=1\nheader X-A:1 #c\nreferer #c\nlocation # c\ndata = a b\n'
                                    'user = "x:y" z\nheader =\n')
        command = ["gunicorn", "--bind", f"fd://{sock.fileno()}", "--workers", "4", "--preload",
                   "--worker-tmp-dir", str(folder), "httpbin:app"]
        with server_process(command, port, [sock], {"PYTHONDONTWRITEBYTECODE": "1"}), \
                proxies(folder) as PROXIES, Peer(socks4.relay) as SOCKS4:
            run_cases([
                each_request_is_what_curl_sends,
                no_user_agent_is_sent_where_it_is_empty,
                a_login_of_a_file_goes_to_its_host_alone,
                a_file_of_logins_that_is_none_is_refused_in_one_sentence,
                each_answer_is_what_curl_gets,
                proxies_of_the_environment_are_used_as_curl_uses_them,
                a_certificate_of_one_s_own_is_shown_and_a_key_is_pinned,
                an_https_proxy_is_verified_by_its_own_options,
                heads_are_written_as_curl_writes_them,
                heads_go_to_a_file_of_their_own,
                cookies_are_kept_as_curl_keeps_them,
                the_status_is_that_of_the_first_of_the_urls_that_failed,
                fail_early_ends_at_the_first_failure,
                an_answer_that_only_says_when_to_come_again_is_not_written,
                an_answer_that_is_the_last_is_written_whatever_it_asks_for,
                an_answer_is_asked_for_again_at_the_date_that_it_names,
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
