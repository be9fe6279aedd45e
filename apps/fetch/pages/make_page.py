#!/usr/bin/env python3
"""Makes fetch's man page, or its completion for a shell, out of what `fetch --print-options` prints.

usage: make_page.py man|bash|zsh|fish VERSION < TABLE > PAGE
"""

import re
import sys

# In the man page's foot; it goes with the version.
DATE = "2026-11-29"
# The group of CLI11's own options, --help and --version, which stand first and need no heading.
GENERAL = "Options"


class Option:
    """A line of the table: names are with their dashes, and the placeholder is empty where there is no value."""

    def __init__(self, group, names, placeholder, text):
        self.group, self.text = group, text
        self.names = names.split(",")
        self.placeholder = placeholder.strip("'")

    def takes_value(self):
        return self.placeholder != ""

    def completes(self):
        """What its value is completed to: files, directories or nothing."""
        word = self.placeholder.split("[")[0]
        return {"FILE": "files", "PATH": "files", "DIR": "directories"}.get(word, "nothing")


def read_table(lines):
    """The options, and the lines of prose by their kind."""
    options, prose = [], {"about": [], "notes": []}
    for line in lines:
        kind, *fields = line.rstrip("\n").split("\t")
        if kind == "option":
            options.append(Option(*fields))
        else:
            prose[kind].append(fields[0])
    return options, prose


# --- the man page ---------------------------------------------------------------------------------------------------

# What roff makes a typographer's sign of, and is meant as it is typed.
AS_TYPED = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def roff(text):
    text = "".join(AS_TYPED.get(letter, letter) for letter in text)
    return "\\&" + text if text.startswith(".") else text


def paragraphs(lines):
    return "\n.PP\n".join("\n".join(map(roff, part.split("\n"))) for part in "\n".join(lines).split("\n\n"))


def man_page(options, prose, version):
    page = [f'.TH FETCH 1 {DATE} "Corduroy {version}" "User Commands"',
            ".SH NAME", "fetch \\- fetch URLs over HTTP, many at once",
            ".SH SYNOPSIS", ".B fetch", ".RI [ options ] \" \" URL \" ...\"",
            ".SH DESCRIPTION", paragraphs(prose["about"]),
            ".SH OPTIONS", roff("A switch is taken back by --no-NAME, as with curl.")]
    group = GENERAL
    for option in options:
        if option.group != group:
            group = option.group
            page.append(f'.SS "{roff(group)}"')
        names = ", ".join(f"\\fB{roff(name)}\\fR" for name in option.names)
        value = f" \\fI{roff(option.placeholder)}\\fR" if option.takes_value() else ""
        page += [".TP", names + value, roff(option.text)]
    return "\n".join([*page, ".SH NOTES", paragraphs(prose["notes"]), ".SH SEE ALSO", ".BR curl (1)"])


# --- the shells -----------------------------------------------------------------------------------------------------

def bash_completion(options, prose, version):
    def pattern(kind):
        return " | ".join(name for option in options if option.takes_value() and option.completes() == kind
                          for name in option.names)
    names = " ".join(name for option in options for name in option.names)
    return f"""# bash completion for fetch (Corduroy {version})
_fetch() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}
    COMPREPLY=()
    # To bash the '=' of --NAME=VALUE is a word of its own.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = && $COMP_CWORD -ge 2 ]]; then
        prev=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    case $prev in
    {pattern("files")})
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    {pattern("directories")})
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        return
        ;;
    {pattern("nothing")})
        return
        ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "{names}" -- "$cur")
    fi
}}
complete -F _fetch fetch"""


def zsh_completion(options, prose, version):
    actions = {"files": "_files", "directories": "_files -/", "nothing": " "}

    def quoted(text):
        return text.replace("'", "'\\''")

    def name_of(name):
        return name.replace(":", "'\\:'")

    def line(option):
        text = quoted(re.sub(r"([\[\]:\\])", r"\\\1", option.text))
        names = ",".join(map(name_of, option.names))
        value = ""
        if option.takes_value():
            value = f":{quoted(option.placeholder.replace(':', chr(92) + ':'))}:{actions[option.completes()]}"
        return f"    '*'{'{' + names + '}' if len(option.names) > 1 else names}'[{text}]{value}' \\"
    return "\n".join([f"#compdef fetch\n# zsh completion for fetch (Corduroy {version})", "_arguments -s \\",
                      *map(line, options), "    '*:URL:_urls'"])


def fish_completion(options, prose, version):
    needs = {"files": " -r -F", "directories": " -x -a '(__fish_complete_directories)'", "nothing": " -x"}

    def line(option):
        names = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)
        text = option.text.replace("\\", "\\\\").replace("'", "\\'")
        return f"complete -c fetch{names} -d '{text}'" + (needs[option.completes()] if option.takes_value() else "")
    return "\n".join([f"# fish completion for fetch (Corduroy {version})", *map(line, options)])


MAKERS = {"man": man_page, "bash": bash_completion, "zsh": zsh_completion, "fish": fish_completion}
print(MAKERS[sys.argv[1]](*read_table(sys.stdin), sys.argv[2]))
