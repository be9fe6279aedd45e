#!/usr/bin/env python3
"""The same requests by curl, by treq and by ours, against httpbin and nginx, directly and by proxies: their answers are
the same."""

import json
import os
import random
import subprocess
import sys
from urllib.parse import unquote_plus

from support import app, check, listening_socket, need, proxies, run, run_cases, scratch, server_process, skip, which

need("gunicorn", "curl", "nginx")
if subprocess.run(["gunicorn", "--check-config", "httpbin:app"], capture_output=True).returncode != 0:
    skip("gunicorn finds no httpbin")
# treq is a package of the system's Python, which need not be the one that runs this.
PYTHON = next((python for python in (sys.executable, "/usr/bin/python3")
               if subprocess.run([python, "-c", "import treq"], capture_output=True).returncode == 0), None)

# Does each request as treq does it; the lines in and out are those of programs/asking.cpp.
TREQ = r"""
import sys
import treq
from treq.client import HTTPClient
from base64 import b64encode
from urllib.parse import urlsplit
from twisted.internet import task
from twisted.internet.defer import ensureDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.web.client import Agent, ProxyAgent

async def ask(reactor, line):
    method, url, *options = line.rstrip("\n").split("\t")
    headers, params, form, files, arguments, cookies = {}, [], [], [], {}, {}
    agent = Agent(reactor)
    for option in options:
        kind, name, value = (option.split(" ", 2) + ["", ""])[:3]
        if kind == "query": params.append((name, value))
        if kind == "header": headers.setdefault(name, []).append(value)
        if kind in ("form", "part"): form.append((name, value))
        if kind == "body": headers["content-type"], arguments["data"] = [name], value.encode()
        if kind == "file": files.append((name, open(value, "rb")))
        if kind == "basic": arguments["auth"] = (name, value)
        if kind == "bearer": headers["authorization"] = ["Bearer " + name]
        if kind == "cookie": cookies[name] = value
        if kind == "proxy":
            proxy = urlsplit(name)
            agent = ProxyAgent(TCP4ClientEndpoint(reactor, proxy.hostname, proxy.port))
            headers["proxy-authorization"] = ["Basic " + b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()]
        if kind == "upload": headers["content-type"], arguments["data"] = ["application/octet-stream"], open(name, "rb")
    if form: arguments["data"] = form
    if files: arguments["files"] = files
    if cookies: arguments["cookies"] = cookies
    client = HTTPClient(agent)
    answer = await client.request(method, url, headers=headers, params=params, browser_like_redirects=True, **arguments)
    body = await answer.content()
    final = answer.request.absoluteURI.decode()
    sys.stdout.buffer.write(f"{answer.code} {final} {len(answer.history())} {len(body)}\n".encode() + body + b"\n")

async def main(reactor):
    for line in sys.stdin:
        await ask(reactor, line)

task.react(lambda reactor: ensureDeferred(main(reactor)))
"""

NGINX = """
{user}
daemon off; pid {root}/nginx.pid; error_log stderr warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
    uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
    types {{ text/plain txt; }} default_type application/octet-stream;
    gzip on; gzip_min_length 0; gzip_types text/plain;
    server {{
        listen 127.0.0.1:{port};
        root {root}/files;
        location = /chain {{ return 301 /chain2; }}
        location = /chain2 {{ return 302 /text.txt; }}
        location = /cookie {{ add_header Set-Cookie "a=1; Path=/"; return 302 /cookie2; }}
        location = /cookie2 {{ add_header Set-Cookie "b=2; Path=/other"; return 302 /cookie3; }}
        location = /cookie3 {{ return 200 "cookies: $http_cookie"; }}
    }}
}}
"""


class Site:
    httpbin = nginx = folder = proxies = None


def curl_arguments(method, url, options):
    arguments = ["--compressed", "-L", "-b", "", "-w", "\n%{http_code} %{url_effective} %{num_redirects}"]
    query = [option.split(" ", 2)[1:] for option in options if option.startswith("query ")]
    words = [(option.split(" ", 2) + ["", ""])[:3] for option in options]
    if query:
        arguments.append("-G")
    body = any(kind in ("form", "body", "part", "file", "upload") for kind, _, _ in words)
    if method == "HEAD":
        arguments.append("-I")
    elif method != ("POST" if body else "GET"):
        arguments += ["-X", method]
    own_cookies = []
    for kind, name, value in words:
        arguments += {
            "query": ["--data-urlencode", f"{name}={value}"],
            "header": ["-H", f"{name}: {value}"],
            "form": ["--data-urlencode", f"{name}={value}"],
            "body": ["-H", f"content-type: {name}", "--data-binary", value],
            "part": ["--form-string", f"{name}={value}"],
            "file": ["-F", f"{name}=@{value};type=application/octet-stream"],
            "basic": ["-u", f"{name}:{value}"],
            "digest": ["--digest", "-u", f"{name}:{value}"],
            "bearer": ["-H", f"authorization: Bearer {name}"],
            "upload": ["-H", "content-type: application/octet-stream", "--data-binary", f"@{name}"],
            "proxy": ["--noproxy", "", "-x", name],
            "cookie": [],
        }[kind]
        if kind == "cookie":
            own_cookies.append(f"{name}={value}")
    if own_cookies:
        arguments += ["-b", "; ".join(own_cookies)]
    return [*arguments, url]


