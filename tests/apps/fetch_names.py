#!/usr/bin/env python3
"""The names of fetch's files where several URLs would have the same (--rename), beside wget, and the lists of what failed."""

import gzip
import os
import subprocess

from support import Peer, app, check, fetch, interrupt, read_request, run, run_cases, scratch, that_holds, which


def tell_path(connection):
    """Answers with the request's path; for a path that says so, with too little, until `failing` is empty."""
    while request := read_request(connection):
        path = request.split(b" ")[1]
        if path.decode() in failing:
            failing.discard(path.decode())
            return connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))
    return None


failing = set()


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in folder.rglob("*") if path.is_file()}


def fetched(folder, *words):
    outcome = fetch("-s", "--rename", "--output-dir", folder, *words)
    check(outcome.status == 0, str(outcome))
    return files_in(folder)


def later_urls_get_numbers_as_with_wget():
    paths = ["/a/page", "/b/page", "/c/page", "/other", "/page.1"]
    wanted = {"page": "/a/page", "page.1": "/b/page", "page.2": "/c/page", "other": "/other", "page.1.1": "/page.1"}
    with Peer(tell_path) as peer:
        urls = [peer.url(path) for path in paths]
        with scratch() as folder:
            got = fetched(folder, "-O", *urls)
            check(got == wanted, str(got))
            # What a run before it has written counts for nothing, so that the names are the same again.
            check(fetched(folder, "-O", *urls) == wanted, "other names")
        if which("wget"):
            with scratch() as folder:
                check(run("wget", "-q", "--no-proxy", *urls, cwd=folder).status == 0, "wget failed")
                check(files_in(folder) == wanted, f"wget {files_in(folder)}")


def a_number_that_is_taken_is_passed_over():
    with Peer(tell_path) as peer, scratch() as folder:
        got = fetched(folder, "-o", "x.1", "-o", "x", "-o", "x", peer.url("/1"), peer.url("/2"), peer.url("/3"))
        check(got == {"x.1": "/1", "x": "/2", "x.2": "/3"}, str(got))


def two_ways_to_write_a_name_are_the_same_name():
    with Peer(tell_path) as peer, scratch() as folder:
        (folder / "d").mkdir()
        got = fetched(folder, "-o", "x", "-o", "d/../x", peer.url("/1"), peer.url("/2"))
        check(got == {"x": "/1", "x.1": "/2"}, str(got))


def many_of_one_name_each_have_a_file():
    with Peer(tell_path) as peer, scratch() as folder:
        got = fetched(folder, "-O", peer.url("/[1-300]/x"))
        check(sorted(got.values()) == sorted(f"/{i}/x" for i in range(1, 301)), str(len(got)))
        check(got["x"] == "/1/x" and got["x.299"] == "/300/x", "another order")


def what_failed_is_listed_by_the_name_that_it_got():
    with Peer(tell_path) as peer, scratch() as folder:
        (folder / "out").mkdir()
        failing.add("/b/x")
        outcome = fetch("-s", "--rename", "-O", "--output-dir", folder / "out", "--failed", folder / "left",
                        peer.url("/a/x"), peer.url("/b/x"), peer.url("/c/x"))
        check(outcome.status == 18 and files_in(folder / "out") == {"x": "/a/x", "x.2": "/c/x"}, str(outcome))
        lines = [line.strip() for line in (folder / "left").read_text().splitlines() if not line.startswith("#")]
        check(lines == [peer.url("/b/x") + "\tx.1"], str(lines))
        got = fetched(folder / "out", "-O", "--input", folder / "left")
        check(got == {"x": "/a/x", "x.1": "/b/x", "x.2": "/c/x"}, str(got))


def without_it_the_second_is_refused():
    with Peer(tell_path) as peer, scratch() as folder:
        outcome = fetch("-s", "-O", "--output-dir", folder, peer.url("/a/x"), peer.url("/b/x"))
        check(outcome.status == 23 and files_in(folder) == {"x": "/a/x"}, str(outcome))
        outcome = fetch("--rename", "-O", "-J", peer.url("/a/x"))
        check(outcome.status == 2 and "--rename" in outcome.lines[0] and "-J" in outcome.lines[0], str(outcome))


