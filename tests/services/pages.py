"""Read an answer as a person does: its words, and what stands in its fields."""

from bs4 import BeautifulSoup


class Page:
    def __init__(self, response):
        self.response = response
        self.html = response.content.decode()
        self.soup = BeautifulSoup(self.html, "html.parser")

    @property
    def words(self):
        return " ".join(self.soup.get_text(" ").split())

    @property
    def main(self):
        return " ".join(self.soup.find("main").get_text(" ").split())

    def typed(self, method="post", holding=None):
        """{name: value or list of values} of the form in the content that is sent by `method`, as it would be sent.

        The first one, or the first that has a field called `holding`.
        """
        forms = (f for f in self.soup.find("main").find_all("form") if f.get("method", "get") == method)
        form = next(f for f in forms if holding is None or f.find(attrs={"name": holding}))
        found = {}
        for control in form.find_all(["input", "textarea", "select"]):
            name = control.get("name")
            if name and name != "csrfmiddlewaretoken":
                for value in _values(control):
                    found.setdefault(name, []).append(value)
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}

    def errors(self):
        """Every sentence that stands beside a field or above the form."""
        return [
            " ".join(e.get_text(" ").split()) for e in self.soup.select("#form-errors li, .field-error, .objection")
        ]


def _values(control):
    if control.name == "textarea":
        return [(control.string or "").removeprefix("\n")]
    if control.name == "select":
        return [option.get("value", "") for option in control.find_all("option") if option.has_attr("selected")]
    if control.get("type") in {"radio", "checkbox"}:
        return [control.get("value", "on")] if control.has_attr("checked") else []
    return [control.get("value", "")]
