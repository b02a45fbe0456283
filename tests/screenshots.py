"""`python -m tests.screenshots`: a picture of every public template, as a phone and a computer show it by day and by night, and
as paper does. Made from the demonstration into docs/screenshots/, the former ones replaced. Look at each.
"""

import io
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "screenshots"
WIDTHS = {360: 740, 1280: 900}
SCHEMES = ("light", "dark")
PAPER = 794  # pixels: the width of A4 at 96 to an inch
COLOURS = 64  # flat drawings and words need no more; a picture is a fifth as heavy
TALLEST = 12_000  # pixels
MOST = 6_000_000  # bytes of all pictures together


def keep(name, picture):
    """Write a PNG with few colours; returns how many bytes it has."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, TALLEST)))
    file = FOLDER / f"{name}.png"
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)
    return file.stat().st_size


def pictures(page, kind):
    """Take every picture of the page that is open; yields their sizes in bytes."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            yield keep(f"{kind}-{width}-{scheme}", page.screenshot(full_page=True))
    page.set_viewport_size({"width": PAPER, "height": 1123})
    page.emulate_media(media="print", color_scheme="light")
    yield keep(f"{kind}-print", page.screenshot(full_page=True))
    page.emulate_media(media="screen")


def kinds():
    """{name of a template: address of one page of it}, what is not there included."""
    from django.test.utils import setup_test_environment

    from tests.reading import crawl, one_of_each

    setup_test_environment()  # else answers do not say which template made them
    return {Path(name).stem: address for name, address in one_of_each(crawl()).items()} | {"404": "/no-such-page/"}


def take(site, found):
    """All pictures of the pages at `site`; returns their bytes together."""
    from playwright.sync_api import sync_playwright

    from tests import install

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=install.browser(), args=arguments)
        page = browser.new_page(locale="id-ID")
        total = 0
        for kind, address in found.items():
            page.goto(f"{site}{address}", wait_until="networkidle")
            total += sum(pictures(page, kind))
            sys.stdout.write(f"{kind}: {address}\n")
        browser.close()
    return total


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.test")
    from tests.attack.house import open_house

    FOLDER.mkdir(parents=True, exist_ok=True)
    with open_house() as house:
        found = kinds()
        for former in FOLDER.glob("*.png"):
            former.unlink()
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop in this thread is not ours
        total = take(f"http://{house.host}:{house.port}", found)
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures, {total / 1e6:.1f} MB in docs/screenshots\n")
    return 1 if total > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