def a_file_and_the_part_of_another_are_not_the_same_file():
    with Peer(tell_path) as peer, scratch() as folder:
        for first, second in (("x", "x.part"), ("x.part", "x"), ("x", "x.part.tag")):
            outcome = fetch("-s", "--output-dir", folder, "-o", first, "-o", second, peer.url("/1"), peer.url("/2"))
            check(outcome.status == 23 and len(outcome.lines) == 1, str(outcome))
            check("another URL is written to" in outcome.lines[0] and str(folder / second) in outcome.lines[0], str(outcome))
            check(files_in(folder) == {first: "/1"}, str(files_in(folder)))
            (folder / first).unlink()
        got = fetched(folder, "-o", "x", "-o", "x.part", peer.url("/1"), peer.url("/2"))
        check(got == {"x": "/1", "x.part.1": "/2"}, str(got))


def with_curl(case):
    """Runs it with fetch and with curl, each in a folder of its own."""
    for tool in (lambda *words, **more: fetch("-s", *words, **more), lambda *words, **more: run("curl", "-s", *words, **more)):
        with scratch() as folder:
            case(tool, folder)


def a_name_that_a_server_gives_replaces_no_file():
    def talk(connection):
        while read_request(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=theirs\r\n"
                               b"Content-Length: 3\r\n\r\nnew")

    def case(tool, folder):
        check(tool("-OJ", peer.url("/ours"), cwd=folder).status == 0 and files_in(folder) == {"theirs": "new"}, "it failed")
        for path in ("/ours", "/theirs"):
            (folder / "theirs").write_text("precious")
            outcome = tool("-OJ", peer.url(path), cwd=folder)
            check(outcome.status == 23 and files_in(folder) == {"theirs": "precious"}, f"{outcome} {files_in(folder)}")
        outcome = tool("-OJ", "--no-clobber", peer.url("/ours"), cwd=folder)
        check(outcome.status == 0 and files_in(folder) == {"theirs": "precious", "theirs.1": "new"}, str(outcome))
        (folder / "theirs").unlink()
        (folder / "theirs").symlink_to("elsewhere")
        outcome = tool("-OJ", peer.url("/ours"), cwd=folder)
        check(outcome.status == 23 and not (folder / "elsewhere").exists(), str(outcome))
    with Peer(talk) as peer:
        with_curl(case)


def another_try_may_have_the_name_that_the_server_gave_the_first():
    sizes = [1000, 3]

    def talk(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=theirs\r\n"
                           b"Content-Length: %d\r\n\r\nnew" % sizes.pop(0))
    with Peer(talk) as peer, scratch() as folder:
        outcome = fetch("-s", "-OJ", "--retry", "1", "--retry-delay", "0.01", "--retry-all-errors", peer.url("/ours"), cwd=folder)
        check(outcome.status == 0 and files_in(folder) == {"theirs": "new"}, f"{outcome} {files_in(folder)}")


def a_file_that_is_replaced_keeps_its_mode():
    def case(tool, folder):
        for mode in (0o600, 0o755):
            (folder / "x").write_text("before")
            (folder / "x").chmod(mode)
            check(tool("-o", "x", peer.url("/1"), cwd=folder).status == 0, "it failed")
            check((folder / "x").stat().st_mode & 0o777 == mode, oct((folder / "x").stat().st_mode))
    with Peer(tell_path) as peer:
        with_curl(case)


def a_name_may_be_as_long_as_names_can_be():
    def case(tool, folder):
        for size in (244, 245, 246, 250, 251, 255):
            path = "/" + size * "n"
            check(tool("-O", peer.url(path), cwd=folder).status == 0 and files_in(folder) == {path[1:]: path}, f"{size} bytes")
            (folder / path[1:]).unlink()
    with Peer(tell_path) as peer:
        with_curl(case)
        with scratch() as folder:
            name = 255 * "n"
            others = fetch("-s", "-C", "-", "-o", folder / name, peer.url("/1"))
            check(others.status == 0 and files_in(folder) == {name: "/1"}, str(others))


