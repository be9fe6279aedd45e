"""What the scripts of this folder share: finding programs, running fetch and curl, servers, certificates.

A script is a list of cases, functions whose names are claims, that it gives to `run_cases`. What a case finds wrong it
says by an exception, usually of `check`.
"""

import contextlib
import functools
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SKIPPED = 77
# Nothing here takes long; where a sanitizer watches, everything takes longer.
PATIENCE = 60


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def need(*tools):
    for tool in tools:
        if which(tool) is None:
            skip(f"there is no {tool}")


def which(tool):
    return shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def app(name):
    path = pathlib.Path(os.environ["CORDUROY_APPS"]) / name
    if not path.is_file():
        skip(f"{name} was not built")
    return str(path)


def run_cases(cases):
    """Runs all; ends the script with 1 if one of them failed."""
    failed = 0
    for case in cases:
        begun = time.monotonic()
        claim = case.__name__.replace("_", " ")
        try:
            case()
            print(f"ok      {claim} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {claim}\n{traceback.format_exc()}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def check_same_bytes(got, wanted, what):
    if got == wanted:
        return
    first = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
    raise AssertionError(f"{what}: {len(got)} bytes where there should be {len(wanted)}; they part at {first}")


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="corduroy-") as name:
        yield pathlib.Path(name)


class Outcome:
    """How a program went: its status, what it wrote, the lines of its standard error, its time and its memory."""

    def __init__(self, status, out, err, seconds, peak_kib):
        self.status, self.out, self.err = status, out, err
        self.seconds, self.peak_kib = seconds, peak_kib
        self.lines = err.decode(errors="replace").splitlines()

    def __str__(self):
        shown = [line for line in self.lines if not re.match(r"[23]\d\d ", line)] if len(self.lines) > 20 else self.lines
        return (f"status {self.status}, {len(self.out)} bytes, {self.seconds:.1f} s, {len(self.lines)} lines, among them:\n  " +
                "\n  ".join(shown[:20]))


def run(*command, stdin=b"", cwd=None, env=None):
    """Runs it to its end; the status is negative where a signal ended it."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        process = subprocess.Popen(command, stdin=given, stdout=out, stderr=err, cwd=cwd,
                                   env={**os.environ, **(env or {})})
        peak_kib = watch_memory(process, begun + PATIENCE)
        process.kill()
        process.wait()
        out.seek(0)
        err.seek(0)
        return Outcome(process.returncode, out.read(), err.read(), time.monotonic() - begun, peak_kib)


def watch_memory(process, until):
    """Waits for its end, or `until`; gives the most memory it was seen to have used, in KiB. (What wait4(2) tells begins
    with the memory of the one who forked.)"""
    peak = 0
    descriptor = os.pidfd_open(process.pid)
    ended = select.poll()
    ended.register(descriptor, select.POLLIN)
    while time.monotonic() < until:
        with contextlib.suppress(OSError), open(f"/proc/{process.pid}/status") as status:
            if found := re.search(r"VmHWM:\s+(\d+)", status.read()):
                peak = int(found[1])
        if ended.poll(10):
            break
    os.close(descriptor)
    return peak


def fetch(*arguments, **options):
    return run(app("fetch"), *map(str, arguments), **options)


def curl(*arguments, **options):
    outcome = run("curl", "--silent", "--show-error", *map(str, arguments), **options)
    check(outcome.status == 0, f"curl {arguments}: {outcome}")
    return outcome.out


@functools.cache
def curl_is_newer():
    """Whether curl is one of those after 7.88, that of Debian 12, which fetch follows: they do a few things otherwise."""
    return int(re.match(r"curl (\d+)", run("curl", "--version").out.decode())[1]) >= 8


def of_older_curl(words):
    """A row, as a list of one, that is compared with the older curl alone."""
    return [] if curl_is_newer() else [words]


# What a sentence about a failure says, and the exit statuses that curl has for it.
STATUSES = {"timed out": {28}, "is invalid": {3}, "cannot be used": {1}, "saving the body": {23}, "another URL is written": {23},
            "redirects": {1, 3, 47, 65}, "looking up the name": {6}, "while connecting": {7, 45}, "setting up TLS": {35, 58, 60, 77, 90},
            "sending the request": {55}, "reading the head": {8, 52, 56}, "reading the body": {18, 56, 61, 63}}


def check_failed(outcome, url, phase, cause):
    """It failed and said so in one sentence with URL, phase and cause, the latter two regular expressions, and with a
    status to match."""
    said = outcome.lines[0] if outcome.lines else ""
    statuses = next((each for words, each in STATUSES.items() if words in said), {1})
    check(outcome.status in statuses, f"the exit status should be one of {statuses}: {outcome}")
    check(len(outcome.lines) == 1, f"there should be one sentence: {outcome}")
    for part in (re.escape(url), phase, cause):
        check(re.search(part, outcome.lines[0]), f"the sentence should name {part}: {outcome}")
    check(not re.match(r"\d", outcome.lines[0]), f"that is no failure: {outcome}")


def listening_socket():
    """A socket that listens on a free port of the loopback, for a server to inherit: nobody can take its port."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sock.setblocking(False)  # nginx takes that for granted: it would wait in accept() for a connection it lost to another
    return sock, sock.getsockname()[1]