def by_curl(method, url, options):
    arguments = curl_arguments(method, url, options)
    got = run("curl", "--silent", "--show-error", *arguments)
    check(got.status == 0, f"curl {method} {url}: {got}")
    body, _, last = got.out.rpartition(b"\n")
    status, final, redirects = last.decode().split(" ")
    # curl counts the challenge of digest authentication among the redirects.
    redirects = 0 if "--digest" in arguments else int(redirects)
    return int(status), final, redirects, b"" if method == "HEAD" else body


def by_lines(command, requests):
    """All of them by one process, whose answers are lines and bodies."""
    text = "".join("\t".join(request) + "\n" for request in requests)
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=120)
    check(done.returncode == 0, f"{command[0]}: {done.stderr.decode(errors='replace')}")
    rest, answers = done.stdout, []
    while rest:
        line, _, rest = rest.partition(b"\n")
        status, final, redirects, size = line.decode().split(" ")
        answers.append((int(status), final, int(redirects), rest[:int(size)]))
        rest = rest[int(size) + 1:]
    check(len(answers) == len(requests), f"{command[0]} gave {len(answers)} answers for {len(requests)} requests")
    return answers


# What of httpbin's JSON depends on the request and not on the client.
TOLD = ("args", "form", "json", "data", "files", "url", "method", "cookies", "authenticated", "user", "token", "gzipped",
        "deflated", "brotli")
HEADERS = ("X-Test", "Content-Type", "Cookie", "Authorization", "Proxy-Authorization")


def comparable(answer):
    status, final, redirects, body = answer
    final = unquote_plus(final)  # curl writes %c3 and +, we %C3 and %20
    try:
        page = json.loads(body)
    except ValueError:
        return status, final, redirects, body
    told = {key: page[key] for key in TOLD if key in page}
    for name in HEADERS:
        value = page.get("headers", {}).get(name, "")
        # A boundary is made by chance.
        told[name] = "multipart" if value.startswith("multipart/form-data") else value
    if "url" in told:
        told["url"] = unquote_plus(told["url"])
    return status, final, redirects, json.dumps(told, sort_keys=True)


def compare(requests, treq=True):
    """Does each with all three; `treq` is false for what treq cannot do."""
    ours = by_lines([app("../tests/asking")], requests)
    theirs = by_lines([PYTHON, "-c", TREQ], requests) if treq and PYTHON else [None] * len(requests)
    for (method, url, *options), our, their in zip(requests, ours, theirs):
        wanted = comparable(by_curl(method, url, options))
        for name, got in ("ours", our), ("treq", their):
            check(got is None or comparable(got) == wanted,
                  f"{method} {url} {options}:\n{name} {comparable(got or our)!s:.1000}\ncurl {wanted!s:.1000}")


def each_method_query_header_and_body():
    at = Site.httpbin
    compare([
        ("GET", f"{at}/get", "query x 1", "query y a b&c/ä", "query x 2", "header x-test yes"),
        ("HEAD", f"{at}/get"),
        ("DELETE", f"{at}/delete"),
        ("POST", f"{at}/post", "form name Jörg & Co", "form age 7"),
        ("POST", f"{at}/post", "body text/plain some text"),
        ("POST", f"{at}/post", 'body application/json {"a": [1, 2]}'),
        ("PUT", f"{at}/put", "body text/x-own own"),
        ("PATCH", f"{at}/patch", "body text/plain patch"),
        ("PUT", f"{at}/put", f"upload {Site.folder}/upload.bin"),
        ("GET", f"{at}/status/404"), ("GET", f"{at}/status/204"), ("GET", f"{at}/status/500"),
        ("GET", f"{at}/encoding/utf8"), ("GET", f"{at}/bytes/5000?seed=7"), ("GET", f"{at}/stream-bytes/5000?seed=7"),
    ])


def multipart_forms():
    compare([("POST", f"{Site.httpbin}/post", "part title a \"title\"", f"file upload {Site.folder}/upload.bin")])


def credentials():
    at = Site.httpbin
    compare([
        ("GET", f"{at}/basic-auth/me/secret", "basic me secret"),
        ("GET", f"{at}/basic-auth/me/secret", "basic me wrong"),
        ("GET", f"{at}/bearer", "bearer abc.def"),
    ])
    # treq has no digest authentication.
    compare([("GET", f"{at}/digest-auth/auth/me/secret/{hash}", f"digest me {word}")
             for hash in ("MD5", "SHA-256") for word in ("secret", "wrong")], treq=False)


