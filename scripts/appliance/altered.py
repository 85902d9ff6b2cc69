#!/usr/bin/env python3
"""Makes overlays with files that are altered throughout: what an update costs in the worst case.

Usage: altered.py program FILE TARGET
       altered.py packages BASE-TAR FOLDER PACKAGE...

Each byte of a file becomes another one, so that nothing of it is as it was, and it compresses as well as before; and it becomes a bit
longer, so that what lies behind it moves. A program is one file; of packages, which lie unpacked in a tar file with dpkg's lists, all
their programs, libraries and data are altered.
"""

import pathlib
import sys
import tarfile

OTHER = bytes(byte ^ 1 for byte in range(256))
# Where only what is read by people is.
LEFT_OUT = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/info/", "/etc/", "/var/", "/boot/")


def altered(content):
    return content.translate(OTHER) + b"x" * 700


def write(path, content, mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def alter_packages(base, folder, packages):
    with tarfile.open(base) as archive:
        members = {member.name.lstrip("."): member for member in archive}
        for package in packages:
            lists = [f"/var/lib/dpkg/info/{name}.list" for name in (package, package + ":amd64")]
            found = next((name for name in lists if name in members), None)
            if found is None:
                sys.exit(f"there is no package '{package}' in {base}")
            for path in archive.extractfile(members[found]).read().decode().split("\n"):
                member = members.get(path) or members.get("/usr" + path)
                if member is None or not member.isfile() or member.name.lstrip(".").startswith(LEFT_OUT):
                    continue
                content = altered(archive.extractfile(member).read())
                write(folder / member.name.lstrip("./"), content, member.mode & 0o777)


if len(sys.argv) == 4 and sys.argv[1] == "program":
    source = pathlib.Path(sys.argv[2])
    write(pathlib.Path(sys.argv[3]), altered(source.read_bytes()), source.stat().st_mode & 0o777)
elif len(sys.argv) > 4 and sys.argv[1] == "packages":
    alter_packages(sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4:])
else:
    sys.exit(__doc__)
