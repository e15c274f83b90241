"""我的成绩: every subject with its state, what may follow, and a recheck where somebody doubts a score."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from applicants.records.access import own_person
from applicants.records.views import sent
from exams.catalogue.queries import policy_row
from exams.filing.access import own_application, own_applications
from exams.filing.actions.drafting import choose, start_application
from exams.filing.models import Application, Kind
from exams.results.access import own_score
from exams.results.history import history_of
from exams.results.models import Recheck
from exams.results.offers import offers_of
from exams.results.rechecks import ask_recheck, recheck_findings, recheck_until
from exams.results.showing import Line, lines_of, with_results
from portal import clock
from portal.access import signed_in
from portal.rules.findings import Refused

NOTE_LENGTH = 300
SCOPES = {
    "adding_up_and_carrying_over": (
        "看：各题得分有没有加错、漏加，登记的分数和试卷、评分表是不是一致。",
        "不看：考评员的评分尺度不再重新评判；试卷和评分表不提供查阅、复印。",
    )
}
"""What a recheck looks at, in words, by the value of the policy `recheck_scope`."""


class RecheckForm(forms.Form):
    note = forms.CharField(
        label="哪里有疑问",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea({"rows": 4}),
        help_text="例如：对照答题情况，觉得总分少加了。",
        error_messages={"max_length": f"最多 {NOTE_LENGTH} 个字，请写短一些。"},
    )


@signed_in("GET")
def mine(request: HttpRequest) -> HttpResponse:
    """All applications with results, the newest first; below the newest of an offering what may follow."""
    today = clock.today()
    applications = list(with_results(own_applications(request.user)))
    lines = lines_of(applications, today)
    offers = {offer.application: offer for offer in offers_of(own_person(request.user), applications, today)}
    context = {
        "rows": [(one, [_doubt(line) for line in lines[one.pk]], offers.get(one)) for one in applications],
    }
    return render(request, "exams/results/mine.html", context)


def _doubt(line: Line) -> dict[str, object]:
    """The line with until when a recheck may be asked for, where it still may."""
    score = line.result.score
    may = score is not None and line.result.cancelled is None and not recheck_findings(score, clock.today())
    return {"line": line, "recheck_until": recheck_until(score) if may and score is not None else None}


@signed_in("GET", "POST")
def recheck(request: HttpRequest, key: UUID) -> HttpResponse:
    """Ask for a second look: what is looked at, until when it may be asked for, what it means meanwhile.

    Below, what became of the score so far: earlier questions and answers stay when it is corrected. The address of a
    score that was corrected leads to the one that stands.
    """
    score = own_score(request.user, key)
    if score.pk != key:
        return redirect("results:recheck", score.pk)
    form = RecheckForm(sent(request))
    same = {"score__application": score.application_id, "score__subject": score.subject}
    asked = Recheck.objects.filter(**same, score__retracted_at=None).exists()
    if request.method == "POST" and form.is_valid():
        try:
            ask_recheck(actor=request.user, score=score, note=form.cleaned_data["note"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "复核申请已收到，答复以后会发消息给您。")
            return redirect("results:mine")
    published = clock.local_day(score.published_at)
    scope = policy_row("recheck_scope", published)
    context = {
        "score": score,
        "application": score.application,
        "form": form,
        "asked": asked,
        "against": [] if asked else recheck_findings(score, clock.today()),
        "until": recheck_until(score),
        "window": policy_row("recheck_working_days", published),
        "scope": scope,
        "history": [event.step for event in history_of(score)],
        "scope_words": SCOPES.get(str(scope.value), (f"看：{scope.value}",)),
    }
    return render(request, "exams/results/recheck.html", context, status=422 if form.errors else 200)


@signed_in("POST")
def begin(request: HttpRequest, key: UUID) -> HttpResponse:
    """From the offer into filing: a draft for the same offering, its kind chosen; nothing is given up by it yet."""
    earlier = own_application(request.user, key)
    kind = Kind.RETAKE if request.POST.get("kind") == Kind.RETAKE else Kind.REGULAR
    try:
        application = _draft(request, earlier, kind)
    except Refused as refusal:
        messages.error(request, "".join(finding.sentence for finding in refusal.findings))
        return redirect("results:mine")
    return redirect("filing:tasks" if kind == Kind.RETAKE else "filing:route", application.pk)


def _draft(request: HttpRequest, earlier: Application, kind: str) -> Application:
    application = start_application(actor=request.user, person=earlier.person, offering=earlier.offering)
    if kind == Kind.RETAKE:
        choose(actor=request.user, application=application, kind=kind)
    return application
