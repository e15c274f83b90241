"""One certificate with all that became of it; asking for its end and confirming that, by two people."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache

from certificates.admin_issue import ISSUE, LOOK
from certificates.ending import BY_STAFF, ask_ending, confirm_ending, corrected_face, drop_ending
from certificates.making import retry_print
from certificates.models import Certificate, Ending
from certificates.queries import with_people
from certificates.verification import address_of
from exams.catalogue.models import Subject
from portal import clock
from portal.access import staff
from portal.audit.history import deeds
from portal.audit.models import AuditEntry
from portal.audit.trail import record_access
from portal.counter.acting import ReasonForm, act, came_from, data, page
from portal.files import store
from portal.rules.findings import Refused
from portal.rules.wording import day_text

WORDS = {
    Ending.Kind.VOID: "证书作废，公开查验显示“已作废”，持证人资料中的这张证书随之移出，并收到带理由的消息。",
    Ending.Kind.REISSUE: "原证书作废，同时签发新编号的证书，证面其他内容不变，发证日期仍是原来的日期。",
    Ending.Kind.CORRECTION: "原证书作废，同时按现在核对过的姓名、证件签发新编号的证书，发证日期仍是原来的日期。",
}


class EndingForm(ReasonForm):
    """What is asked for, and why; the holder reads it."""

    kind = forms.ChoiceField(
        label="办理事项",
        choices=[(kind.value, kind.label) for kind in BY_STAFF],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择办理的事项。", "invalid_choice": "请从列出的几项中选择。"},
    )
    field_order = ("kind", "reason")


def address(certificate: Certificate) -> str:
    return reverse("admin:certificates_certificate_change", args=[certificate.pk])


@never_cache
@staff(LOOK, "GET")
def certificate_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The face as it was issued, its file, what it rests on, its endings, what replaced it; the look is logged."""
    certificate = _certificate_or_404(key)
    _log(request, certificate)
    return page(
        request,
        "admin/certificates/certificate.html",
        title=f"证书 {certificate.number}",
        certificate=certificate,
        face=certificate.face,
        passes=sorted(certificate.passes.all(), key=lambda one: Subject.values.index(one.subject)),
        endings=certificate.endings.select_related("asked_by", "confirmed_by"),
        asked=certificate.endings.filter(confirmed_at=None, dropped_at=None).exists(),
        verify_at=address_of(certificate.number),
        history=deeds(
            AuditEntry.objects.filter(
                person_id=str(certificate.person_id), action__startswith="certificates."
            ).order_by("-at", "-id")[:30]
        ),
    )


@staff(LOOK, "GET")
def certificate_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """The PDF as it was made, to print; the look is logged."""
    certificate = _certificate_or_404(key)
    if certificate.file is None:
        raise Http404
    _log(request, certificate)
    return store.respond(certificate.file)


@staff(LOOK, "GET")
def certificate_photo(request: HttpRequest, key: UUID) -> HttpResponse:
    certificate = _certificate_or_404(key)
    _log(request, certificate)
    return store.respond(certificate.photo)


@staff("certificates.ask_ending", "GET", "POST")
def ask_ending_page(request: HttpRequest, key: UUID) -> HttpResponse:
    certificate = _certificate_or_404(key)
    return act(
        request,
        EndingForm(data(request)),
        lambda typed: ask_ending(
            actor=request.user, certificate=certificate, kind=typed["kind"], reason=typed["reason"]
        ),
        title="证书作废、补发或更正",
        facts=_facts(certificate),
        words=(
            "登记以后，须由另一位工作人员复核才生效。复核之前证书仍然有效。",
            "作废：错发的证书不再有效。补发：遗失或损坏，另发一张。更正：姓名或证件变更，先在窗口核对新证件的原件，再换发。",
            "补发和更正都用新的编号，旧编号从此不再使用，查验时会指明已换发。",
        ),
        button="提出，等另一人复核",
        done="已提出，请另一位工作人员复核。",
        back=address(certificate),
    )


