"""`python -m tests.install`: see to it that the tests have a Chromium, a PgBouncer and Pango. Prints a line for each.

The system's own is taken first; as root the system's package manager is asked; else Playwright fetches Chromium.
"""

import os
import shutil
import subprocess
import sys

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
NAMES = ("chromium", "chromium-browser", "google-chrome")


def system_browser():
    """The path of a Chromium that is installed on this machine, or None."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


def own_browser():
    """The path of the Chromium that Playwright fetched, or None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None  # noqa: PTH110


def browser():
    """The Chromium the journeys start, for Playwright's `executable_path`; None when there is none."""
    return system_browser() or own_browser()


def pooler():
    """The path of PgBouncer, or None."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")  # Debian's names of what sets PDF documents


def pango():
    """How PDF documents are set, or None where a library of the system is missing."""
    try:
        import weasyprint
    except OSError:
        return None
    return f"weasyprint {weasyprint.__version__}"


def by_package_manager(*packages):
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # installed, not started
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *words], check=False, env=environment, **QUIET)


def by_playwright():
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, **QUIET)


def ensure(what, find, ways, advice):
    """Print where it is, fetching it first if need be; end with one sentence when it is not to be had."""
    found = find()
    if not found:
        print(f"{what}: none found, fetching it (a few minutes)...", flush=True)
        for way in ways:
            way()
            found = find()
            if found:
                break
    if not found:
        sys.exit(f"sekali: {advice}")
    print(f"{what}: {found}")


def main():
    ensure("browser", browser, (lambda: by_package_manager("chromium"), by_playwright),
           "no Chromium here and none could be fetched; install the package `chromium`, then run again.")  # fmt: skip
    ensure("pooler", pooler, (lambda: by_package_manager("pgbouncer"),),
           "no PgBouncer here and none could be fetched; install the package `pgbouncer`, then run again.")  # fmt: skip
    ensure("documents", pango, (lambda: by_package_manager(*PANGO),),
           f"no Pango here and none could be fetched; install {', '.join(PANGO)}, then run again.")  # fmt: skip


if __name__ == "__main__":
    main()
