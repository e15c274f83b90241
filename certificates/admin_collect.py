"""Collection at the counter: whom to tell, who takes what, the list to sign on, and what came back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from applicants.identity.documents import DocumentKind
from applicants.identity.text import compact
from applicants.institutions.models import Institution
from applicants.records.models import DocumentClaim, document_index
from certificates.collecting import hand_overs_of, notify_collection, taken, to_collect, to_notify
from certificates.collection_list import render_collection_list
from certificates.hand_over import hand_back, hand_over
from certificates.models import Certificate, CollectionNotice, HandOver
from certificates.queries import with_people
from portal.access import staff
from portal.audit.trail import record_access, record_accesses
from portal.counter.acting import ReasonForm, act, data, page
from portal.counter.rows import A_PAGE
from portal.files.sending import private_document
from portal.pdf import MissingGlyph

HAND_OVER = "certificates.hand_over"
MOST_FOUND = 50
STATES = {"waiting": "待领取", "notify": "其中还没有通知", "taken": "已领取"}


@never_cache
@staff(HAND_OVER, "GET", "POST")
def collect_page(request: HttpRequest) -> HttpResponse:
    """The certificates that wait, or what a search finds; one certificate found leads straight to handing it over.

    A search is posted: it may be a name or a document number.
    """
    if request.method == "POST":
        return _found(request, request.POST.get("text", "").replace("\0", "").strip()[:120])
    state = request.GET.get("state", "waiting")
    state = state if state in STATES else "waiting"
    rows, institution = _rows(state), _institution(request.GET)
    if institution is not None:
        rows = rows.filter(application__institution=institution)
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return _list(
        request, shown.object_list, state=state, page_obj=shown, institution=institution, states=STATES
    )


def _rows(state: str) -> QuerySet[Certificate]:
    if state == "taken":
        return with_people(Certificate.objects.filter(taken())).order_by("-issued_at", "number")
    return to_notify() if state == "notify" else to_collect()


def _found(request: HttpRequest, text: str) -> HttpResponse:
    found = find(text, by_document=request.user.has_perm("exams.search_document"))
    for one in found:
        record_access(
            "certificates.search",
            actor=request.user,
            subject=one,
            person_id=one.person_id,
            birth_date=one.person.birth_date,
        )
    waiting = to_collect().filter(pk__in=[one.pk for one in found])
    if len(found) == 1 and waiting.exists():
        return redirect(f"{reverse('admin:hand_over')}?key={found[0].pk}")
    return _list(request, found, text=text, searched=True)


def find(text: str, *, by_document: bool) -> list[Certificate]:
    """By a scanned code, a number of certificate, application or (if allowed) document; else by the name's beginning."""
    number = compact(text.rpartition("#")[2])
    rows = with_people(Certificate.objects.all()).order_by("-issued_at", "number")
    if not number:
        return []
    exact = rows.filter(number=number) | rows.filter(application__number=number)
    if by_document:
        indexes = [document_index(kind, number) for kind in DocumentKind.values]
        held = DocumentClaim.objects.filter(number_index__in=indexes).values("person")
        exact = exact | rows.filter(person__in=held)
    return list(exact[:MOST_FOUND]) or list(rows.filter(person__name__startswith=text)[:MOST_FOUND])


