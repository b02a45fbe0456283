"""`python -m tests.audit` (make audit): html-validate, vnu and Lighthouse over one page of every public template.

Needs node with npm, and java. The tools are locked in package-lock.json beside this file and installed into var/audit, once;
npm refuses a package whose content does not have the hash that stands there. Exit 1 on a fault.
"""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TOOLS = ROOT / "var" / "audit"
BIN = TOOLS / "node_modules" / ".bin"
LEAST = {"accessibility": 100, "best-practices": 100, "performance": 98}  # of 100, on Lighthouse's phone
TRIES = 3  # a busy machine makes a page slow that is not: the best of three counts


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def check_lock():
    """Every package has its hash, and what we ask for is pinned to one version."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        if packages[f"node_modules/{name}"]["version"] != version:
            sys.exit(f"sekali: package-lock.json does not hold {name} {version}.")
    bare = [
        name for name, package in packages.items() if name and not package.get("integrity", "").startswith("sha512-")
    ]
    if bare:
        sys.exit(f"sekali: no hash in package-lock.json for {', '.join(bare)}.")


def install():
    """Put the tools into var/audit, unless this very lock is there already."""
    check_lock()
    for program in ("node", "npm", "java"):
        if not shutil.which(program):
            sys.exit(f"sekali: {program} is missing; the audit needs node (20 or newer) with npm, and java.")
    lock = (HERE / "package-lock.json").read_bytes()
    kept = TOOLS / "installed.json"
    if kept.exists() and kept.read_bytes() == lock:
        return
    say("Installing the tools into var/audit (once, about a minute) …")
    TOOLS.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, TOOLS / name)
    environment = os.environ | {"PUPPETEER_SKIP_DOWNLOAD": "1"}
    words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if subprocess.run(words, cwd=TOOLS, env=environment, check=False).returncode:
        sys.exit("sekali: the tools could not be installed.")
    kept.write_bytes(lock)


def run(*words):
    """(exit code, everything it said)."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, cwd=TOOLS, timeout=300
    )
    return done.returncode, done.stdout + done.stderr


def valid(page):
    """What html-validate and vnu object to in a saved page."""
    code, said = run(BIN / "html-validate", "--config", HERE / "htmlvalidate.json", page)
    faults = [f"html-validate: {line.strip()}" for line in said.splitlines() if "error" in line] if code else []
    code, said = run("java", "-jar", TOOLS / "node_modules/vnu-jar/build/dist/vnu.jar", "--format", "gnu", page)
    return faults + ([f"vnu: {line.split(':', 1)[-1]}" for line in said.splitlines() if line.strip()] if code else [])


def lighthouse(address, chromium):
    """({category: 0 to 100}, what failed) on Lighthouse's phone."""
    report = TOOLS / "lighthouse.json"
    report.unlink(missing_ok=True)
    os.environ["CHROME_PATH"] = chromium
    flags = "--headless=new --disable-gpu" + (" --no-sandbox" if os.geteuid() == 0 else "")
    run(BIN / "lighthouse", address, "--quiet", "--output=json", f"--output-path={report}",
        f"--only-categories={','.join(LEAST)}", f"--chrome-flags={flags}")  # fmt: skip
    told = json.loads(report.read_text())
    scores = {name: round(100 * (category["score"] or 0)) for name, category in told["categories"].items()}
    failed = [
        f"{told['audits'][ref['id']]['title']}"
        for name in ("accessibility", "best-practices")
        for ref in told["categories"][name]["auditRefs"]
        if ref["weight"] and told["audits"][ref["id"]]["score"] not in {None, 1}
    ]
    return scores, failed


def best(address, chromium):
    """The best of a few tries; scores for what is written on the page do not change between them."""
    found, failed = {}, []
    for _try in range(TRIES):
        scores, failed = lighthouse(address, chromium)
        found = {name: max(score, found.get(name, 0)) for name, score in scores.items()}
        if all(found[name] >= least for name, least in LEAST.items()):
            break
    return found, failed


def audit(site, kinds):
    """Print a table; returns the faults."""
    from tests.install import browser

    faults = []
    say(f"{'page':<22} {'html':>5} {'access.':>8} {'practice':>9} {'speed':>6}")
    for kind, address in kinds.items():
        page = TOOLS / "page.html"
        with urllib.request.urlopen(f"{site}{address}") as answer:  # noqa: S310 -- loopback
            page.write_bytes(answer.read())
        wrong = valid(page)
        scores, failed = best(f"{site}{address}", browser())
        say(
            f"{kind:<22} {len(wrong):>5} {scores['accessibility']:>8} {scores['best-practices']:>9} {scores['performance']:>6}"
        )
        low = [f"{name} {scores[name]}: {'; '.join(failed)}" for name, least in LEAST.items() if scores[name] < least]
        faults += [f"{kind}: {fault}" for fault in wrong + low]
    return faults


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.test")
    install()
    from tests.attack.house import open_house

    with open_house() as house:
        from tests.screenshots import kinds

        found = {kind: address for kind, address in kinds().items() if kind != "404"}
        faults = audit(f"http://{house.host}:{house.port}", found)
    for fault in faults:
        say(f"FOUND  {fault}")
    say(f"{len(faults)} faults on {len(found)} pages.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
