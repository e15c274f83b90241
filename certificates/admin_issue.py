"""Who is due, a batch to look through face by face, and its issue by a second person."""

from collections import Counter
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from applicants.institutions.models import Institution
from certificates.due import Standing, candidates, read_standings, standing_of
from certificates.issuing import A_BATCH, confirm_batch, drop_batch, propose_batch
from certificates.models import IssueBatch
from certificates.numbers import supply
from certificates.queries import with_people
from exams.catalogue.models import Offering
from exams.filing.models import Application
from exams.results.queries import standing_scores
from portal import clock
from portal.access import staff
from portal.audit.history import deeds
from portal.audit.models import AuditEntry
from portal.audit.trail import record_access, record_accesses
from portal.counter.acting import ReasonForm, act, data, page
from portal.counter.rows import A_PAGE
from portal.files import store
from portal.rules.findings import Refused
from portal.rules.wording import GRADE_NAMES

PROPOSE, ISSUE, LOOK = (
    "certificates.propose_certificates",
    "certificates.issue_certificates",
    "certificates.view_certificate",
)
LISTS = {"due": "可以发证", "blocked": "暂不能发证", "failed": "有科目未合格"}


def batch_address(batch: IssueBatch) -> str:
    return reverse("admin:certificates_issuebatch_change", args=[batch.pk])


@never_cache
@staff(PROPOSE, "GET", "POST")
def due_page(request: HttpRequest) -> HttpResponse:
    """Everybody concluded without a certificate: due, or the reason why not; those ticked become a batch."""
    standings = read_standings(_chosen_rows(request), clock.today())
    lists: dict[str, list[Standing]] = {code: [] for code in LISTS}
    for row in standings:
        lists["due" if row.due else "failed" if row.failed else "blocked"].append(row)
    plain = [row for row in lists["due"] if not row.remarks]
    if request.method == "POST":
        return _propose(request, plain)
    chosen = request.GET.get("list", "due")
    chosen = chosen if chosen in LISTS else "due"
    shown = Paginator(lists[chosen], A_PAGE).get_page(request.GET.get("page"))
    people = Application.objects.filter(pk__in=candidates().values("pk"))
    return page(
        request,
        "admin/certificates/due.html",
        title="待发证",
        tabs=[(code, words, len(lists[code])) for code, words in LISTS.items()],
        chosen=chosen,
        page_obj=shown,
        most=A_BATCH,
        plain=len(plain),
        offerings=Offering.objects.filter(applications__in=people).distinct(),
        institutions=Institution.objects.filter(applications__in=people).distinct().order_by("name"),
    )


def _chosen_rows(request: HttpRequest) -> list[Application]:
    """The candidates of the filters in the address; what is no key filters nothing out."""
    rows = candidates().select_related(
        "person__photo__print_copy", "offering__occupation", "institution", "person__account"
    )
    offering, institution = request.GET.get("offering", ""), request.GET.get("institution", "")
    if offering.isascii() and offering.isdigit() and len(offering) < 10:
        rows = rows.filter(offering=int(offering))
    if institution == "none":
        rows = rows.filter(institution=None)
    elif key := _key(institution):
        rows = rows.filter(institution=key)
    return list(rows)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _propose(request: HttpRequest, plain: list[Standing]) -> HttpResponse:
    """Those ticked, also if they are due no more: the action says why; or the first of all without a remark."""
    if "all" in request.POST:
        wanted = [row.application for row in plain[:A_BATCH]]
    else:
        wanted = list(Application.objects.filter(number__in=request.POST.getlist("pick")[: A_BATCH + 1]))
    try:
        batch = propose_batch(actor=request.user, applications=wanted)
    except Refused as refused:
        for finding in refused.findings:
            messages.error(request, finding.sentence)
        return redirect(request.get_full_path())
    messages.success(
        request, f"批次 {batch.number} 已提出，共 {batch.applications.count()} 人，请另一位工作人员签发。"
    )
    return redirect(batch_address(batch))


@never_cache
@staff(LOOK, "GET")
def batch_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """An open batch face by face, for the second person to look through; else what became of it."""
    batch = _batch_or_404(key)
    context: dict[str, Any] = {
        "batch": batch,
        "set_aside": batch.set_aside.select_related("application__person"),
        "history": deeds(AuditEntry.objects.filter(subject_id=str(batch.pk)).order_by("-at", "-id")[:30]),
    }
    if batch.confirmed_at is None and batch.dropped_at is None:
        rows = _faces(batch)
        _log(request, rows)
        context |= {"rows": rows, "ready": sum(row.due for row, _ in rows), "sources": _sources(rows)}
    elif batch.confirmed_at is not None:
        context["certificates"] = with_people(batch.certificates.all()).order_by("number")
    return page(request, "admin/certificates/batch.html", title=f"发证批次 {batch.number}", **context)


