"""How an action says no: with the objections of the rules it asked."""

from cms.audit.recording import Refusal
from cms.objections import Objection


class Objected(Refusal):
    """Rules objected; `objections` is a tuple of them, never empty. The record keeps their keys only."""

    def __init__(self, objections):
        self.objections: tuple[Objection, ...] = tuple(objections)
        super().__init__(", ".join(self.keys))

    @property
    def keys(self):
        return tuple(objection.key for objection in self.objections)
