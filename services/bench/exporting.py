"""The export in a process of its own, so that its peak of memory is its own. Imports nothing of Django before it is set up."""

import os
import resource
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

KIBIBYTES = 1024  # in a megabyte of ru_maxrss, on Linux


def export(told: Any, name: str, host: str) -> None:
    """Write the package of the database `name` at `host`; send `(rows, seconds, peak in MB)` of the whole process."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.dev")
    django.setup()
    from django.db import connections

    from directory.hsds.writing import write

    for target in (connections["default"].settings_dict, connections.settings["default"]):
        target.update(NAME=name, HOST=host)
    with tempfile.TemporaryDirectory() as folder:
        began = perf_counter()
        counts = write(Path(folder) / "package")
        seconds = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBIBYTES
    told.send((sum(counts.values()), seconds, peak))
    told.close()