@staff(ISSUE, "GET", "POST")
def issue_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The second person's signature under the batch."""
    batch = _batch_or_404(key)
    rows = read_standings(_people(batch), clock.today(), batch=batch)
    ready = sum(row.due for row in rows)
    numbers = [
        {"key": f"{grade}编号", "value": f"{count} 个：{source}"}
        for grade, count, source in _sources([(row, []) for row in rows])
    ]
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: confirm_batch(actor=request.user, batch=batch),
        title=f"签发批次 {batch.number}",
        facts=[
            {"key": "提出人", "value": str(batch.proposed_by)},
            {"key": "可以签发", "value": f"{ready} 人"},
            *numbers,
        ],
        words=(
            f"{ready} 人各得一个证书编号，证面从此固定，不能再改；证书记入本人资料，并发消息告诉本人。",
            "签发时逐人再核对一次，已经不符合条件的留下不发，不影响其他人。",
            *(f"留意 {row.application.person.name}：{remark}" for row in rows for remark in row.remarks),
        ),
        button=f"签发 {ready} 张证书",
        done=_done,
        back=batch_address(batch),
        grave=True,
    )


def _batch_or_404(key: UUID) -> IssueBatch:
    return get_object_or_404(IssueBatch.objects.select_related("proposed_by", "confirmed_by"), pk=key)


def _people(batch: IssueBatch) -> list[Application]:
    rows = batch.applications.select_related(
        "person__photo__print_copy", "offering__occupation", "institution"
    )
    return list(rows.order_by("number"))


def _sources(rows: list[tuple[Standing, list[Any]]]) -> list[tuple[str, int, str]]:
    """For each grade, how many numbers are needed and where they would come from."""
    counts = Counter(row.application.offering.grade for row, _ in rows if row.due)
    found = []
    for grade, count in sorted(counts.items(), reverse=True):
        stock = supply(grade, clock.today())
        imported = min(count, stock.imported)
        parts = [f"用导入的编号 {imported} 个"] if imported else []
        if count > imported:
            parts.append(f"从顺序号 {stock.next_serial:06d} 起编 {count - imported} 个")
        found.append((GRADE_NAMES[grade], count, "，".join(parts)))
    return found


def _done(batch: IssueBatch) -> str:
    left = batch.set_aside.count()
    rest = f"，{left} 人没有签发，原因见下面" if left else ""
    return f"已签发 {batch.certificates.count()} 张{rest}。证书文件在后台制作，一般几分钟内做好。"


def _faces(batch: IssueBatch) -> list[tuple[Standing, list[Any]]]:
    """Everybody of an open batch as they stand now, with the scores the certificate would rest on."""
    rows = read_standings(_people(batch), clock.today(), batch=batch)
    won = [one for row in rows for one in row.passes]
    scores = {
        (score.application_id, score.subject): score
        for score in standing_scores().filter(application__in={one.application_id for one in won})
    }
    return [
        (row, [scores[key] for one in row.passes if (key := (one.application_id, one.subject)) in scores])
        for row in rows
    ]


def _log(request: HttpRequest, rows: list[tuple[Standing, list[Any]]]) -> None:
    people = [row.application for row, _ in rows]
    record_accesses(
        "certificate.batch_viewed",
        actor=request.user,
        looked_at=[(one, one.person_id, one.person.birth_date) for one in people],
    )


@staff(LOOK, "GET")
def face_photo(request: HttpRequest, key: UUID) -> HttpResponse:
    """The photo that would be printed for somebody of an open batch; the look at the batch is logged with it."""
    application = get_object_or_404(
        Application.objects.select_related("person__photo__print_copy", "offering__occupation")
        .filter(issue_batches__isnull=False)
        .distinct(),
        pk=key,
    )
    row = standing_of(application, clock.today())
    if row.photo is None:
        raise Http404
    record_access(
        "view_photo",
        actor=request.user,
        subject=application,
        person_id=application.person_id,
        birth_date=application.person.birth_date,
    )
    return store.respond(row.photo)


@staff((PROPOSE, ISSUE), "GET", "POST")
def drop_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Whoever may propose or issue may also say that this batch is not to be issued, and why."""
    batch = get_object_or_404(IssueBatch.objects.select_related("proposed_by"), pk=key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: drop_batch(actor=request.user, batch=batch, reason=typed["reason"]),
        title=f"放弃发证批次 {batch.number}",
        facts=[
            {"key": "提出人", "value": str(batch.proposed_by)},
            {"key": "人数", "value": f"{batch.applications.count()} 人"},
        ],
        words=(
            "这一批不再签发，其中的人回到“待发证”，可以重新列入批次。理由写进这一批的办理记录，请写申报号，不要写姓名和证件号码。",
        ),
        button="放弃这一批",
        done=f"批次 {batch.number} 已放弃。",
        back=batch_address(batch),
    )
