#!/usr/bin/env python3
"""fetch's man page and its completions, which the build makes out of the options that the program prints."""

import os
import pathlib
import re

from support import check, fetch, run, run_cases, scratch, skip, which

APPS = pathlib.Path(os.environ["CORDUROY_APPS"])


def page(name):
    return APPS / name


def text_of(name):
    return page(name).read_text()


fetch("--version")  # skips where it was not built
if not page("fetch.1").is_file():
    skip("a build whose programs do not run here has no pages")


def table():
    """The lines about options: group, names, placeholder, text."""
    outcome = fetch("--print-options")
    check(outcome.status == 0 and outcome.err == b"", str(outcome))
    lines = [line.split("\t") for line in outcome.out.decode().splitlines()]
    return [fields for kind, *fields in lines if kind == "option"]


def names_of(lines):
    return {name for _, names, _, _ in lines for name in names.split(",")}


def names_of_help():
    """Without the --no-NAME, as the pages have them."""
    outcome = fetch("--help")
    check(outcome.status == 0, str(outcome))
    listed = re.findall(r"^  (-\S+)", outcome.out.decode(), re.MULTILINE)
    names = {name.removesuffix("{false}") for names in listed for name in names.split(",")}
    return {name for name in names if "--" + name.removeprefix("--no-") not in names or not name.startswith("--no-")}


def names_of_fish():
    names = set()
    for line in text_of("fetch.fish").splitlines():
        words = line.partition(" -d ")[0].split()
        pairs = list(zip(words, words[1:]))
        names |= {"--" + name for flag, name in pairs if flag == "-l"} | {"-" + name for flag, name in pairs if flag == "-s"}
    return names


def all_pages_name_the_options_that_help_names():
    wanted = names_of(table())
    check({"-h", "--help", "-o", "--output", "-:", "--next", "-C", "--tlsv1.3", "-g", "--netrc"} <= wanted, str(wanted))
    man = re.findall(r"^\.TP\n(.*)$", text_of("fetch.1"), re.MULTILINE)
    zsh = re.findall(r"^    '\*'\{?([^[]*?)\}?'\[", text_of("_fetch"), re.MULTILINE)
    bash = re.search(r'compgen -W "([^"]*)"', text_of("fetch.bash"))
    for where, names in {
        "--help": names_of_help(),
        "the man page": {name.replace("\\-", "-") for line in man for name in re.findall(r"\\fB(.*?)\\fR", line)},
        "bash": set(bash[1].split()),
        "zsh": {name.replace("'\\:'", ":") for line in zsh for name in line.split(",")},
        "fish": names_of_fish(),
    }.items():
        check(names == wanted, f"{where}: more {names - wanted}, missing {wanted - names}")


def the_man_page_is_without_a_fault():
    plain = None
    if which("groff"):
        outcome = run("groff", "-man", "-ww", "-z", str(page("fetch.1")))
        check(outcome.status == 0 and outcome.err + outcome.out == b"", str(outcome))
        plain = run("groff", "-man", "-Tascii", "-P-c", "-rLL=1000n", str(page("fetch.1"))).out
    if which("man"):
        outcome = run("man", "-l", "--warnings", str(page("fetch.1")), env={"MANPAGER": "cat", "MANWIDTH": "100"})
        check(outcome.status == 0 and outcome.err == b"", str(outcome))
    if which("mandoc"):
        outcome = run("mandoc", "-T", "lint", "-W", "warning", str(page("fetch.1")))
        check(outcome.status == 0 and outcome.err + outcome.out == b"", str(outcome))
        plain = plain or run("mandoc", "-T", "ascii", "-O", "width=1000", str(page("fetch.1"))).out
    if plain is None:
        print("not run, for there is neither groff nor mandoc: what the page looks like")
        return
    shown = re.sub(r"\s+", " ", re.sub(r".\x08", "", plain.decode()))
    for _, _, _, text in table():
        check(text in shown, f"the page does not say {text!r}")
    check("Exit status: 0 if every URL gave an answer" in shown, "the notes are missing")


def completed_by_bash(*words, cwd):
    """What the last of the words is completed to."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(of an earlier word); '
              '_fetch; printf "%s\\n" "${COMPREPLY[@]}"')
    outcome = run("bash", "--norc", "-c", script, "bash", str(page("fetch.bash")), "fetch", *words, cwd=cwd)
    check(outcome.status == 0 and outcome.err == b"", str(outcome))
    return set(outcome.out.decode().split("\n")) - {""}


def bash_completes_names_and_files():
    with scratch() as folder:
        (folder / "a file").write_text("")
        (folder / "a folder").mkdir()
        (folder / "another").write_text("")
        for words, wanted in (
            (["--netr"], {"--netrc", "--netrc-file", "--netrc-optional"}),
            (["-s", "--output-d"], {"--output-dir"}),
            (["--no-such"], set()),
            (["-"], names_of(table())),
            (["-o", "a "], {"a file", "a folder"}),
            (["--output", "="], {"a file", "a folder", "another"}),
            (["--output", "=", "an"], {"another"}),
            (["--cert", "an"], {"another"}),
            (["--output-dir", "a"], {"a folder"}),
            (["--user", "a"], set()),
            (["-s", "--", "a"], set()),
        ):
            got = completed_by_bash(*words, cwd=folder)
            check(got == wanted, f"{words}: {got} and not {wanted}")
    registered = run("bash", "--norc", "-c", 'source "$1"; complete -p fetch', "bash", str(page("fetch.bash")))
    check(b"_fetch" in registered.out, str(registered))


def zsh_and_fish_can_read_theirs():
    if which("zsh"):
        outcome = run("zsh", "-f", "-n", str(page("_fetch")))
        check(outcome.status == 0 and outcome.err == b"", str(outcome))
    else:
        print("not run, for there is no zsh: zsh's completion")
    if which("fish"):
        with scratch() as folder:
            outcome = run("fish", "--no-config", "-c", f"source {page('fetch.fish')}; complete -C 'fetch --netr'",
                          env={"HOME": str(folder)})
        got = {line.split("\t")[0] for line in outcome.out.decode().splitlines()}
        check(got == {"--netrc", "--netrc-file", "--netrc-optional"} and outcome.err == b"", f"{got} {outcome}")
    else:
        print("not run, for there is no fish: fish's completion")


run_cases([
    all_pages_name_the_options_that_help_names,
    the_man_page_is_without_a_fault,
    bash_completes_names_and_files,
    zsh_and_fish_can_read_theirs,
])
