"""The tokens of the look, read from the style sheet itself, and how well one colour can be read on another.

Contrast is that of WCAG 2.2 ("contrast ratio", "relative luminance"): 1 to 21.
"""

import re
from functools import cache
from pathlib import Path

SHEET = Path(__file__).parent / "static" / "cms" / "sekali.css"
TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
TEXT, LINE = 6.2, 3.0  # what this house asks; WCAG asks 4.5 and 3

# (what is read, what it stands on) wherever words stand somewhere.
WORDS_ON = [
    ("ink", "paper"), ("ink", "surface"), ("ink", "sage"), ("ink", "lit"), ("ink", "hill-mid"),
    ("ink-soft", "paper"), ("ink-soft", "surface"), ("ink-soft", "sage"),
    ("teal", "paper"), ("teal", "surface"), ("teal", "sage"), ("paper", "teal"), ("paper", "teal-deep"),
    ("on-lamp", "lamp"), ("clay", "paper"), ("clay", "surface"), ("on-band", "band"),
]  # fmt: skip
LINES_ON = [("line", "paper"), ("line", "surface")]


@cache
def tokens():
    """`{"light": {name: value}, "dark": {name: value}}`; what the dark does not change is the light's."""
    sheet = re.sub(r"/\*.*?\*/", "", SHEET.read_text(encoding="utf-8"), flags=re.DOTALL)
    layer = sheet[sheet.index("@layer tokens {") : sheet.index("@layer base {")]
    light, dark = layer.split("prefers-color-scheme: dark", 1)
    found = {"light": dict(TOKEN.findall(light))}
    found["dark"] = found["light"] | dict(TOKEN.findall(dark.split("prefers-contrast", maxsplit=1)[0]))
    return found


def luminance(colour):
    """Relative luminance, 0 to 1, of `#RRGGBB`."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """The ratio between two colours, in whichever order."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def colours():
    """`[(name, light, dark)]` of every token that is a colour."""
    both = tokens()
    return [(name, value, both["dark"][name]) for name, value in both["light"].items() if value.startswith("#")]


def pairs(which=WORDS_ON):
    """`[(words, ground, contrast in the light, contrast in the dark)]`, to one decimal, rounded down."""
    both = tokens()
    return [
        (
            over,
            under,
            *(int(contrast(values[over], values[under]) * 10) / 10 for values in (both["light"], both["dark"])),
        )
        for over, under in which
    ]


def sizes(prefix):
    """`[(name, value)]` of the tokens that begin so, such as `size-` or `s`."""
    return [(name, value) for name, value in tokens()["light"].items() if re.fullmatch(rf"{prefix}(\w+)", name)]
