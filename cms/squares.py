"""The squares of a QR code, as the path of a drawing. No Django here."""

from collections.abc import Iterator, Sequence

import segno


def squares(address: str) -> tuple[int, str]:
    """`(modules across, path)` of the QR code of an address; a quiet margin of four modules is part of it.

    Error correction is M: a card that is folded or stained by a seventh can still be read.
    """
    margin = 4
    rows = segno.make(address, error="m", micro=False).matrix
    runs = [
        f"M{start + margin} {line + margin}h{length}v1h-{length}z"
        for line, row in enumerate(rows)
        for start, length in _runs(row)
    ]
    return len(rows) + 2 * margin, "".join(runs)


def _runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """`(start, length)` of the dark stretches of a row."""
    start = None
    for place, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None