def cookies():
    at = Site.httpbin
    compare([
        ("GET", f"{at}/cookies/set?flavour=vanilla"),
        ("GET", f"{at}/cookies", "cookie own 1"),
        ("GET", f"{Site.nginx}/cookie"),
    ])
    compare([("GET", f"{at}/cookies", "cookie own 1", "cookie two 2"), ("GET", f"{at}/cookies/delete?a")], treq=False)


def redirects():
    at = Site.httpbin
    compare([
        ("GET", f"{at}/redirect/3"), ("GET", f"{at}/absolute-redirect/2"), ("GET", f"{at}/relative-redirect/2"),
        ("GET", f"{Site.nginx}/chain"),
        ("GET", f"{at}/redirect-to?url=/get&status_code=307"),
        ("GET", f"{at}/redirect-to?url=/get&status_code=303"),
    ])
    # treq sends no body again, and -X of curl would keep the method: these are for the two of us.
    compare([
        ("POST", f"{at}/redirect-to?url=/post&status_code=307", "form a b"),
        ("POST", f"{at}/redirect-to?url=/get&status_code=302", "form a b"),
        ("POST", f"{at}/redirect-to?url=/get&status_code=303", "form a b"),
    ], treq=False)


def encoded_answers():
    at = Site.httpbin
    compare([("GET", f"{at}/gzip"), ("GET", f"{Site.nginx}/text.txt")])
    # treq knows gzip alone.
    compare([("GET", f"{at}/deflate"), ("GET", f"{at}/brotli")], treq=False)


def files_of_any_size():
    compare([("GET", f"{Site.nginx}/{size}") for size in (0, 1, 65536, 5_000_000)])
    compare([("GET", f"{Site.nginx}/65536", "header range bytes=10-19"),
             ("GET", f"{Site.nginx}/65536", "header range bytes=99999-"),
             ("GET", f"{Site.nginx}/none")])


def requests_by(proxy):
    at, by = Site.httpbin, f"proxy {proxy}"
    return [
        ("GET", f"{at}/get", "query x 1", "header x-test yes", by),
        ("POST", f"{at}/post", "form name value", by),
        ("PUT", f"{at}/put", f"upload {Site.folder}/upload.bin", by),
        ("GET", f"{at}/basic-auth/me/secret", "basic me secret", by),
        ("GET", f"{at}/redirect/2", by), ("GET", f"{at}/cookies/set?flavour=vanilla", by),
        ("GET", f"{Site.nginx}/cookie", by), ("GET", f"{Site.nginx}/text.txt", by),
        ("GET", f"{Site.nginx}/5000000", by), ("GET", f"{Site.nginx}/none", by),
    ]


def what_goes_by_an_http_proxy():
    if Site.proxies.http is None:
        print("not run, for there is no tinyproxy:")
        return
    proxy = f"http://{Site.proxies.http}"
    compare(requests_by(proxy))
    compare([("GET", f"{Site.nginx}/1", "proxy " + proxy.replace("secret", "wrong"))])
    compare([("GET", f"{Site.httpbin}/digest-auth/auth/me/secret", "digest me secret", f"proxy {proxy}")], treq=False)


def what_goes_by_a_socks5_proxy():
    if Site.proxies.socks is None:
        print("not run, for there is no microsocks:")
        return
    for scheme in ("socks5", "socks5h"):
        # treq has no SOCKS.
        compare(requests_by(f"{scheme}://{Site.proxies.socks}"), treq=False)


def main():
    (bin_sock, bin_port), (sock, port) = listening_socket(), listening_socket()
    Site.httpbin, Site.nginx = f"http://127.0.0.1:{bin_port}", f"http://127.0.0.1:{port}"
    dice = random.Random(3)
    with scratch() as folder:
        Site.folder = folder
        files = folder / "files"
        files.mkdir()
        for size in (0, 1, 65536, 5_000_000):
            (files / str(size)).write_bytes(dice.randbytes(size))
        (files / "text.txt").write_text("so many words " * 10_000)
        (folder / "upload.bin").write_text("no more than text, for httpbin shows it " * 5_000)
        (folder / "nginx.conf").write_text(NGINX.format(
            user="user root;" if os.geteuid() == 0 else "", root=folder, port=port))
        httpbin = ["gunicorn", "--bind", f"fd://{bin_sock.fileno()}", "--workers", "2", "--preload",
                   "--worker-tmp-dir", str(folder), "httpbin:app"]
        nginx = [which("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        with server_process(httpbin, bin_port, [bin_sock], {"PYTHONDONTWRITEBYTECODE": "1"}), \
                server_process(nginx, port, [sock], {"NGINX": f"{sock.fileno()};"}), \
                proxies(folder) as Site.proxies:
            print(f"treq by {PYTHON}" if PYTHON else "there is no treq: curl and ours are compared")
            run_cases([each_method_query_header_and_body, multipart_forms, credentials, cookies, redirects,
                       encoded_answers, files_of_any_size, what_goes_by_an_http_proxy, what_goes_by_a_socks5_proxy])


main()
