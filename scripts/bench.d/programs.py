"""The programs that are measured: a build of our own, or a folder that somebody names."""

import pathlib
import subprocess
import sys

NAMES = ("homied", "homie-cli", "homie", "homie-write-bench")


def folder(root, named, rows):
    """Where they are; ends the run before an hour of measuring where the folder that was named lacks one."""
    if not named:
        return root / ".build-release/release"
    folder = pathlib.Path(named)
    needed = [name for name in NAMES if name != "homie-write-bench" or "writes" in rows]
    missing = [name for name in needed if not (folder / name).exists()]
    if missing:
        sys.exit(f"{folder} has no {', '.join(missing)}; without --binaries all that is needed is built")
    return folder


def build(root):
    subprocess.run([str(root / "scripts/setup"), "build"], check=True, stdout=sys.stderr)
    command = f". scripts/lib/say.sh; . scripts/lib/swift.sh; find_swift; build_release {' '.join(NAMES)}"
    subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=root, check=True, stdout=sys.stderr)
