"""Read a calendar file in a process of its own that can be killed: a rule that never ends costs seconds, not the site.

The process knows no secret: an empty environment, no Django, no files to write, and limits on time and memory that it sets
for itself before it reads a byte. The file goes in by its standard input and is never on a disk; only seconds and counts
come out, and what a library has to say about it is thrown away, since it might quote it.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 10  # of the clock on the wall; a full file of 5,000 appointments takes about two
MEMORY = 512 * 1024 * 1024  # bytes of addresses
ROOT = Path(__file__).resolve().parents[2]


class TooMuch(Exception):
    """It took more time or memory than there is, and was ended."""


@dataclass(frozen=True)
class Answer:
    """`refused` is a key of `services.rules.outside.Unreadable`, or empty; then the rest is as in `Busy`."""

    refused: str
    spans: tuple[tuple[int, int], ...]
    left_out: dict[str, int]


def expand(data: bytes, *, zone: str, start: int, end: int, seconds: float = SECONDS, memory: int = MEMORY) -> Answer:
    """The busy times of `data` between two moments (seconds since 1970). Raises TooMuch."""
    facts = json.dumps({"zone": zone, "start": start, "end": end, "seconds": seconds, "memory": memory})
    try:
        done = subprocess.run(  # noqa: S603 -- this very file, by our own interpreter
            [sys.executable, "-I", __file__, facts],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            cwd="/",
            env={},
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        raise TooMuch from None
    said = json.loads(done.stdout)
    return Answer(said["refused"], tuple((low, high) for low, high in said["spans"]), said["left_out"])


def main() -> None:
    """What the process does."""
    facts = json.loads(sys.argv[1])
    _limit(facts.pop("seconds"), facts.pop("memory"))
    sys.path.insert(0, str(ROOT))
    from services.rules.outside import Unreadable, busy_times

    said: dict[str, Any] = {"refused": "", "spans": (), "left_out": {}}
    try:
        busy = busy_times(sys.stdin.buffer.read(), **facts)
        said |= {"spans": busy.spans, "left_out": busy.left_out}
    except Unreadable as why:
        said["refused"] = why.key
    sys.stdout.write(json.dumps(said))


def _limit(seconds: float, memory: int) -> None:
    import resource

    for kind, most in (
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
