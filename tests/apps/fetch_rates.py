#!/usr/bin/env python3
"""How fetch spaces its requests (--rate, --rate-host), beside curl."""

import time

from support import Peer, check, fetch, need, read_request, run, run_cases

need("curl")


class Clock:
    """A server that notes when each request has come, in seconds from its own beginning."""

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"):
        self.times, self.answer = [], answer
        self.peer = Peer(self.talk)
        self.start = time.monotonic()

    def talk(self, connection):
        while read_request(connection):
            self.times.append(time.monotonic() - self.start)
            connection.sendall(self.answer)

    def gaps(self):
        times = sorted(self.times)
        return [after - before for before, after in zip(times, times[1:])]


def curl_status(*arguments, **options):
    return run("curl", "--silent", "--show-error", *map(str, arguments), **options)


def check_spaced(clock, count, gap):
    """Requests came so far apart. None comes sooner than so many gaps after the start, however busy the machine is; but one
    that is seen late, for all stood still perhaps, has a shorter gap after it, curl's too, or next to none: not most."""
    check(len(clock.times) == count, f"{len(clock.times)} requests came")
    check(all(each >= i * gap for i, each in enumerate(sorted(clock.times))), f"they came at {clock.times}")
    check(2 * sum(each > 0.5 * gap for each in clock.gaps()) >= count - 1, f"they came {clock.gaps()} apart")


def requests_begin_as_far_apart_as_curl_s():
    for words in (["--rate", "4/s"], ["--rate", "240/m"], ["--rate", "14400/h"], ["--rate", "14400"], ["--rate", "345600/d"]):
        for tool in (fetch, curl_status):
            clock = Clock()
            with clock.peer as peer:
                outcome = tool("-s", *words, peer.url("/[1-5]"))
                check(outcome.status == 0, str(outcome))
            check_spaced(clock, 5, 0.25)
            check(outcome.seconds < 3, f"{words}: {outcome}")


def a_rate_holds_over_all_hosts_and_operations():
    clock = Clock()
    with clock.peer as peer:
        outcome = fetch("-s", "--rate", "5/s", peer.url("/a"), peer.url("/b", "localhost"), "-4", "--next", peer.url("/c"))
        check(outcome.status == 0, str(outcome))
    check_spaced(clock, 3, 0.2)


def other_tries_wait_for_their_turn_too():
    clock = Clock(b"HTTP/1.1 503 Later\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
    with clock.peer as peer:
        check(fetch("-s", "--rate", "4/s", "--retry", "2", peer.url()).status == 0, "it failed")
    check_spaced(clock, 3, 0.25)


def each_host_has_a_rate_of_its_own():
    first, second = Clock(), Clock()
    with first.peer as one, second.peer as two:
        urls = [peer.url(f"/{i}", host) for i in range(3) for peer, host in ((one, "a.test"), (two, "b.test"))]
        places = [word for peer, host in ((one, "a.test"), (two, "b.test"))
                  for word in ("--resolve", f"{host}:{peer.port}:127.0.0.1")]
        outcome = fetch("-s", "--noproxy", "*", "--rate-host", "2/s", *places, *urls)
        check(outcome.status == 0 and outcome.seconds < 2, str(outcome))
    check_spaced(first, 3, 0.5)
    check_spaced(second, 3, 0.5)


def waiting_for_a_turn_is_no_part_of_max_time():
    clock = Clock()
    with clock.peer as peer:
        outcome = fetch("-s", "--rate", "2/s", "-m", "0.8", peer.url("/[1-4]"))
        check(outcome.status == 0 and outcome.seconds > 1.4, str(outcome))


def what_is_no_rate_is_refused():
    for text in ("x", "0", "0/s", "2/x", "2/", "2/ss", "-1/s", "2.5/s", "99999999/s"):
        for option in ("--rate", "--rate-host"):
            outcome = fetch(f"{option}={text}", "http://127.0.0.1:1/")
            check(outcome.status == 2 and len(outcome.lines) == 2 and f"{option} '{text}' is no rate" in outcome.lines[0], f"{option} {text}: {outcome}")


run_cases([
    requests_begin_as_far_apart_as_curl_s,
    a_rate_holds_over_all_hosts_and_operations,
    other_tries_wait_for_their_turn_too,
    each_host_has_a_rate_of_its_own,
    waiting_for_a_turn_is_no_part_of_max_time,
    what_is_no_rate_is_refused,
])