def _list(request: HttpRequest, rows: Sequence[Certificate], **context: Any) -> HttpResponse:
    rows = list(rows)
    holders = hand_overs_of(rows)
    waiting = set(to_collect().filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
    notices = CollectionNotice.objects.filter(certificate__in=rows).order_by("sent_at")
    told = dict(notices.values_list("certificate", "sent_at"))
    lines = [(one, holders.get(one.pk), told.get(one.pk), one.pk in waiting) for one in rows]
    institutions = (
        Institution.objects.filter(applications__certificates__in=to_collect().values("pk"))
        .annotate(waiting=Count("applications__certificates", distinct=True))
        .order_by("name")
    )
    return page(
        request,
        "admin/certificates/collect.html",
        title="证书领取",
        lines=lines,
        may_take=bool(waiting),
        institutions=institutions,
        **context,
    )


@staff(HAND_OVER, "GET", "POST")
def notify_page(request: HttpRequest) -> HttpResponse:
    """Tell the holders of those chosen in the address."""
    chosen = _chosen(request.GET)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: notify_collection(actor=request.user, certificates=chosen),
        title="通知领取证书",
        words=(
            f"给 {len(chosen)} 位持证人发消息；由机构申报的，同时告诉机构。当天已经通知过的，不重复发。",
            "请先确认这些证书已经印好，放在窗口。",
        ),
        button=f"通知 {len(chosen)} 人领取",
        done=lambda told: f"已通知 {told} 人。" if told else "今天都已经通知过，没有重复发。",
        back=reverse("admin:collect"),
        template="admin/certificates/chosen.html",
        chosen=chosen,
    )


class HandOverForm(forms.Form):
    """Who came. What may be chosen depends on whose certificates they are."""

    who = forms.ChoiceField(
        label="谁来领取",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择谁来领取。", "invalid_choice": "请从列出的几项中选择。"},
    )
    received_by = forms.CharField(
        label="受托人或者机构经办人的姓名",
        required=False,
        max_length=50,
        help_text="本人领取的不用填。",
        error_messages={"max_length": "姓名最多 50 个字。"},
    )
    proxy_note = forms.CharField(
        label="凭什么代领",
        required=False,
        max_length=200,
        widget=forms.Textarea({"rows": 2}),
        help_text="例如：委托书 2026年11月20日，或者介绍信编号。本人领取的不用填。",
        error_messages={"max_length": "最多 200 个字，请写短一些。"},
    )
    document_checked = forms.BooleanField(
        label="已核对领取人的身份证件原件，领取人已在签收表上签名",
        error_messages={"required": "请核对领取人的身份证件原件，并勾选。"},
    )

    def __init__(self, *args: Any, holders: set[str], institution: Institution | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("self", f"持证人本人：{name}") for name in holders if len(holders) == 1]
        choices.append(("proxy", "受委托的人"))
        if institution is not None:
            choices.append(("institution", f"申报机构：{institution.name}"))
        self.fields["who"].choices = choices  # type: ignore[attr-defined]


@staff(HAND_OVER, "GET", "POST")
def hand_over_page(request: HttpRequest) -> HttpResponse:
    """Those chosen in the address, and who takes them."""
    chosen = _chosen(request.GET)
    institution = _common_institution(chosen)
    holders = {one.face["name"] for one in chosen} if len({one.person_id for one in chosen}) == 1 else set()
    by_institution = institution is not None and "institution" in request.GET
    form = HandOverForm(
        data(request),
        initial={"who": "institution" if by_institution else "self" if holders else "proxy"},
        holders=holders,
        institution=institution,
    )
    return act(
        request,
        form,
        lambda typed: hand_over(
            actor=request.user,
            certificates=chosen,
            received_by=min(holders) if typed["who"] == "self" else typed["received_by"],
            institution=institution if typed["who"] == "institution" else None,
            proxy_note="" if typed["who"] == "self" else typed["proxy_note"],
            document_checked=typed["document_checked"],
        ),
        title=f"发放证书 {len(chosen)} 张",
        button=f"登记已发放 {len(chosen)} 张",
        done=lambda given: f"已登记：{given.received_by}领取 {len(chosen)} 张。",
        to=lambda given: reverse("admin:certificates_handover_change", args=[given.pk]),
        back=reverse("admin:collect"),
        template="admin/certificates/chosen.html",
        chosen=chosen,
        sheet=f"{reverse('admin:collection_list')}?{request.GET.urlencode()}" if chosen else "",
    )


