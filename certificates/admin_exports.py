"""Exports to the authorities' systems at the counter: what to export, a look at it, the file, and what was exported."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from certificates.exports import About, Wanted, export_outcomes, first_rows, told_before, told_of
from certificates.models import IssueBatch, OutcomeExport
from exams.filing.groups.models import ColumnMapping
from portal import clock
from portal.access import staff
from portal.counter.acting import data, page
from portal.counter.widgets import DayInput
from portal.files.sending import private_document
from portal.rules.findings import Refused

EXPORT = "certificates.export_outcomes"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCHES_OFFERED = 30


class ExportForm(forms.Form):
    """What, of when, and in whose columns."""

    about = forms.ChoiceField(
        label="内容",
        choices=About.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择导出什么。", "invalid_choice": "请从列出的几项中选择。"},
    )
    batch = forms.ModelChoiceField(
        label="批次",
        queryset=IssueBatch.objects.none(),
        required=False,
        empty_label="不按批次，按下面的日期",
        help_text="选了批次，只导出这一批签发的证书，不看日期。",
        error_messages={"invalid_choice": "请从列出的批次中选择。"},
    )
    since = forms.DateField(label="起日（含当日）", widget=DayInput(), required=False)
    until = forms.DateField(label="止日（含当日）", widget=DayInput(), required=False)
    mapping = forms.ModelChoiceField(
        label="列对照",
        queryset=ColumnMapping.objects.none(),
        empty_label=None,
        error_messages={"required": "请选择列对照。", "invalid_choice": "请从列出的列对照中选择。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        issued = IssueBatch.objects.filter(confirmed_at__isnull=False).order_by("-confirmed_at")
        latest = list(issued.values_list("pk", flat=True)[:BATCHES_OFFERED])
        self.fields["batch"].queryset = issued.filter(pk__in=latest)  # type: ignore[attr-defined]
        mappings = ColumnMapping.objects.filter(purpose=ColumnMapping.Purpose.OUTCOMES).order_by("code")
        self.fields["mapping"].queryset = mappings  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("batch"):
            if values.get("about") == About.SCORES:
                self.add_error("batch", "批次是证书的批次。导出成绩请按日期。")
            return values
        for name, noun in (("since", "起日"), ("until", "止日")):
            if values.get(name) is None and name not in self.errors:
                self.add_error(name, f"请填写{noun}。")
        return values

    def wanted(self) -> Wanted:
        """Of a valid form."""
        return Wanted(**{name: self.cleaned_data[name] for name in ("about", "since", "until", "batch")})


@staff(EXPORT, "GET", "POST")
def export_page(request: HttpRequest) -> HttpResponse:
    """Choose, look, take: the look shows how many rows and the first of them masked; the file is logged and recorded."""
    form = ExportForm(data(request), initial=_initial())
    look: dict[str, Any] = {}
    if form.is_valid():
        wanted, mapping = form.wanted(), form.cleaned_data["mapping"]
        try:
            if request.POST.get("do") == "export":
                made = export_outcomes(actor=request.user, wanted=wanted, mapping=mapping)
                return private_document(made.data, made.filename, media_type=XLSX, attached=True)
            told = told_of(wanted)
            look = {
                "rows_in_all": len(told),
                "before": told_before(wanted, told),
                "headings": [column["heading"] for column in mapping.columns],
                "rows": first_rows(mapping, told),
            }
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error(finding.field if finding.field in form.fields else None, finding.sentence)
    return page(
        request,
        "admin/certificates/export.html",
        title="导出成绩和证书",
        form=form,
        exports=OutcomeExport.objects.select_related("made_by", "mapping", "batch")[:10],
        **look,
    )


def _initial() -> dict[str, Any]:
    """From the last day of the latest export of scores, which was not over then, else this month; up to today."""
    today = clock.today()
    last = OutcomeExport.objects.filter(about=About.SCORES).order_by("-until").first()
    since = last.until if last and last.until and last.until < today else today.replace(day=1)
    return {"about": About.SCORES, "since": since, "until": today}


@staff(EXPORT, "GET")
def export_view(request: HttpRequest, key: UUID) -> HttpResponse:
    """One export: which days or batch, in which columns, whose numbers."""
    rows = OutcomeExport.objects.select_related("made_by", "mapping", "batch")
    export = get_object_or_404(rows, pk=key)
    return page(
        request,
        "admin/certificates/exported.html",
        title=f"导出记录：{export.get_about_display()}",
        export=export,
        applications=export.applications.order_by("number").values_list("number", flat=True),
        certificates=export.certificates.order_by("number").values_list("number", flat=True),
    )
