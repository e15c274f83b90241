"""What the counter checks on a submission, and what stands open."""

from collections.abc import Collection
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, QuerySet

from applicants.accounts.models import Account
from exams.filing.models import Application, Check, Kind, Submission
from exams.filing.readiness import PAPER_EVIDENCE
from exams.filing.verdicts import stored_verdict
from portal.rules.findings import Finding, Refused, refuse_if_any

CHECK_TITLES = {
    "identity_document": "证件原件与填写一致，是本人",
    "photo": "照片与本人相符、符合要求",
    "signed_form": "报名表由本人签字，二维码与所填一致",
    "work_proof": "工作年限证明属实，单位、岗位、起止日期一致",
    "undertaking": "工作年限承诺书由本人签字",
    "credential": "职业技能证书原件属实，与申报职业的关系正确",
    "title": "职称证书原件属实，专业与申报职业对应",
    "diploma": "毕业证书原件属实，专业与申报职业的关系正确",
    "chsi_record": "学信网备案表在线核对一致",
    "enrolment_proof": "在校证明原件属实",
    "conditions": "审核人判断：符合所选申报条件",
}
"""What each check means to the person who makes it. Codes are the rules' evidence codes, and one of our own."""


def check_codes(application: Application, submission: Submission) -> tuple[str, ...]:
    """The checks this submission asks for: each document of its route, and the reviewer's own judgement."""
    if application.kind == Kind.RETAKE:
        return PAPER_EVIDENCE
    return (*stored_verdict(submission).evidence(application.route), "conditions")


def open_checks(application: Application, submission: Submission) -> None:
    """Make the rows of a new submission's checks, all unknown."""
    Check.objects.bulk_create(
        Check(id=uuid4(), submission=submission, code=code) for code in check_codes(application, submission)
    )


def latest_submission(application: Application) -> Submission | None:
    """The submission the counter looks at."""
    return application.submissions.order_by("-serial").first()


def latest_submissions(applications: Collection[UUID]) -> QuerySet[Submission]:
    """The same for many at once, by their keys."""
    newer = Submission.objects.filter(application=OuterRef("application"), serial__gt=OuterRef("serial"))
    return Submission.objects.filter(~Exists(newer), application__in=applications)


def reviewed_submission(application: Application) -> Submission:
    """The submission a decision is about. Raises `Refused` for an application that never was submitted."""
    submission = latest_submission(application)
    if submission is None:
        raise Refused(Finding("", "never_submitted", f"申报 {application.number} 没有提交记录，不能审核。"))
    return submission


def own_findings(actor: Account, application: Application) -> list[Finding]:
    """Nobody decides on what they filed themselves, for themselves or for somebody else, or on what was filed by an
    institution that they act for or once acted for."""
    if actor.pk in (application.person.account_id, reviewed_submission(application).submitted_by_id):
        return [Finding("", "own_application", "不能办理自己的或由自己提交的申报，请由其他人办理。")]
    filed_by = application.institution_id
    if filed_by and actor.memberships.filter(institution=filed_by).exists():
        sentence = "您是（或曾是）提交这份申报的机构的成员，不能办理它的申报，请由其他人办理。"
        return [Finding("", "own_institution", sentence)]
    return []


def refuse_own(actor: Account, application: Application) -> None:
    """Raise `Refused` where `own_findings` has something to say."""
    refuse_if_any(own_findings(actor, application))
