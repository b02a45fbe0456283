"""The table of states as a text that people read: a picture of arrows, a grid, and who may do what when."""

from services.rules.states import AFTER, BEFORE, CONDITIONS, EVENTS, NOTHING, STATES, TABLE, Edge, edges

HEAD = """# The life of an interview

Drawn by `manage.py states` from `services/rules/states.py`; a test fails when this page is not current. Every action goes
through that table, the database's triggers guard the same arrows, and a generated test tries every pair that is not here.

"""
MEANING = {
    "propose": "everything is held, people are asked",
    "book": "everything is booked, people are asked",
    "answer": "somebody says whether they come",
    "attend": "somebody attends in another way",
    "substitute": "somebody comes instead of another",
    "confirm": "everybody has accepted whom the protocol asks",
    "expire": "the time to answer ran out; everything is free",
    "move": "another hour, room or person; everybody is asked anew",
    "cancel": "nobody comes; everything is free",
    "hold": "it took place",
    "record": "what came of each topic is written into the ledger",
}
WHEN = {BEFORE: "before its hour", AFTER: "after its hour", "": "at any time"}
# A new row is begun after these; the old one stays as it was.
ANEW = "(a new interview)"


def drawn() -> str:
    """The whole document, in Markdown."""
    return HEAD + _arrows() + _grid() + _events()


def _arrows() -> str:
    lines = []
    for state in STATES:
        moves = [edge for edge in edges() if edge.state == state]
        lines.append(f"[{state}]" if moves else f"[{state}]  (stays so)")
        width = max((len(edge.event) for edge in moves), default=0)
        for number, edge in enumerate(moves):
            corner = "`--" if number == len(moves) - 1 else "|--"
            lines.append(f"  {corner} {edge.event.ljust(width)} --> {_goal(edge)}")
        lines.append("")
    return "```text\n" + "\n".join(lines).rstrip() + "\n```\n\n"


def _goal(edge: Edge) -> str:
    if edge.to == edge.state:
        return f"[{edge.to}] (the same)"
    begins = edge.event in {"propose", "book"} and edge.state != NOTHING
    return f"[{edge.to}] {ANEW}" if begins else f"[{edge.to}]"


def _grid() -> str:
    head = "| | " + " | ".join(EVENTS) + " |\n|" + "---|" * (len(EVENTS) + 1) + "\n"
    rows = ("| **" + state + "** | " + " | ".join(TABLE.get((state, event), "·") for event in EVENTS) + " |\n"
            for state in STATES)  # fmt: skip
    return "A dot is a refusal.\n\n" + head + "".join(rows) + "\n"


def _events() -> str:
    head = "| event | what happens | who | when |\n|---|---|---|---|\n"
    rows = (f"| {event} | {MEANING[event]} | {', '.join(sorted(CONDITIONS[event][0]))} | {WHEN[CONDITIONS[event][1]]} |\n"
            for event in EVENTS)  # fmt: skip
    return head + "".join(rows)
