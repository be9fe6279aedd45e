#!/usr/bin/env python3
"""fetch against httpbin under gunicorn: what it gets is what curl gets, byte for byte."""

import subprocess

from support import app, check, check_same_bytes, curl, fetch, listening_socket, need, run_cases, scratch, server_process, skip

app("fetch")
need("gunicorn", "curl")
# For the Python that gunicorn runs on, which need not be the one that runs this.
if subprocess.run(["gunicorn", "--check-config", "httpbin:app"], capture_output=True).returncode != 0:
    skip("gunicorn finds no httpbin")

# Where a page is made by chance a seed makes it the same twice. Pages show the request's headers, so name one client.
PATHS = ["/stream-bytes/100000?chunk_size=7&seed=1", "/bytes/50000?seed=1", "/status/404", "/delay/1", "/encoding/utf8"]
CLIENT = ["-H", "User-Agent: the same"]
ORIGIN = None


def each_page_is_what_curl_gets():
    for path in PATHS:
        got = fetch(*CLIENT, ORIGIN + path)
        status = "404" if path == "/status/404" else "200"
        check(got.status == 0 and got.lines[0].startswith(status + " "), f"{path}: {got}")
        check_same_bytes(got.out, curl(*CLIENT, ORIGIN + path), path)


def a_random_stream_in_chunks_of_seven_bytes_is_complete():
    got = fetch(f"{ORIGIN}/stream-bytes/100000?chunk_size=7")
    check(got.status == 0 and len(got.out) == 100_000, str(got))


def all_pages_at_once_come_in_order():
    urls = [ORIGIN + path for path in PATHS * 4]
    got = fetch(*CLIENT, *urls)
    check(got.status == 0 and len(got.lines) == len(urls), str(got))
    wanted = b"".join(curl(*CLIENT, ORIGIN + path) for path in PATHS)
    check_same_bytes(got.out, wanted * 4, "all of them")


def main():
    global ORIGIN
    sock, port = listening_socket()
    ORIGIN = f"http://127.0.0.1:{port}"
    with scratch() as folder:
        # Processes and no threads, for those would share one seed.
        command = ["gunicorn", "--bind", f"fd://{sock.fileno()}", "--workers", "4", "--preload",
                   "--worker-tmp-dir", str(folder), "httpbin:app"]
        with server_process(command, port, [sock], {"PYTHONDONTWRITEBYTECODE": "1"}):
            run_cases([
                each_page_is_what_curl_gets,
                a_random_stream_in_chunks_of_seven_bytes_is_complete,
                all_pages_at_once_come_in_order,
            ])


main()
