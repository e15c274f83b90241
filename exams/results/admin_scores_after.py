"""After the publication: a score put right by two people, and a second look that somebody asked for."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from exams.arrangement.notices import session_text
from exams.catalogue.queries import policy_row
from exams.results.admin_scores_forms import AnswerForm, CorrectionForm
from exams.results.admin_scores_pages import points_text
from exams.results.correcting import ask_correction, confirm_correction, drop_correction
from exams.results.models import Correction, Recheck, Score
from exams.results.publishing import rests_on
from exams.results.queries import open_corrections, standing_scores
from exams.results.rechecks import answer_recheck, corrected_since, hands_of
from exams.results.views import SCOPES
from portal import clock
from portal.access import staff
from portal.audit.trail import record_access
from portal.counter.acting import act, came_from, data
from portal.rules.scores import is_pass
from portal.rules.wording import day_text

CORRECT, ANSWER = "exams.correct_score", "exams.answer_recheck"


def _score_facts(score: Score) -> list[dict[str, str]]:
    application = score.application
    return [
        {"key": "考生", "value": f"{application.person.name}（申报 {application.number}）"},
        {"key": "科目", "value": f"{session_text(score.seat.session)}，{application.offering}"},
        {"key": "公布的成绩", "value": f"{points_text(score.points)}，{_verdict(score.passed)}"},
        {"key": "公布日", "value": day_text(score.published_on)},
    ]


def _verdict(passed: bool) -> str:
    return "合格" if passed else "不合格"


def _look(request: HttpRequest, score: Score) -> None:
    person = score.application.person
    record_access(
        "scores.viewed", actor=request.user, subject=score, person_id=person.pk, birth_date=person.birth_date
    )


def _corrections() -> str:
    return reverse("admin:exams_correction_changelist") + "?waiting=yes"


@staff(CORRECT, "GET", "POST")
def ask_page(request: HttpRequest, key: UUID) -> HttpResponse:
    rows = standing_scores().select_related(
        "application__person", "application__offering__occupation", "seat__session"
    )
    score = get_object_or_404(rows, pk=key)
    _look(request, score)
    words = ["提出以后须由另一位工作人员复核才生效。复核以前，考生看到的仍是原成绩，并显示正在更正。"]
    if what := rests_on(score):
        words.append(f"这项成绩之后已有{what}：更正不能改变合格与否，要改变的请先处理{what}。")
    back = came_from(request, reverse("admin:score_session", args=[score.seat.session_id]))
    return act(
        request,
        CorrectionForm(data(request)),
        lambda typed: ask_correction(
            actor=request.user, score=score, points=typed["points"], reason=typed["reason"]
        ),
        title=f"成绩更正：{score.application.person.name}",
        facts=_score_facts(score),
        words=tuple(words),
        button="提出更正，等另一人复核",
        done="已提出更正，请另一位工作人员复核。",
        back=back,
    )


def _correction_or_404(key: UUID) -> Correction:
    rows = open_corrections().select_related(
        "score__application__person",
        "score__application__offering__occupation",
        "score__seat__session",
        "asked_by",
    )
    return get_object_or_404(rows, pk=key)


def _correction_facts(correction: Correction) -> list[dict[str, str]]:
    passed = is_pass(correction.points, correction.score.pass_mark)
    asked = f"{correction.asked_by}，{day_text(clock.local_day(correction.asked_at))}"
    return [
        *_score_facts(correction.score),
        {"key": "更正为", "value": f"{points_text(correction.points)}，{_verdict(passed)}"},
        {"key": "理由和依据", "value": correction.reason},
        {"key": "提出人", "value": asked},
    ]


@staff(CORRECT, "GET", "POST")
def confirm_page(request: HttpRequest, key: UUID) -> HttpResponse:
    correction = _correction_or_404(key)
    score = correction.score
    _look(request, score)
    passed = is_pass(correction.points, score.pass_mark)
    if passed == score.passed:
        effect = "合格与否不变，有效期不变。"
    elif passed:
        effect = "这一科由不合格变为合格，有效期从今天算起；以前合格过的，从那时算起。"
    else:
        effect = "这一科由合格变为不合格，合格科目和有效期作废。"
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: confirm_correction(actor=request.user, correction=correction),
        title=f"复核成绩更正：{score.application.person.name}",
        facts=_correction_facts(correction),
        words=(f"{effect}考生会收到消息，看到新的成绩和理由。原成绩保留在记录里。",),
        button="复核无误，更正成绩",
        done="成绩已更正。",
        back=_corrections(),
        grave=True,
    )


@staff(CORRECT, "GET", "POST")
def drop_page(request: HttpRequest, key: UUID) -> HttpResponse:
    correction = _correction_or_404(key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: drop_correction(actor=request.user, correction=correction),
        title=f"放弃成绩更正：{correction.score.application.person.name}",
        facts=_correction_facts(correction),
        words=("原成绩不变，考生不会收到消息。以后发现有误，可以重新提出。",),
        button="放弃更正",
        done="已放弃更正，原成绩不变。",
        back=_corrections(),
    )


@staff(ANSWER, "GET", "POST")
def answer_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the person asks, who had a hand in the score, and the answer; a correction goes its own way first."""
    rows = Recheck.objects.filter(answered_at=None, score__retracted_at=None).select_related(
        "score__application__person",
        "score__application__offering__occupation",
        "score__seat__session",
        "score__sheet",
    )
    recheck = get_object_or_404(rows, pk=key)
    score = recheck.score
    _look(request, score)
    scope = policy_row("recheck_scope", clock.local_day(score.published_at))
    facts = [
        *_score_facts(score),
        {"key": "申请日", "value": day_text(clock.local_day(recheck.asked_at))},
        {"key": "考生的说明", "value": recheck.note or "没有填写"},
        {"key": "复核范围", "value": "".join(SCOPES[str(scope.value)]) + f"（{scope.citation}）"},
    ]
    words = ["请取出试卷和登记表核对。答复以前，这项成绩不能用于补考、发证。答复后考生会收到消息。"]
    if request.user.pk in hands_of(score):
        words.append("您录入、核对或公布过这项成绩，须由别人答复。")
    changed = corrected_since(recheck)
    return act(
        request,
        AnswerForm(data(request), initial={"result": "changed"} if changed else None),
        lambda typed: answer_recheck(
            actor=request.user, recheck=recheck, result=typed["result"], answer=typed["answer"]
        ),
        title=f"答复成绩复核：{score.application.person.name}",
        facts=facts,
        words=tuple(words),
        button="答复考生",
        done="已答复，考生会收到消息。",
        back=reverse("admin:exams_recheck_changelist") + "?waiting=yes",
        template="admin/exams/results/scores_recheck.html",
        score=score,
        changed=changed,
        correction=open_corrections().filter(score=score).first(),
        here=request.path,
    )