def lines_of(path):
    return [line.strip() for line in path.read_text().splitlines() if not line.startswith("#")]


def a_list_is_read_and_written_anew_in_one_run():
    with Peer(tell_path) as peer, scratch() as folder:
        listed = folder / "list"
        for words, stdin in ((["--input", listed], None), (["--input", "-"], listed), (["--fail-early", "--input", "-"], listed)):
            listed.write_text(f"# two\n{peer.url('/a')} a\n{peer.url('/b')} b\n")
            failing.add("/b")
            with open(stdin or "/dev/null") as given:
                done = subprocess.run([app("fetch"), "-s", "--output-dir", folder, *words, "--failed", listed],
                                      stdin=given, capture_output=True, timeout=60)
            check(done.returncode == 18 and (folder / "a").read_text() == "/a", str(done))
            check(f"{peer.url('/b')}\tb" in lines_of(listed), listed.read_text())
            got = fetched(folder, "--input", listed, "--failed", listed)
            check(listed.read_text() == "" and got.keys() == {"a", "b", "list"}, str(got))


def a_list_that_is_written_anew_is_right_when_the_run_is_interrupted():
    talk, held = that_holds()
    with Peer(talk) as peer, scratch() as folder:
        listed = folder / "list"
        listed.write_text(f"{peer.url('/a')}\n{peer.url('/held')}\n{peer.url('/c')}\n")
        process = subprocess.Popen([app("fetch"), "-s", "--parallel-max", "1", "--input", listed, "-O", "--output-dir", folder,
                                    "--failed", listed])
        check(held.wait(60), "it never came to it")
        interrupt(process)
        check(lines_of(listed) == [peer.url("/held"), peer.url("/c")], listed.read_text())
        check(files_in(folder).keys() == {"a", "list"}, str(files_in(folder)))


def a_symbolic_link_is_followed_as_curl_follows_it():
    with Peer(tell_path) as peer:
        for target in ("there", "new", "link", "folder", "no/where", "folder/new", "next", "folder/back"):
            outcomes = []
            for tool in (fetch, lambda *words, **more: run("curl", *words, **more)):
                with scratch() as folder:
                    (folder / "there").write_text("before")
                    (folder / "folder").mkdir()
                    (folder / "folder" / "back").symlink_to("../new")
                    (folder / "next").symlink_to("there")
                    (folder / "link").symlink_to(target)
                    outcome = tool("-s", "-o", "link", peer.url("/1"), cwd=folder)
                    kept = sorted((str(path.relative_to(folder)), os.readlink(path) if path.is_symlink() else path.read_text())
                                  for path in folder.rglob("*") if path.is_symlink() or path.is_file())
                    outcomes.append((outcome.status, kept))
            check(outcomes[0] == outcomes[1], f"{target}: {outcomes[0]} and curl {outcomes[1]}")


def what_is_small_on_the_way_may_be_large_in_the_end():
    bodies = {name: bytes(size) for name, size in (("at-most", 64 * 1024), ("more", 64 * 1024 + 1), ("large", 10 << 20))}

    def talk(connection):
        while request := read_request(connection):
            body = gzip.compress(bodies[request.split()[1].decode().strip("/")])
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with Peer(talk) as peer, scratch() as folder:
        for there in (None, "FILE", "FILE.part"):  # the last is another program's
            for name, body in bodies.items():
                others = set(folder.iterdir())
                if there:
                    (folder / there.replace("FILE", name)).write_bytes(b"before")
                outcome = fetch("-s", "--compressed", "-O", peer.url(f"/{name}"), cwd=folder)
                check(outcome.status == 0 and (folder / name).read_bytes() == body, f"{name}: {outcome}")
                left = {folder / name} | ({folder / f"{name}.part"} if there == "FILE.part" else set())
                check(set(folder.iterdir()) - others <= left and all(file.exists() for file in left), str(list(folder.iterdir())))
                for file in left:
                    file.unlink()