@contextlib.contextmanager
def server_process(command, port, sockets=(), env=None):
    """Runs a server while the block runs. It serves when it answers a request on `port`."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   pass_fds=[sock.fileno() for sock in sockets], env={**os.environ, **(env or {})})
        try:
            # Inherited sockets take connections before the server does, so ask for an answer.
            if not answers(process, port):
                log.seek(0)
                raise RuntimeError(f"{command[0]} does not serve:\n{log.read().decode(errors='replace')}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Proxies:
    """The proxies that are installed, with user and password: "me:secret@127.0.0.1:8888"; None where there is none."""

    http = socks = None


@contextlib.contextmanager
def proxies(folder):
    """tinyproxy and microsocks, while the block runs, each for the user "me" with the password "secret" alone."""
    found = Proxies()
    with contextlib.ExitStack() as stack:
        if which("tinyproxy"):
            port = free_port()
            config = folder / "tinyproxy.conf"
            config.write_text(f"Port {port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Error\nBasicAuth me secret\n")
            stack.enter_context(server_process(["tinyproxy", "-d", "-c", str(config)], port))
            found.http = f"me:secret@127.0.0.1:{port}"
        if which("microsocks"):
            port = free_port()
            command = ["microsocks", "-i", "127.0.0.1", "-p", str(port), "-u", "me", "-P", "secret"]
            stack.enter_context(server_process(command, port))  # to what is no SOCKS it answers, too
            found.socks = f"me:secret@127.0.0.1:{port}"
        yield found


def free_port():
    """For a server that cannot inherit its socket."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def answers(process, port):
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                probe.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
                if probe.recv(1):
                    return True
        except OSError:
            time.sleep(0.02)
    return False


class Peer:
    """A server made of a function that is given each connection's socket, and runs in a thread of its own for each.

    `read_request` is for such functions; they end at the latest when the block does, for then all is closed."""

    def __init__(self, talk, tls=None):
        self.talk, self.tls = talk, tls
        self.listener, self.port = listening_socket()
        self.listener.setblocking(True)
        self.connections = []
        self.closing = False

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.closing = True
        for sock in [self.listener, *self.connections]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def url(self, path="/", host="127.0.0.1"):
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def accept(self):
        while not self.closing:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.talk(connection)
        except (OSError, ValueError):
            pass  # the client has gone
        finally:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def read_request(connection):
    """The head of a request; empty where the client has gone."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return b""
        head += piece
    return head


def that_holds():
    """For a Peer that answers "x", but never for a path with /held in it; and the event that such a one was asked for."""
    held = threading.Event()

    def talk(connection):
        while request := read_request(connection):
            if b"/held" in request:
                held.set()
                connection.recv(1)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
    return talk, held


def interrupt(process, number=signal.SIGINT):
    process.send_signal(number)
    return process.wait(PATIENCE)


class Certificates:
    """A certificate authority of our own, in a folder: `ca` is its certificate."""

    def __init__(self, folder):
        need("openssl")
        self.folder = folder
        self.ca = self.authority("ca")

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True)
        check(done.returncode == 0, f"openssl {arguments}: {done.stderr.decode()}")

    def authority(self, name):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]
        self.openssl("req", "-x509", *key, "-out", f"{name}.pem", "-days", "30", "-subj", f"/CN=Corduroy test {name}",
                     "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        return self.folder / f"{name}.pem"

    def issue(self, name, names="DNS:localhost,IP:127.0.0.1", authority="ca", dates=("20200101000000Z", "21000101000000Z")):
        """A server's certificate (path.pem) and key (path.key); gives the path without them."""
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]
        self.openssl("req", *key, "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (self.folder / f"{name}.index").write_text("")
        (self.folder / f"{name}.cnf").write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={name}.index\nrand_serial=yes\nnew_certs_dir=.\ndefault_md=sha256\n"
            f"policy=any\nx509_extensions=v3\n[any]\ncommonName=supplied\n[v3]\nsubjectAltName={names}\n")
        self.openssl("ca", "-batch", "-config", f"{name}.cnf", "-cert", f"{authority}.pem", "-keyfile", f"{authority}.key",
                     "-startdate", dates[0], "-enddate", dates[1], "-in", f"{name}.csr", "-out", f"{name}.pem", "-notext")
        return self.folder / name
