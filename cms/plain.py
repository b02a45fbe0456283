"""Plain words: what makes a text hard to read for somebody who is afraid. Pure functions over texts.

`make check` asks them of every text a new site is given (tests/house/plain.py), the editor of what is being written.
Languages are the codes `id` and `en`; a sentence is measured in words.
"""

import re
from html.parser import HTMLParser

LONGEST = 20  # words in a sentence (ux.md, Public)

PARTS = {"address", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
         "section", "table", "td", "th", "tr", "ul"}  # fmt: skip
# A full stop ends a sentence, and so does the end of a paragraph or of an item; quotation marks close behind it.
END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+|\n+")
WORD = re.compile(r"\w")
# What a text says that names a law without a law of its own beside it.
CHECK_IT = {"id": "periksa naskah resmi", "en": "check the official text"}
CLAIM = {
    "id": re.compile(r"\b(?:UU\s+(?:No(?:mor|\.)?\s*)?\d+|undang-undang\s+(?:No(?:mor|\.)?\s*)?\d+|pasal\s+\d+|Perpres\s+\d+)", re.IGNORECASE),
    "en": re.compile(r"\b(?:law\s+(?:no\.?\s*)?\d+|articles?\s+\d+|arts?\.\s*\d+|presidential\s+regulation\s+\d+)", re.IGNORECASE),
}  # fmt: skip


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 -- the parser's signature
        if tag in PARTS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in PARTS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        self.said.append(re.sub(r"\s+", " ", data))


def words_of_html(html: str) -> str:
    """What somebody reads of a piece of HTML: its text, with a line for every paragraph, heading and item."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.said).split("\n"))
    return "\n".join(line for line in lines if line)


def sentences(text: str) -> list[str]:
    """The sentences of a plain text; a line that does not end in a full stop is one too."""
    return [sentence.strip() for sentence in END.split(text) if sentence and sentence.strip()]


def long_sentences(text: str, most: int = LONGEST) -> list[str]:
    """The sentences of a plain text that have more than `most` words."""
    return [sentence for sentence in sentences(text) if _length(sentence) > most]


def _length(sentence: str) -> int:
    return sum(1 for word in sentence.split() if WORD.search(word))


def jargon_in(text: str, language: str, jargon: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """`(word, what to say instead)` for each word of the jargon list that the text uses, in the list's order.

    `jargon` is `{language: {word: instead}}`; a word is found whole and whatever its capitals.
    """
    said = text.casefold()
    return [
        (word, instead)
        for word, instead in jargon.get(language, {}).items()
        if re.search(rf"(?<![\w-]){re.escape(word.casefold())}(?![\w-])", said)
    ]


def legal_claims(text: str, language: str) -> list[str]:
    """The places where a text names a law or an article, as written."""
    return [found.group() for found in CLAIM[language].finditer(text)]
