"""The identity desk: an original in hand, a claim verified, refused or decided; a number shown in full for a reason."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache

from applicants.identity.documents import DocumentKind
from applicants.identity.masks import mask_number
from applicants.records.admin_forms import LookForm, ReplaceForm, ResolveForm, VerifyForm
from applicants.records.claims import (
    claims_in_conflict,
    conflicting_claims,
    refuse_document,
    replace_document,
    resolve_claim_conflict,
    verify_document,
)
from applicants.records.models import DocumentClaim, Person
from portal import clock
from portal.access import staff
from portal.audit.trail import record_access
from portal.counter.acting import ReasonForm, act, came_from, data, page
from portal.rules.wording import day_text


def facts_of_claim(claim: DocumentClaim, *, in_full: bool = False) -> list[dict[str, str]]:
    """What the original is compared with, as rows."""
    person, number = claim.person, str(claim.number)
    return [
        {"key": "姓名", "value": claim.name},
        {"key": "性别", "value": person.get_sex_display()},
        {"key": "出生日期", "value": day_text(person.birth_date) if person.birth_date else "未填写"},
        {"key": "证件类型", "value": DocumentKind(claim.kind).label},
        {"key": "证件号码", "value": number if in_full else mask_number(number)},
        {"key": "状态", "value": claim.get_state_display()},
    ]


def _claim(key: UUID) -> DocumentClaim:
    return get_object_or_404(DocumentClaim.objects.select_related("person"), pk=key)


def _person_page(claim: DocumentClaim) -> str:
    return reverse("admin:applicants_person_change", args=[claim.person_id])


def _log_look(request: HttpRequest, claim: DocumentClaim, kind: str, reason: str) -> None:
    record_access(
        kind,
        actor=request.user,
        subject=claim,
        person_id=claim.person_id,
        birth_date=claim.person.birth_date,
        reason=reason,
    )


@never_cache
@staff("exams.review_application", "GET", "POST")
def verify_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The number stands here in full, because it is compared with the original; the look is logged."""
    claim = _claim(key)
    if request.method == "GET":
        _log_look(request, claim, "unmask_document", "核对证件原件")
    return act(
        request,
        VerifyForm(data(request)),
        lambda typed: verify_document(
            actor=request.user, claim=claim, exception_note=typed["exception_note"]
        ),
        title=f"核对证件原件：{claim.name}",
        facts=facts_of_claim(claim, in_full=True),
        words=(
            "请逐字对照原件。核对后，这个证件只能由这一人使用。",
            "性别或出生日期与号码不一致的，请先请申报人改正；确属证件特殊情况的，写明说明。",
        ),
        button="与原件一致，登记已核对",
        done="证件已核对。",
        back=came_from(request, _person_page(claim)),
    )


@staff("exams.review_application", "GET", "POST")
def refuse_page(request: HttpRequest, key: UUID) -> HttpResponse:
    claim = _claim(key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: refuse_document(actor=request.user, claim=claim, reason=typed["reason"]),
        title=f"证件核对不符：{claim.name}",
        facts=facts_of_claim(claim),
        words=("这次填写的证件作废，申报人会收到消息，可以重新填写证件再来核对。",),
        button="登记核对不符",
        done="已登记核对不符。",
        back=came_from(request, _person_page(claim)),
        grave=True,
    )


@staff("exams.decide_claim", "GET", "POST")
def resolve_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Several people claim one document; the one standing here with the original gets it."""
    claim = _claim(key)
    if request.method == "GET":
        _log_look(request, claim, "unmask_document", "处理证件冲突")
    others = list(conflicting_claims(claim).select_related("person"))
    return act(
        request,
        ResolveForm(data(request)),
        lambda typed: resolve_claim_conflict(
            actor=request.user,
            claim=claim,
            reason=typed["reason"],
            exception_note=typed["exception_note"],
        ),
        title=f"确认证件归 {claim.name} 使用",
        facts=facts_of_claim(claim, in_full=True),
        words=(
            "这份证件登记为已核对，归此人使用。",
            *(
                f"另一人“{other.name}”（{day_text(clock.local_day(other.claimed_at))} 填写，"
                f"{other.get_state_display()}）的填写作废，会收到消息，须更正后重新核对。"
                for other in others
            ),
        ),
        button=f"证件归 {claim.name}",
        done="证件冲突已处理。",
        back=came_from(request, reverse("admin:claim_conflicts")),
        grave=True,
    )


@staff("exams.decide_claim", "GET", "POST")
def replace_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """A renewed passport, a changed name: the new original stands at once as verified."""
    person = get_object_or_404(Person, pk=key)
    initial = {"name": person.name, "sex": person.sex, "birth_date": person.birth_date}
    back = reverse("admin:applicants_person_change", args=[key])
    return act(
        request,
        ReplaceForm(data(request), initial=initial),
        lambda typed: replace_document(
            actor=request.user,
            person=person,
            document=typed["document"],
            name=typed["name"],
            sex=typed["sex"],
            birth_date=typed["birth_date"],
            reason=typed["reason"],
        ),
        title=f"更换证件：{person.name}",
        words=(
            "新证件登记为已核对，原来的证件停用。姓名、性别、出生日期按新证件改写。",
            "已提交的申报不会自动改，请到申报页逐项“更正”带入新内容。",
        ),
        button="更换证件",
        done="证件已更换。",
        back=came_from(request, back),
        grave=True,
    )


@never_cache
@staff("exams.unmask_person", "GET", "POST")
def unmask_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The whole number and the phone, after a reason was given and logged."""
    claim = _claim(key)
    form = LookForm(data(request))
    if form.is_valid():
        _log_look(request, claim, "unmask_document", form.cleaned_data["reason"])
    account = claim.person.account
    return page(
        request,
        "admin/applicants/unmask.html",
        title=f"查看完整号码：{claim.name}",
        form=form,
        claim=claim if form.is_valid() else None,
        phone=(account.phone if account else claim.person.phone) or "",
        facts=facts_of_claim(claim),
        back=came_from(request, _person_page(claim)),
    )


@staff("exams.decide_claim", "GET")
def conflicts_page(request: HttpRequest) -> HttpResponse:
    """Documents that several people claim, the claims of each side by side."""
    groups: dict[str, list[DocumentClaim]] = {}
    for claim in claims_in_conflict():
        groups.setdefault(claim.number_index, []).append(claim)
    return page(
        request,
        "admin/applicants/conflicts.html",
        title="证件冲突",
        groups=[[(claim, facts_of_claim(claim)) for claim in claims] for claims in groups.values()],
    )
