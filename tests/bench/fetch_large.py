#!/usr/bin/env python3
"""A gibibyte to a file in memory, over plain HTTP and over TLS from nginx: fetch beside curl. Needs root, or user namespaces.

usage: fetch_large.py [ROUNDS [MEBIBYTES]]        (9, and 1024)
"""

import sys

from contest import (Certificates, Run, alone_on_a_network, emptied, fetch_program, folder_in_memory, nginx, print_table,
                     take_turns)

alone_on_a_network("nginx", "curl", "openssl")


def main(rounds, mebibytes):
    with folder_in_memory() as root:
        out = root / "out"
        (root / "files").mkdir()
        size = mebibytes << 20
        with open(root / "files" / "large", "wb") as large:
            for i in range(mebibytes):
                large.write(i.to_bytes(4, "little") * (1 << 18))

        def whole(name):
            if (out / "large").stat().st_size != size:
                sys.exit(f"{name} has not fetched all of it")

        certificates = Certificates(root)
        with nginx(root, root / "files", certificates.issue("localhost"), ""):
            for what, url in (("plain HTTP", "http://127.0.0.1/large"), ("TLS 1.3", "https://localhost/large")):
                words = ["--cacert", certificates.ca, "--resolve", "localhost:443:127.0.0.1", "-o", out / "large", url]
                contestants = {"fetch": lambda: Run([fetch_program(), "-s", *words]),
                               "curl": lambda: Run(["curl", "-sS", *words])}
                runs = take_turns(contestants, rounds, lambda: emptied(out), whole)
                print(f"\n{mebibytes} MiB over {what} to a file in memory; medians of {rounds} rounds\n")
                print_table(runs, "fetch")


main(*map(int, (sys.argv[1:] + ["9", "1024"][len(sys.argv) - 1:])))
