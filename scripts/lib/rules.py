#!/usr/bin/env python3
"""Checks the house rules that a search can find. Usage: python3 scripts/lib/rules.py

A file that must break a rule names the very words in a comment in its first 20 lines, with the reason.
"""

import pathlib
import re
import subprocess
import sys

LONGEST = 400
FORBIDDEN = ["try!", "fatalError(", "@unchecked Sendable", "nonisolated(unsafe)", "Task.detached"]
EMPTY_CATCH = re.compile(r"catch\s*\{\s*\}")
TOP_LEVEL = {
    "Package.swift", "README.md", "LICENSE", ".swift-format", ".gitignore", ".ci", "Sources", "Tests", "image", "bundles",
    "udev", "systemd", "scripts",
}


def tracked():
    names = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return [pathlib.Path(name) for name in subprocess.run(names, capture_output=True, text=True, check=True).stdout.splitlines()]


def findings_in(path):
    if path.parts[0] not in TOP_LEVEL:
        yield f"{path}: does not belong at the top of the tree"
    if path.name == "Package.resolved":
        yield f"{path}: is not tracked"
    shell = path.parts[0] == "scripts" and path.suffix in ("", ".sh")
    if not (path.suffix in (".swift", ".py") or shell) or not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > LONGEST:
        yield f"{path}: {len(lines)} lines, {LONGEST} are the most"
    if path.suffix != ".swift" or path.name == "Package.swift":
        return
    header = "\n".join(line for line in lines[:20] if line.lstrip().startswith("//"))
    for number, line in enumerate(lines, start=1):
        code = re.sub(r"(^|\s)//.*", "", line)
        for words in FORBIDDEN:
            if words in code and words not in header:
                yield f"{path}:{number}: {words}"
        if EMPTY_CATCH.search(code):
            yield f"{path}:{number}: an error is swallowed"


def main():
    findings = [finding for path in tracked() for finding in findings_in(path)]
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
