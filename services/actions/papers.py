"""Write the ledger of a case down for a court, so that a copy of the document can be recognised later.

The document holds the head of the sealed audit as of that moment; the audit holds the document's own SHA-256.
"""

import hashlib

from django.db import connection
from django.utils.translation import override

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models.papers import ledger_paper

EXPORTED = "SELECT sekali_exported_at(%s)"


@action("ledger.refused")
def export_ledger(*, case, language, write, by, now):
    """The document as bytes. `write` turns the paper (models.papers.ledger_paper) in `language` (id, en) into them.

    Refuses an empty ledger. What is recorded: the document's SHA-256, the position of the audit's head, the language.
    """
    with override(language):
        paper = ledger_paper(case, now)
        if not paper["entries"]:
            raise Objected([Objection("nothing_to_export")])
        document = write(paper)
    position = paper["head"][0] if paper["head"] else None
    digest = hashlib.sha256(document).hexdigest()
    record("ledger.exported", by=by, now=now, case_id=case.pk, sha256=digest, head=position, language=language)
    return document


@action("ledger.refused")
def check_document(*, document, by, now):
    """When this very document was exported here, or None. `document` yields its bytes in parts; none of them is kept."""
    digest = hashlib.sha256()
    for part in document:
        digest.update(part)
    with connection.cursor() as cursor:
        cursor.execute(EXPORTED, [digest.hexdigest()])
        exported_at = cursor.fetchone()[0]
    record("ledger.checked", by=by, now=now, known=exported_at is not None)
    return exported_at
