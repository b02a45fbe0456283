"""`python -m tests.browser_install`: see to it that the journeys have a Chromium. Prints one line.

The system's own is taken first; as root the system's package manager is asked; else Playwright fetches one.
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


def by_package_manager():
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *words], check=False, env=environment, **QUIET)


def by_playwright():
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, **QUIET)


def main():
    found = browser()
    if found:
        print(f"browser: {found}")
        return
    print("browser: none found, fetching Chromium (a few minutes)...", flush=True)
    for way in (by_package_manager, by_playwright):
        way()
        found = browser()
        if found:
            print(f"browser: {found}, installed now")
            return
    sys.exit("sekali: no Chromium here and none could be fetched; install the package `chromium`, then run again.")


if __name__ == "__main__":
    main()
