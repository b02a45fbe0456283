"""Measure the searches, the booking and the export on this machine, in a scratch database that is dropped at the end.

Progress goes to standard error; with --json the figures go to standard output as one JSON object. The exit code says
whether the bars of the issue are met.
"""

import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from services.bench import bookings, directory, overhead, pages, replan, series, slots, trial
from services.bench.scratch import scratch_database

BARS = {
    "slots": lambda f: f["ratio_to_floor"] <= 3 and f["speedup"] >= 100 and f["explain_ratio"] <= 15 and f["agree"],
    "overhead": lambda f: f["ratio"] <= 1.5,
    "series": lambda f: f["ratio_to_search"] <= 30 and f["sessions"] == 78,
    "replan": lambda f: f["saved"] >= 1 and f["moved"] <= f["greedy_moved"] and f["seconds"] <= 30 and f["valid"],
    "directory": lambda f: f["ratio_to_floor"] <= 5 and f["export_peak_mb"] <= 200,
    "pages": lambda f: f["cached_ratio"] >= 10 and f["uncached_ratio"] >= 0.7,
    "bookings": lambda f: f["double_booked"] == 0 and f["errors"] == 0 and f["p99_ratio"] <= 3,
}


class Command(BaseCommand):
    help = "Measure searches, races for few slots, the cost of the walls, half a year of sessions, plans made anew, and readers' pages."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=sorted(BARS))
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--quick", action="store_true", help="a small set, to try the bench itself")

    def handle(self, *args, **options):  # noqa: ARG002 -- a command is called so
        what, quick = options["what"], options["quick"]
        with scratch_database(self.say):
            if what == "slots":
                small = {"repeats": 10, "size": trial.SMALL} if quick else {}
                figures = slots.measure(self.say, timezone.now(), **small)
            elif what == "series":
                small = {"repeats": 2, "size": trial.SMALL} if quick else {}
                figures = series.measure(self.say, timezone.now(), **small)
            elif what == "overhead":
                figures = overhead.measure(self.say, **({"rounds": 1} if quick else {}))
            elif what == "replan":
                figures = replan.measure(self.say, **({"size": replan.SMALL} if quick else {}))
            elif what == "pages":
                figures = pages.measure(self.say, **({"rounds": 1, "seconds": 0.5} if quick else {}))
            elif what == "directory":
                figures = directory.measure(self.say, timezone.now(), **({"size": directory.SMALL} if quick else {}))
            else:
                figures = bookings.measure(self.say, timezone.now(), **({"seconds": 2.0} if quick else {}))
        if options["json"]:
            self.stdout.write(json.dumps(figures, indent=2))
        else:
            self.stdout.write("\n".join(f"{key}: {value}" for key, value in figures.items()))
        if not quick and not BARS[what](figures):
            raise CommandError("the figures are outside the bars.")

    def say(self, words):
        self.stderr.write(f"bench: {words}")