def what_comes_in_between_is_replaced_and_nothing_else_is_touched():
    """While a small body is under way another program makes a file of its name, and one of its part's."""
    with scratch() as folder:
        def talk(connection):
            while read_request(connection):
                check(list(folder.iterdir()) == [], f"there is already {list(folder.iterdir())}")
                for name, content in (("file", b"another"), ("file.part", b"not ours")):
                    (folder / name).write_bytes(content)
                    (folder / name).chmod(0o600)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew")

        with Peer(talk) as peer:
            outcome = fetch("-s", "-o", folder / "file", peer.url("/"))
        check(outcome.status == 0 and (folder / "file").read_bytes() == b"new", str(outcome))
        check((folder / "file").stat().st_mode & 0o777 == 0o600, "whoever could not read the file can read the new one")
        check((folder / "file.part").read_bytes() == b"not ours", "the part of another was written to")
        check(len(list(folder.iterdir())) == 2, f"left: {list(folder.iterdir())}")


def a_list_may_begin_with_a_byte_order_mark():
    with Peer(tell_path) as peer, scratch() as folder:
        for text in (f"\ufeff{peer.url('/1')}\n{peer.url('/2')}\n", f"\ufeff# a comment\n{peer.url('/1')}\n{peer.url('/2')}", "\ufeff"):
            (folder / "list").write_text(text, encoding="utf-8")
            outcome = fetch("-s", "--input", folder / "list")
            check(outcome.status == 0 and outcome.out == (b"/1/2" if "http" in text else b""), f"{text}: {outcome}")


def a_list_of_what_failed_has_no_blanks_in_its_urls_and_no_ends_of_lines_in_its_names():
    with Peer(tell_path) as peer, scratch() as folder:
        urls = [peer.url("/a b"), peer.url("/c\td"), peer.url("/e"), peer.url("/f")]
        failing.update(["/a%20b", "/cd", "/e", "/f"])
        outcome = fetch("-s", "--output-dir", folder, "-o", "1 1", "-o", "2", "-o", "3\n4", "-o", " 5", "--failed", folder / "left", *urls)
        check(outcome.status == 18, str(outcome))
        check(lines_of(folder / "left") == [peer.url("/a%20b") + "\t1 1", peer.url("/cd") + "\t2"], (folder / "left").read_text())
        comments = [line for line in (folder / "left").read_text().splitlines() if line.startswith("#")]
        check(sum(f"# {peer.url(path)}\t" in line for line in comments for path in ("/e", "/f")) == 2, str(comments))
        got = fetched(folder, "--input", folder / "left", "--failed", folder / "left")
        check(got == {"1 1": "/a%20b", "2": "/cd", "left": ""}, str(got))


run_cases([
    later_urls_get_numbers_as_with_wget,
    a_number_that_is_taken_is_passed_over,
    two_ways_to_write_a_name_are_the_same_name,
    many_of_one_name_each_have_a_file,
    what_failed_is_listed_by_the_name_that_it_got,
    without_it_the_second_is_refused,
    a_file_and_the_part_of_another_are_not_the_same_file,
    a_name_that_a_server_gives_replaces_no_file,
    another_try_may_have_the_name_that_the_server_gave_the_first,
    a_file_that_is_replaced_keeps_its_mode,
    a_name_may_be_as_long_as_names_can_be,
    a_list_is_read_and_written_anew_in_one_run,
    a_list_that_is_written_anew_is_right_when_the_run_is_interrupted,
    a_symbolic_link_is_followed_as_curl_follows_it,
    what_is_small_on_the_way_may_be_large_in_the_end,
    what_comes_in_between_is_replaced_and_nothing_else_is_touched,
    a_list_may_begin_with_a_byte_order_mark,
    a_list_of_what_failed_has_no_blanks_in_its_urls_and_no_ends_of_lines_in_its_names,
])