@staff(HAND_OVER, "GET")
def list_file(request: HttpRequest) -> HttpResponse:
    """The list to sign on, of those chosen in the address; the download is logged."""
    chosen = _chosen(request.GET)
    if not chosen:
        return redirect("admin:collect")
    return _sheet(request, chosen, whose=_whose(chosen))


@staff(HAND_OVER, "GET")
def hand_over_view(request: HttpRequest, key: UUID) -> HttpResponse:
    """One hand-over: who took what, and what came back since."""
    given = _hand_over(key)
    backs = {back.certificate_id: back for back in given.hand_backs.select_related("noted_by")}
    rows = with_people(given.certificates.all()).order_by("number")
    return page(
        request,
        "admin/certificates/hand_over.html",
        title=f"证书领取：{given.received_by}",
        given=given,
        lines=[(one, backs.get(one.pk)) for one in rows],
        back=reverse("admin:certificates_handover_changelist"),
    )


@staff(HAND_OVER, "GET")
def hand_over_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """The signing list of a hand-over as it was noted, without what came back."""
    given = _hand_over(key)
    rows = with_people(given.certificates.exclude(hand_backs__hand_over=given)).order_by("number")
    whose = given.institution.name if given.institution else given.received_by
    return _sheet(request, list(rows), whose=whose, given=given)


@staff(HAND_OVER, "GET", "POST")
def hand_back_page(request: HttpRequest, key: UUID, certificate: UUID) -> HttpResponse:
    given = _hand_over(key)
    one = get_object_or_404(given.certificates, pk=certificate)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: hand_back(actor=request.user, given=given, certificate=one, reason=typed["reason"]),
        title=f"登记证书退回：{one.face['name']}",
        facts=[
            {"key": "证书编号", "value": one.number},
            {"key": "领取人", "value": given.received_by},
        ],
        words=("证书退回到窗口，或者原来登记错了，都在这里登记。领取记录保留，证书重新列入待领取。",),
        button="登记退回",
        done="已登记退回，证书重新列入待领取。",
        back=reverse("admin:certificates_handover_change", args=[given.pk]),
    )


def _hand_over(key: UUID) -> HandOver:
    return get_object_or_404(HandOver.objects.select_related("institution", "given_by"), pk=key)


def _sheet(
    request: HttpRequest, rows: Sequence[Certificate], *, whose: str, given: HandOver | None = None
) -> HttpResponse:
    looked_at = [(one, one.person_id, one.person.birth_date) for one in rows]
    record_accesses("collection_list.downloaded", actor=request.user, looked_at=looked_at)
    try:
        document = render_collection_list(rows, whose=whose, given=given)
    except MissingGlyph as fault:
        messages.error(request, f"签收表打印不出来：{fault}。请联系管理员补充字体，这次先手写签收。")
        return (
            redirect("admin:certificates_handover_change", given.pk) if given else redirect("admin:collect")
        )
    return private_document(document)


def _chosen(asked: QueryDict) -> list[Certificate]:
    """Those named by `key`, else all that wait for the institution named by `institution`; unknown keys are none."""
    if keys := [key for key in map(_uuid, asked.getlist("key")) if key]:
        return list(with_people(Certificate.objects.filter(pk__in=keys)).order_by("number"))
    institution = _institution(asked)
    return list(to_collect().filter(application__institution=institution)) if institution else []


def _common_institution(chosen: Sequence[Certificate]) -> Institution | None:
    """The one institution that filed all of them."""
    filed = {one.application.institution for one in chosen}
    return filed.pop() if len(filed) == 1 else None


def _whose(chosen: Sequence[Certificate]) -> str:
    """The institution that filed all of them, else the holder, or the first of several."""
    if institution := _common_institution(chosen):
        return institution.name
    holders = len({one.person_id for one in chosen})
    name = str(chosen[0].face["name"])
    return name if holders == 1 else f"{name}等 {holders} 人"


def _institution(asked: QueryDict) -> Institution | None:
    key = _uuid(asked.get("institution", ""))
    return Institution.objects.filter(pk=key).first() if key else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
