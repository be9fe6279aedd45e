"""What the measurements of this folder share that run whole programs: they take turns, and what counts is the median of
the ratios of one round."""

import contextlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "apps"))
from support import Certificates, need, server_process, which  # noqa: E402

# A folder in memory, so that no disk is measured.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextlib.contextmanager
def folder_in_memory():
    with tempfile.TemporaryDirectory(prefix="corduroy-", dir=MEMORY) as name:
        yield pathlib.Path(name)


@contextlib.contextmanager
def nginx(root, files, certificate, servers):
    """Serves `files` by plain HTTP on port 80 and by TLS on 443 of 127.0.0.1, as `servers` says besides."""
    configuration = root / "nginx.conf"
    configuration.write_text(f"""
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off; worker_processes 1; pid {root}/nginx.pid; error_log stderr crit;
        events {{ worker_connections 4096; }}
        http {{
            access_log off; sendfile on; tcp_nopush on; default_type application/octet-stream; keepalive_requests 1000000;
            client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
            uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
            ssl_certificate {certificate}.pem; ssl_certificate_key {certificate}.key; ssl_protocols TLSv1.3;
            server {{ listen 0.0.0.0:80 backlog=4096; listen 127.0.0.1:443 ssl; root {files}; {servers} }}
        }}""")
    command = [which("nginx"), "-e", "stderr", "-p", str(root), "-c", str(configuration)]
    with server_process(command, 80):
        yield


class Run:
    """A run of a program: how long it took by the clock, and how much of the processor, in seconds."""

    def __init__(self, command, cwd=None):
        begun = time.monotonic()
        process = subprocess.Popen(list(map(str, command)), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        self.user, self.system = usage.ru_utime, usage.ru_stime
        self.cpu = self.user + self.system
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {said.decode(errors='replace')[-1000:]}")


def take_turns(contestants, rounds, prepare, check):
    """Runs each contestant (name: function that gives a Run) once a round, beginning with another one each time, and gives
    the runs of each. `prepare` is called before each run, `check` behind it."""
    names = list(contestants)
    runs = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names[number % len(names):] + names[:number % len(names)]:
            prepare()
            run = contestants[name]()
            check(name)
            if number != 0:  # the first round warms what is warm in any later one
                runs[name].append(run)
    return runs


def ratio(runs, ours, theirs, what):
    """The median of the rounds' ratios, and the least and the most of them."""
    ratios = [getattr(a, what) / getattr(b, what) for a, b in zip(runs[ours], runs[theirs])]
    return statistics.median(ratios), min(ratios), max(ratios)


def print_table(runs, ours):
    print(f"| | wall | CPU | user | system | {ours}'s wall beside it | {ours}'s CPU beside it |\n|---|---|---|---|---|---|---|")
    for name in runs:
        cells = [f"{statistics.median(getattr(run, what) for run in runs[name]) * 1000:.0f} ms"
                 for what in ("wall", "cpu", "user", "system")]
        for what in ("wall", "cpu"):
            cells.append("" if name == ours else "{:.2f} ({:.2f} to {:.2f})".format(*ratio(runs, ours, name, what)))
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def fetch_program():
    default = pathlib.Path(__file__).resolve().parents[2] / "build" / "apps"
    path = pathlib.Path(os.environ.get("CORDUROY_APPS", default)) / "fetch"
    if not path.is_file():
        sys.exit(f"there is no {path}: ./dev build apps/fetch")
    return path


def alone_on_a_network(*tools):
    """Runs this script again in namespaces of its own: a loopback on which every port is free, and mounts that nobody else
    sees. Returns in there."""
    need("unshare", *tools)
    if os.environ.get("CORDUROY_BENCH_ALONE") != "yes":
        os.environ["CORDUROY_BENCH_ALONE"] = "yes"
        words = ["--mount", "--net"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
        os.execvp("unshare", ["unshare", *words, sys.executable, *sys.argv])
    bring_up_loopback()


def bring_up_loopback():
    import fcntl
    import socket
    import struct
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = 1  # IFF_UP
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", up))  # SIOCSIFFLAGS


def emptied(folder):
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
