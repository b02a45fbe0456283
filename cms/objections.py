"""What a rule says when something is not right for the child. No Django here: pure rules import this.

The words stand in editable content (cms/wording), in both languages; a rule knows only keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Objection:
    """One "not like this", as data.

    `key` names the rule (`companion_missing`); `source` is the id of what it rests on (`TPKS-54`), or empty;
    `values` fill the placeholders of the sentence and never hold a name or a word of a child's account;
    `field` is the form field it belongs beside, or empty; a `warning` is shown but does not stop anybody.
    """

    key: str
    source: str = ""
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    field: str = ""
    warning: bool = False
