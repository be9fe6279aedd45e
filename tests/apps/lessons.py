#!/usr/bin/env python3
"""The lessons print what the tutorial says, and a shell's loop around them stops at Ctrl-C."""

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading

APPS = os.environ["CORDUROY_APPS"]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.slow_may_answer = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":  # answers when the results of all the others have been printed
            self.server.slow_may_answer.wait(timeout=20)
        status = {"/missing": 404, "/moved": 302}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/fast")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


def refused_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def check(what, holds, detail=""):
    if not holds:
        print(f"FAILED: {what}\n{detail}")
        sys.exit(1)
    print(f"ok: {what}")


def lesson(number, *urls):
    done = subprocess.run([f"{APPS}/lesson{number}", *urls], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=60)
    check(f"lesson {number} ends with 0", done.returncode == 0, done.stdout + done.stderr)
    return done.stdout.splitlines()


def one_url(server):
    url = server.url + "/missing"
    check("lesson 1: a 404 is a response", lesson(1, url) == [f"Getting URL {url}", f"Got response code 404 from {url}"])
    url = f"http://127.0.0.1:{refused_port()}/"
    lines = lesson(1, url)
    check("lesson 1: a failure is told", lines[0] == f"Getting URL {url}" and lines[1].startswith("Something failed: ")
          and lines[1].endswith("Connection refused"), lines)


def many_urls(server, number):
    server.slow_may_answer.clear()
    refused = f"http://127.0.0.1:{refused_port()}/"
    urls = [server.url + path for path in ("/slow", "/fast", "/missing", "/moved")] + [refused]
    running = subprocess.Popen([f"{APPS}/lesson{number}", *urls], stdout=subprocess.PIPE, encoding="utf-8")
    lines = [running.stdout.readline().rstrip("\n") for _ in range(9)]
    server.slow_may_answer.set()
    lines += running.communicate(timeout=60)[0].splitlines()
    check(f"lesson {number} ends with 0", running.returncode == 0, lines)
    check(f"lesson {number}: all are begun first, in order", lines[:5] == [f"Getting URL {url}" for url in urls], lines)
    results = lines[5:]
    check(f"lesson {number}: the slow one comes last", results[-1] == f"Got response code 200 from {urls[0]}", results)
    expected = {f"Got response code 200 from {urls[1]}", f"Got response code 404 from {urls[2]}",
                f"Got response code 200 from {urls[3]}"}
    failures = [line for line in results if line.startswith("Something failed: ")]
    check(f"lesson {number}: every result is there", len(results) == 5 and expected <= set(results), results)
    check(f"lesson {number}: the refused one says why", len(failures) == 1 and refused in failures[0]
          and failures[0].endswith("Connection refused"), failures)


def stops_at_interrupt(number):
    """The lesson hangs on a server that never answers; Ctrl-C goes to the whole process group, as from a terminal."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(20)
        loop = f'while true; do "{APPS}/lesson{number}" http://127.0.0.1:{silent.getsockname()[1]}/; done'
        shell = subprocess.Popen(["bash", "-c", loop], stdout=subprocess.DEVNULL, start_new_session=True,
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)  # the request has come, so the lesson is in its await
            os.killpg(shell.pid, signal.SIGINT)
            status = shell.wait(timeout=20)
    check(f"a loop around lesson {number} stops at Ctrl-C", status in (-signal.SIGINT, 128 + signal.SIGINT), status)


server = Server()
threading.Thread(target=server.serve_forever, daemon=True).start()
one_url(server)
many_urls(server, 2)
many_urls(server, 3)
for number in (1, 2, 3):
    stops_at_interrupt(number)
