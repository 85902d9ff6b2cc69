#!/usr/bin/env python3
"""Checks who may import whom: the layers of the package, in its sources and in its manifest.

Usage: swift package dump-package | python3 scripts/lib/layers.py
"""

import json
import pathlib
import re
import sys

MODEL, SUPERVISOR = "HomieModel", "HomieSupervisor"

# What each library may import of ours. Layer 1 does no I/O; an edge knows one external system and no other edge, but for
# the shared transports HomieHTTP, HomieTransfer, HomieArchive and HomieProcess. A new target gets a line here, and a reason in
# its commit.
MAY_IMPORT = {
    MODEL: set(),
    "HomieCompose": {MODEL},
    "HomiePlanning": {MODEL},
    "HomieAPI": {MODEL},
    SUPERVISOR: {MODEL, "HomiePlanning"},
    "HomieAccess": {MODEL, "HomieAPI"},
    # Public certificate authorities: signed requests over libcurl, and a program of the owner's that sets DNS records.
    "HomieACME": {MODEL, "HomieProcess", "HomieTransfer"},
    "HomieAppliance": {MODEL, SUPERVISOR, "HomieProcess"},
    "HomieArchive": {MODEL, "CArchive"},
    "HomieConsole": {MODEL},
    "HomieCommand": {MODEL, "HomieConsole"},
    "HomieHTTP": {MODEL},
    # Programs get no capabilities of this process but those meant for them.
    "HomieProcess": {"CCapability"},
    # What `homie` answers without the rest of it: a program with no shared library imports this.
    "HomieReceipts": {MODEL, "HomieAPI", "HomieConsole"},
    "HomieEngine": {MODEL, SUPERVISOR, "HomieHTTP", "HomieArchive", "HomieProcess"},
    "HomieMetrics": {MODEL, "HomiePlanning", SUPERVISOR},
    "HomieNotify": {MODEL, SUPERVISOR, "HomieTransfer"},
    # Checks over TLS go through libcurl, which is there already; plain ones through sockets and epoll.
    "HomieProbe": {MODEL, SUPERVISOR, "HomieTransfer", "CEpoll"},
    "HomieServer": {"HomieAPI", "HomieAccess", MODEL, SUPERVISOR},
    "HomieStore": {"HomieAccess", MODEL, "HomiePlanning", SUPERVISOR},
    "HomieTracing": {MODEL, SUPERVISOR},
    "HomieSystemd": {MODEL, "CSystemd"},
    "HomieGateway": {MODEL, SUPERVISOR, "HomieProcess"},
    # Registries of images: HEAD over libcurl, which the engine itself does not offer.
    "HomieRegistry": {MODEL, SUPERVISOR, "HomieTransfer"},
    # The host's packet filter, by its own program: published ports are led elsewhere while they change hands.
    "HomieRelay": {MODEL, SUPERVISOR, "HomieProcess"},
    "HomieBackup": {MODEL, SUPERVISOR, "HomieArchive"},
    "HomieBus": {MODEL, "CGIO"},
    "HomieUpdate": {MODEL, "HomieAPI", "HomiePlanning", "HomieTransfer"},
    "HomieTransfer": {MODEL, "CCurl"},
    "HomieBundle": {MODEL, "HomiePlanning", "HomieProcess"},
    "HomieImage": {MODEL, "HomiePlanning", "HomieProcess"},
    "HomieDisk": {MODEL, "HomiePlanning"},
    "HomieTestSupport": {MODEL, "HomieAccess", "HomiePlanning", SUPERVISOR, "HomieTransfer"},
    "CArchive": set(),
    "CCapability": set(),
    "CCurl": set(),
    "CEpoll": set(),
    "CGIO": set(),
    "CMalloc": set(),
    "CSystemd": set(),
}
PURE = {MODEL, "HomieCompose", "HomiePlanning", "HomieAPI"}
# What a pure target may import of others'.
PURE_MODULES = {"Swift", "FoundationEssentials", "RegexBuilder"}
PURE_EXTRA = {"HomieCompose": {"Yams"}}
# A pure target is handed time, chance, environment and files: it does not fetch them.
IMPURE = re.compile(
    r"\b(FileManager|FileHandle|ProcessInfo|Glibc|(?:Data|String)\(contentsOf:|contentsOfFile:|ContinuousClock|SuspendingClock"
    r"|SystemRandomNumberGenerator|Task\.sleep|print\()|\.random\(|\bDate\(\)|\bDate\.now\b|\bUUID\(\)|\.shuffled\(\)"
)
IMPORT = re.compile(r"^\s*(?:@\w+\s+)*(?:public |internal |package |private |fileprivate )?import\s+(?:\w+\s+)?(\w+)")
COMMENT = re.compile(r"(^|\s)//.*")

findings = []


def is_ours(name):
    return name.startswith(("Homie", "homie")) or name in MAY_IMPORT


def check_manifest(package):
    for target in package["targets"]:
        name = target["name"]
        if target["type"] in ("executable", "test"):
            continue
        if name not in MAY_IMPORT:
            findings.append(f"Package.swift: {name} has no line in scripts/lib/layers.py")
            continue
        for dependency in target["dependencies"]:
            kind, value = next(iter(dependency.items()))
            if kind in ("byName", "target") and value[0] not in MAY_IMPORT[name]:
                findings.append(f"Package.swift: {name} may not depend on {value[0]}")
            if kind == "product" and name in PURE and value[0] not in PURE_EXTRA.get(name, ()):
                findings.append(f"Package.swift: {name} does no I/O and may not depend on {value[0]}")


def check_file(target, path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        code = COMMENT.sub("", line)
        where = f"{path}:{number}"
        if match := IMPORT.match(code):
            module = match[1]
            if is_ours(module) and module not in MAY_IMPORT[target]:
                findings.append(f"{where}: {target} may not import {module}")
            allowed = PURE_MODULES | PURE_EXTRA.get(target, set())
            if target in PURE and not is_ours(module) and module not in allowed:
                findings.append(f"{where}: {target} does no I/O and may not import {module}")
        elif target in PURE and (match := IMPURE.search(code)):
            findings.append(f"{where}: {target} does no I/O, and {match[0].strip('(')} is")
        if target == "HomiePlanning" and re.search(r"\b(async|await)\b", code):
            findings.append(f"{where}: planners are pure, and cannot wait")


def main():
    check_manifest(json.load(sys.stdin))
    for folder in sorted(pathlib.Path("Sources").iterdir()):
        if folder.name in MAY_IMPORT:
            for path in sorted(folder.rglob("*.swift")):
                check_file(folder.name, path)
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
