#!/usr/bin/env python3
"""Ten thousand URLs of mixed fate, killed in the middle (SIGKILL) and run again on what was left: in the end every file
is whole, none was overwritten, and every failure has been named once."""

import asyncio
import collections
import contextlib
import logging
import os
import subprocess
import threading

from support import PATIENCE, app, check, fetch, listening_socket, run_cases, scratch, time

logging.getLogger("asyncio").setLevel(logging.ERROR)  # that clients leave is what it is about
COUNT = 10_000
# Of a hundred URLs: 4 are not there, 3 come after a 503, 3 are reset once, 1 is slow, 5 are redirected, 2 have one name.
KINDS = ["404"] * 4 + ["503"] * 3 + ["reset"] * 3 + ["slow"] + ["redirect"] * 5 + ["twin"] * 2
DEFAULT = "ok"


def body_of(number):
    return (b"%07d," % number) * (1 + number % 257)


def kind_of(number):
    place = number % 100
    return KINDS[place] if place < len(KINDS) else DEFAULT


class Server:
    """httpbin's kinds of trouble, by asyncio: /KIND/NUMBER."""

    def __init__(self):
        self.asked = collections.Counter()
        self.sock, self.port = listening_socket()
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.run, daemon=True).start()
        self.ready.wait()
        return self

    def __exit__(self, *failure):
        self.loop.call_soon_threadsafe(self.loop.stop)

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(self.serve, sock=self.sock))
        self.loop.call_soon(self.ready.set)
        self.loop.run_forever()

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await self.answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer):
                await writer.drain()
        writer.transport.abort()

    async def answer(self, head, writer):
        path = head.split()[1]
        kind, number = path.split("/")[1:]
        body, tag = body_of(int(number)), f'"{number}"'
        self.asked[path] += 1
        first_time = self.asked[path] == 1
        if kind == "404":
            writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno")
            return True
        if kind == "503" and first_time:
            writer.write(b"HTTP/1.1 503 Later\r\nRetry-After: 0\r\nContent-Length: 5\r\n\r\nlater")
            return True
        if kind == "redirect":
            writer.write(f"HTTP/1.1 302 There\r\nLocation: /ok/{number}\r\nContent-Length: 0\r\n\r\n".encode())
            return True
        status, more, first = "200 OK", "", 0
        if "\r\nrange: bytes=" in head.lower():
            first = int(head.lower().partition("range: bytes=")[2].partition("-")[0])
            status, more = "206 Part", f"Content-Range: bytes {first}-{len(body) - 1}/{len(body)}\r\n"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) - first}\r\nETag: {tag}\r\n{more}\r\n".encode()
        if kind == "reset" and first_time:
            writer.write(head + body[:len(body) // 2])
            await writer.drain()
            return False
        if kind == "slow":
            writer.write(head)
            for at in range(first, len(body), max(1, len(body) // 10)):
                writer.write(body[at:at + max(1, len(body) // 10)])
                await asyncio.sleep(0.02)
            return True
        writer.write(head + body[first:])  # at once: there is no TCP_NODELAY on this socket
        return True


def lines_of(path):
    return path.read_text().splitlines()


def every_file_is_whole_and_every_failure_is_named_once():
    with Server() as server, scratch() as folder:
        out = folder / "out"
        names = {number: f"twin{number // 100}.bin" if kind_of(number) == "twin" else f"{number}.bin" for number in range(COUNT)}
        urls = {number: f"http://127.0.0.1:{server.port}/{kind_of(number)}/{number}" for number in range(COUNT)}
        (folder / "urls").write_text("".join(f"{urls[number]}\t{names[number]}\n" for number in range(COUNT)))
        words = ["-f", "-L", "-C", "-", "--retry", "1", "--retry-delay", "0.01", "--create-dirs", "--output-dir", out]
        command = [app("fetch"), "-s", *words, "--input", folder / "urls", "--failed", folder / "left"]
        with open(folder / "said", "wb") as said:
            process = subprocess.Popen(list(map(str, command)), stderr=said)
            give_up = time.monotonic() + PATIENCE
            while not out.exists() or len(os.listdir(out)) < COUNT // 2:
                check(process.poll() is None and time.monotonic() < give_up, "it did not come to its middle")
                time.sleep(0.01)
            process.kill()
            process.wait()
        left = [line for line in lines_of(folder / "left") if not line.startswith("#")]
        check(COUNT // 5 < len(left) < COUNT, f"{len(left)} are left")

        again = fetch("-s", "--retry-all-errors", *words, "--input", folder / "left", "--failed", folder / "failed")
        check(again.status == 22, str(again))

        wanted = {}
        for number, name in names.items():
            if kind_of(number) != "404" and name not in wanted:
                wanted[name] = body_of(number)
        there = {name: (out / name).read_bytes() for name in os.listdir(out)}
        check(there.keys() == wanted.keys(), f"there, or missing: {sorted(there.keys() ^ wanted.keys())[:20]}")
        wrong = [name for name in wanted if there[name] != wanted[name]]
        check(not wrong, f"not whole: {wrong[:20]}")

        missing = {urls[number] for number in range(COUNT) if kind_of(number) == "404"}
        twins = {urls[number] for number in range(COUNT) if kind_of(number) == "twin" and kind_of(number - 1) == "twin"}
        failed = [line.split("\t")[0].strip() for line in lines_of(folder / "failed") if not line.startswith("#")]
        check(sorted(failed) == sorted(missing), f"{len(failed)} have failed, {len(missing)} should have")
        # A failure that the first run met is met by the second, too; what was refused is no more of its business.
        named = collections.Counter(url for url in (word for line in again.lines for word in line.split()) if url in missing | twins)
        check(named == collections.Counter(missing), f"{len(named)} are named, and should be {len(missing)}")
        refused = [line for line in lines_of(folder / "left") if line.startswith("#") and any(line[1:].startswith(url + "\t") for url in twins)]
        check(len(refused) == len(twins), f"{len(refused)} of {len(twins)} are refused")
        print(f"{COUNT} URLs, of which {len(left)} were left; at most {again.peak_kib // 1024} MiB")


run_cases([every_file_is_whole_and_every_failure_is_named_once])