@staff("certificates.confirm_ending", "GET", "POST")
def confirm_ending_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """A second person sees what will be printed anew, and confirms."""
    ending = _ending_or_404(key)
    certificate = ending.certificate
    _log(request, certificate)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: confirm_ending(actor=request.user, ending=ending),
        title=f"复核：{ending.get_kind_display()}",
        facts=[*_facts(certificate), *_request_facts(ending), *_corrections(ending)],
        words=(WORDS.get(Ending.Kind(ending.kind), ""), "复核以后不能撤销，持证人会收到消息。"),
        button=f"复核：{ending.get_kind_display()}",
        done=lambda fresh: f"已换发，新证书 {fresh.number}。" if fresh else "证书已作废。",
        to=lambda fresh: address(fresh or certificate),
        back=address(certificate),
        grave=True,
    )


@staff("certificates.ask_ending", "GET", "POST")
def drop_ending_page(request: HttpRequest, key: UUID) -> HttpResponse:
    ending = _ending_or_404(key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: drop_ending(actor=request.user, ending=ending),
        title=f"放弃：{ending.get_kind_display()}",
        facts=[*_facts(ending.certificate), *_request_facts(ending)],
        words=("这项申请不再办理，证书照旧有效。",),
        button="放弃这项申请",
        done="申请已放弃，证书照旧有效。",
        back=address(ending.certificate),
    )


@staff(ISSUE, "GET", "POST")
def retry_page(request: HttpRequest, key: UUID) -> HttpResponse:
    certificate = _certificate_or_404(key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: retry_print(actor=request.user, certificate=certificate),
        title="重新制作证书",
        facts=[*_facts(certificate), {"key": "受阻原因", "value": certificate.hold_reason or "没有受阻"}],
        words=("请先解决受阻的原因，例如补充字体。姓名用字有误的，应改为申请更正。",),
        button="重新制作",
        done="已安排重新制作。",
        back=came_from(request, address(certificate)),
    )


def _certificate_or_404(key: UUID) -> Certificate:
    rows = with_people(Certificate.objects.all()).select_related("photo", "replaces")
    return get_object_or_404(rows, pk=key)


def _ending_or_404(key: UUID) -> Ending:
    return get_object_or_404(
        Ending.objects.select_related("certificate__person", "certificate__offering__occupation", "asked_by"),
        pk=key,
    )


def _facts(certificate: Certificate) -> list[dict[str, str]]:
    return [
        {"key": "持证人", "value": certificate.face["name"]},
        {"key": "证书编号", "value": certificate.number},
        {"key": "职业和等级", "value": str(certificate.offering)},
        {"key": "发证日期", "value": day_text(certificate.issued_on)},
        {"key": "状态", "value": certificate.get_state_display()},
    ]


def _request_facts(ending: Ending) -> list[dict[str, str]]:
    return [
        {"key": "办理事项", "value": ending.get_kind_display()},
        {"key": "理由", "value": ending.reason},
        {"key": "提出人", "value": f"{ending.asked_by}，{day_text(clock.local_day(ending.asked_at))}"},
    ]


def _corrections(ending: Ending) -> list[dict[str, str]]:
    """What the corrected face would say otherwise, before and after."""
    if ending.kind != Ending.Kind.CORRECTION:
        return []
    old: dict[str, Any] = ending.certificate.face
    try:
        new = corrected_face(ending.certificate).as_record()
    except Refused as refused:
        return [{"key": "更正内容", "value": str(refused)}]
    titles = {"name": "姓名", "document_kind": "证件类型", "document_number": "证件号码"}
    return [
        {"key": title, "value": f"{old[field]} 改为 {new[field]}"}
        for field, title in titles.items()
        if old[field] != new[field]
    ]


def _log(request: HttpRequest, certificate: Certificate) -> None:
    record_access(
        "certificate.viewed",
        actor=request.user,
        subject=certificate,
        person_id=certificate.person_id,
        birth_date=certificate.person.birth_date,
    )
