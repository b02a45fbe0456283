"""A district's spreadsheet, or a provider's own: sent, looked at row by row, saved as drafts for review.

Nothing is saved before somebody has seen the preview and pressed. While there is work, the page does a step of it each
time it is asked for and asks for itself again; it goes on only with what a form has begun, and doing it twice does it once.
"""

import csv
import tempfile

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from cms.exports import inert
from cms.models.wording import words_for_all
from cms.refusals import Objected
from directory.actions import sheets as actions
from directory.actions.sheet_plans import kinds
from directory.forms.sheets import UploadForm, column_name, remembered, shown_rows, template_sheets
from directory.models import Sheet
from directory.models.sheet_exports import listing_rows
from directory.policies import can_register_provider, can_upload_listings
from directory.rules.sheet_files import CSV, MOST_ROWS, XLSX, write

PER_PAGE = 25
SPOOLED = 4 * 1024 * 1024  # bytes of a file that is made, before it goes to the disk
TYPES = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
SHOWN = {code: code for code in ("new", "changed", "unchanged", "faulty")}


@login_required
def sheet_upload(request):
    """Send a file; on POST, take it in or say gently why not."""
    uploader_or_403(request.user)
    form = UploadForm(request.POST or None, request.FILES or None)
    objections = []
    if form.is_valid():
        try:
            return redirect(actions.receive_sheet(data=form.cleaned_data["file"], by=request.user, now=now()))
        except Objected as refusal:
            objections = words_for_all(refusal.objections)
    waiting = Sheet.objects.visible_to(request.user, now())
    context = {"form": form, "objections": objections, "waiting": waiting}
    return render(request, "directory/sheet_upload.html", context | {"registers": can_register_provider(request.user)})


@login_required
def sheet_template(request):
    """An empty file to fill in, `?f=xlsx` for a workbook."""
    uploader_or_403(request.user)
    return made_file(request, "sekali-contoh", template_sheets())


@login_required
def sheet_export(request):
    """One's own listings in the same shape, to be corrected and sent back."""
    uploader_or_403(request.user)
    rows = listing_rows(request.user, kinds().titles, most=MOST_ROWS + 1)
    return made_file(request, "sekali-layanan", template_sheets(rows))


@login_required
def sheet_detail(request, identifier):
    """How far the work is; then every row with what it would change and what is wrong with it."""
    sheet = actions.go_on(sheet=sheet_or_404(request, identifier), by=request.user, now=now())
    counts = sheet.rows.aggregate(
        **{fate: Count("pk", Q(fate=fate)) for fate in SHOWN}, saved=Count("pk", Q(saved=True)), every=Count("pk")
    )
    context = {"sheet": sheet, "counts": counts, "left_out": left_out(sheet)}
    if not sheet.at_work:
        chosen = SHOWN.get(request.GET.get("f", ""), "")
        found = sheet.rows.filter(fate=chosen) if chosen else sheet.rows.all()
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        context |= {"chosen": chosen, "page_obj": page, "rows": shown_rows(sheet, page.object_list)}
    return render(request, "directory/sheet_detail.html", context)


@login_required
@require_POST
def sheet_save(request, identifier):
    """Begin to save every sound row."""
    sheet = sheet_or_404(request, identifier)
    try:
        actions.save_sheet(sheet=sheet, by=request.user, now=now())
    except Objected as refusal:
        context = {"sheet": sheet, "objections": words_for_all(refusal.objections)}
        return render(request, "directory/sheet_refused.html", context, status=409)
    return redirect(sheet)


@login_required
@require_POST
def sheet_forget(request, identifier):
    """Throw the file away."""
    actions.forget_sheet(sheet=sheet_or_404(request, identifier), by=request.user, now=now())
    return redirect("directory:sheet_upload")


@login_required
def sheet_faults(request, identifier):
    """Every fault and every warning as CSV, by row and column, inert in any spreadsheet."""
    sheet = sheet_or_404(request, identifier)
    answer = HttpResponse(
        content_type=TYPES[CSV], headers={"Content-Disposition": 'attachment; filename="sekali-baris.csv"'}
    )
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(
        [
            pgettext("spreadsheet", "row"),
            pgettext("spreadsheet", "column"),
            pgettext("spreadsheet", "kind of remark"),
            pgettext("spreadsheet", "what"),
            pgettext("spreadsheet", "what to do"),
        ]
    )
    remarks = [(row, remembered(stored)) for row in sheet.rows.exclude(remarks=[]) for stored in row.remarks]
    for (row, remark), said in zip(remarks, words_for_all([remark for _row, remark in remarks]), strict=True):
        kind = pgettext("spreadsheet", "please note") if remark.warning else pgettext("spreadsheet", "fault")
        writer.writerow(
            [row.number, *(inert(text) for text in (column_name(sheet, remark.field), kind, said.what, said.instead))]
        )
    return answer


def uploader_or_403(user):
    if not can_upload_listings(user):
        raise PermissionDenied


def sheet_or_404(request, identifier):
    return get_object_or_404(Sheet.objects.visible_to(request.user, now()), identifier=identifier)


def left_out(sheet):
    """`(letter, name)` of the columns that were not read."""
    return [(letter, header) for letter, header, ours in sheet.columns if not ours and header]


def made_file(request, name, sheets):
    kind = XLSX if request.GET.get("f") == XLSX else CSV
    made = tempfile.SpooledTemporaryFile(max_size=SPOOLED)  # noqa: SIM115 -- the answer closes it
    write(made, kind, sheets)
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename=f"{name}.{kind}", content_type=TYPES[kind])
