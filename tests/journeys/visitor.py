"""One person at a browser. Texts are named by their English source and looked for in the language of the visit."""

import re

from django.utils import translation

from tests.cast import PASSWORD
from tests.entering import digits

STILL_ENGLISH = "this text has no Indonesian: {}"


class Visitor:
    def __init__(self, page, site, language="id"):
        self.page, self.site, self.language = page, site, language
        self.prefix = "" if language == "id" else f"/{language}"

    def words(self, english, **values):
        """The text as this person reads it."""
        with translation.override(self.language):
            text = translation.gettext(english)
        assert self.language == "en" or text != english, STILL_ENGLISH.format(english)
        return text % values if values else text

    def address(self, path):
        return f"{self.site}{self.prefix}{path}"

    @property
    def path(self):
        """Where the person is, without host and language."""
        return self.page.url.split("?")[0].split("#")[0].removeprefix(self.site).removeprefix(self.prefix)

    def open(self, path):
        """Type an address; returns the answer."""
        return self.page.goto(self.address(path))

    def sign_in(self, person):
        self.open("/account/login/")
        self.page.fill("input[name=login]", person.email)
        self.page.fill("input[name=password]", PASSWORD)
        self.press("Sign in")
        self.page.fill("input[name=code]", digits(person))
        self.press("Sign in")
        assert not self.path.startswith("/account/"), self.text()
        return self

    def press(self, english, **values):
        """Press the button that says so and wait for the page that follows."""
        self._go(self.page.get_by_role("button", name=re.compile(f"^{re.escape(self.words(english, **values))}")))

    def follow(self, english):
        """Follow the first link that says so."""
        self._go(self.page.get_by_role("link", name=re.compile(f"^{re.escape(self.words(english))}")))

    def _go(self, control):
        with self.page.expect_navigation():
            control.first.click()

    def choose(self, name, value):
        """Tick the radio button or checkbox with this value."""
        self.page.check(f"input[name={name}][value='{value}']")

    def text(self):
        """All words on the page."""
        return self.page.inner_text("body")

    def sees(self, english, **values):
        """Is this text on the page?"""
        return self.words(english, **values) in self.text()

    def heading(self):
        return self.page.inner_text("h1")

    def value(self, name):
        return self.page.input_value(f"[name={name}]")
