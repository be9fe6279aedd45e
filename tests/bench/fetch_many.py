#!/usr/bin/env python3
"""A thousand URLs on fifty hosts, each run with nothing known before: fetch beside curl and aria2.

The names are answered by dnsmasq and the bodies served by nginx, both on a loopback of their own; what comes is written to
files in memory. Needs root, or user namespaces.

usage: fetch_many.py [ROUNDS]        (11)
"""

import contextlib
import subprocess
import sys

from contest import (Certificates, Run, alone_on_a_network, emptied, fetch_program, folder_in_memory, nginx, print_table,
                     take_turns, which)

URLS, HOSTS, SIZE = 1000, 50, 10_240
AT_A_TIME = 64

alone_on_a_network("nginx", "dnsmasq", "curl", "openssl")


@contextlib.contextmanager
def names(root):
    """host0.test and so on are 127.0.1.1 and so on."""
    (root / "resolv.conf").write_text("nameserver 127.0.0.53\n")
    subprocess.run(["mount", "--bind", root / "resolv.conf", "/etc/resolv.conf"], check=True)
    records = [f"--address=/host{i}.test/127.0.1.{i + 1}" for i in range(HOSTS)]
    command = [which("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=/dev/null", "--pid-file",
               "--user=root", "--no-resolv", "--no-hosts", "--listen-address=127.0.0.53", "--bind-interfaces",
               "--local=/test/", "--dns-forward-max=10000", *records]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        subprocess.run(["umount", "/etc/resolv.conf"], check=True)


def main(rounds):
    with folder_in_memory() as root:
        out = root / "out"
        files = root / "files"
        files.mkdir()
        urls = [f"http://host{i % HOSTS}.test/{i}" for i in range(URLS)]
        for i in range(URLS):
            (files / str(i)).write_bytes(b"%08d" % i * (SIZE // 8))
        (root / "fetch").write_text("".join(f"{url}\t{i}\n" for i, url in enumerate(urls)))
        (root / "curl").write_text("".join(f'url = "{url}"\noutput = "{i}"\n' for i, url in enumerate(urls)))
        (root / "aria2").write_text("".join(f"{url}\n out={i}\n" for i, url in enumerate(urls)))

        def whole(name):
            for i in range(URLS):
                if (out / str(i)).read_bytes() != b"%08d" % i * (SIZE // 8):
                    sys.exit(f"{name} has not fetched {urls[i]}")

        fetch = [fetch_program(), "-s", "--parallel-max", AT_A_TIME, "--output-dir", out, "--input", root / "fetch"]
        curl = ["curl", "-sS", "-Z", "--parallel-max", AT_A_TIME, "--output-dir", out, "-K", root / "curl"]
        # aria2's own resolver takes a host that has a loopback alone for one without a network.
        aria2 = ["aria2c", "--no-conf", "-q", "--async-dns=false", "-j", AT_A_TIME, "-d", out, "--file-allocation=none", "-i", root / "aria2"]
        contestants = {"fetch": lambda: Run(fetch), "curl -Z": lambda: Run(curl)}
        if which("aria2c"):
            contestants["aria2c"] = lambda: Run(aria2)
        with names(root), nginx(root, files, Certificates(root).issue("localhost"), ""):
            runs = take_turns(contestants, rounds, lambda: emptied(out), whole)
    print(f"{URLS} URLs of {SIZE} bytes on {HOSTS} names, {AT_A_TIME} at a time; medians of {rounds} rounds\n")
    print_table(runs, "fetch")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
