"""Rules on files as such: length, top level, what must not be left in them."""

import re

MAX_LINES = 400
SOURCES = (".py", ".js", ".mjs")
TEXTS = (*SOURCES, ".md", ".toml", ".json", ".html", ".css", ".csv", ".sh", "Makefile", "/run")

TOP = re.compile(
    r"firmware|boards|hal|tests|tools|README\.md|Makefile|LICENSE|pyproject\.toml|\..*|.*\.lock"
    r"|requirements.*\.txt|package(-lock)?\.json"
)
# the brackets keep this file itself from being found
_PROMISE = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
_MACHINE = re.compile(r"(?<![\w.])/(?:root|work|farm|home/\w+|Users/\w+)/")


def check(name, text):
    """Findings (line, rule, what is wrong) in the file `name`, relative to the root."""
    top = name.split("/")[0]
    if not TOP.fullmatch(top):
        yield 1, "top", f"{top} is not an agreed name at the top level"
    if not name.endswith(TEXTS):
        return
    lines = text.splitlines()
    if name.endswith(SOURCES) and len(lines) > MAX_LINES:
        yield MAX_LINES + 1, "length", f"{len(lines)} lines; a file of more than {MAX_LINES} is two files"
    for number, line in enumerate(lines, 1):
        if _PROMISE.search(line):
            yield number, "promise", "work that is promised instead of done"
        if _MACHINE.search(line):
            yield number, "machine", "a path of one machine"
