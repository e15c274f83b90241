"""The task list of an application: each step with its state, and where each finding and each reason leads."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from applicants.records.queries import counts_of_entries, live_document
from exams.filing.checks import latest_submission
from exams.filing.models import Application, Kind, Status
from exams.filing.readiness import Readiness
from exams.passes.models import Pass
from portal.rules.findings import Finding

STEP_OF_EVIDENCE = {
    "identity_document": "identity",
    "work_proof": "work",
    "credential": "credentials",
    "title": "titles",
    "diploma": "schooling",
    "chsi_record": "schooling",
    "enrolment_proof": "schooling",
}
STEP_OF_FIELD = {
    "identity.general_education": "schooling",
    "identity.intends_to_work": "route",
    "consents.document": "identity",
    "consents.photo": "photo",
}
TITLES = {
    "identity": "身份证件",
    "photo": "照片",
    "schooling": "学历和学习经历",
    "work": "工作经历",
    "credentials": "职业技能证书",
    "titles": "职称",
    "route": "申报条件",
    "forfeiture": "确认放弃补考",
    "arrangement": "特别安排（合理便利）",
    "undertaking": "承诺书",
    "check": "核对并提交",
}
GROUPS = (
    ("准备资料", ("identity", "photo", "schooling", "work", "credentials", "titles")),
    ("申报内容", ("route", "forfeiture", "arrangement")),
    ("确认", ("undertaking", "check")),
)
HINTS = {
    "identity": "证件号码、姓名和证件照片",
    "photo": "白底证件照",
    "schooling": "最高学历；凭学历申报的，另填学习经历",
    "work": "凭工作年限申报的填；没有的不用填",
    "credentials": "没有的不用填",
    "titles": "没有的不用填",
    "route": "逐条对照，选您符合的一条",
    "forfeiture": "按正考申报，要放弃仍有效的合格科目",
    "arrangement": "行动、视力、听力等不便的可以提出；不需要的不用填",
    "undertaking": "材料真实，遵守考场纪律",
}
RECORD_PAGES = {
    "identity": ("records:identity",),
    "photo": ("records:photo",),
    "schooling": ("records:education",),
    "work": ("records:entries", "jobs"),
    "credentials": ("records:entries", "credentials"),
    "titles": ("records:entries", "titles"),
}


@dataclass(frozen=True)
class Task:
    """One line of the list. `url` is empty where the step cannot be taken yet; then `hint` says why."""

    code: str
    title: str
    url: str
    kind: str
    status: str
    hint: str


def step_of(finding: Finding) -> str:
    """The step at which a finding is put right; empty where none of the person's steps can (window, bar)."""
    field = finding.field or ""
    if field in STEP_OF_FIELD:
        return STEP_OF_FIELD[field]
    head, _, rest = field.partition(".")
    step = STEP_OF_EVIDENCE.get(rest, "check") if head == "evidence" else head
    return step if step in TITLES else ""


def return_reasons(application: Application) -> dict[str, list[str]]:
    """What the counter asked to be mended, by step; empty unless the application is returned."""
    if application.status != Status.RETURNED:
        return {}
    last = application.transitions.filter(after=Status.RETURNED).last()
    found: dict[str, list[str]] = defaultdict(list)
    for row in last.reasons if last else []:
        step = row["field"].partition(".")[0]
        if step == "certificates":
            step = "titles" if row["code"].startswith("title") else "credentials"
        found[step if step in TITLES else "check"].append(row["sentence"])
    return dict(found)


def step_url(application: Application, code: str, back: str) -> str:
    """The page of a step. Pages of the record carry the way back; those of the application know it."""
    if code in RECORD_PAGES:
        name, *args = RECORD_PAGES[code]
        return reverse(name, args=args, query={"next": back})
    if code == "check":
        return reverse("filing:check", args=[application.pk])
    return reverse(f"filing:{code}", args=[application.pk], query={"next": back})


def build_tasks(
    application: Application, ready: Readiness, at_stake: list[Pass]
) -> list[tuple[str, list[Task]]]:
    """The list as it stands, in groups with their headings. `at_stake`: passes a regular application would give up."""
    back = reverse("filing:tasks", args=[application.pk])
    findings: dict[str, list[str]] = defaultdict(list)
    for finding in ready.findings:
        findings[step_of(finding)].append(finding.sentence)
    started = _started(application)
    reasons = unmended(application, ready)
    groups: list[tuple[str, list[Task]]] = []
    for heading, codes in GROUPS:
        tasks = []
        for code in codes:
            if code == "check" or (code == "forfeiture" and not _forfeits(application, at_stake)):
                continue
            kind, status, hint = _state(code, findings[code], reasons.get(code, []), started[code])
            url = step_url(application, code, back)
            if code == "route" and at_stake:
                url = step_url(application, "kind", back)
            if code == "route" and ready.verdict is None:
                kind, status, url = "quiet", "暂不能填写", ""
                hint = "要先填好身份证件和学历，才能对照条件"
            if code == "forfeiture" and not application.route:
                kind, status, url, hint = "quiet", "暂不能填写", "", "要先选好申报条件"
            tasks.append(Task(code, TITLES[code], url, kind, status, hint))
        groups.append((heading, tasks))
    groups[-1][1].append(_check_task(application, findings, reasons, back))
    return groups


def _check_task(
    application: Application, findings: dict[str, list[str]], reasons: dict[str, list[str]], back: str
) -> Task:
    waiting = sum(1 for step, sentences in findings.items() if step and sentences)
    title = TITLES["check"]
    if waiting:
        return Task("check", title, "", "quiet", "暂不能填写", f"上面还有 {waiting} 项没有完成")
    hint = "".join(reasons.get("check", [])) or "看一遍全部内容，没有问题就提交"
    return Task("check", title, step_url(application, "check", back), "todo", "未开始", hint)


def _state(code: str, sentences: list[str], reasons: list[str], started: bool) -> tuple[str, str, str]:
    if reasons:
        return "attention", "需补正", "".join(reasons)
    if sentences and started:
        return "active", "进行中", sentences[0]
    if started:
        return "done", "已完成", ""
    return "todo", "未开始", HINTS[code]


def _started(application: Application) -> dict[str, bool]:
    person = application.person
    counts = counts_of_entries(person)
    return {
        "identity": live_document(person) is not None,
        "photo": person.photo_id is not None,
        "schooling": bool(person.general_education),
        "work": counts["jobs"][0] > 0,
        "credentials": counts["credentials"][0] > 0,
        "titles": counts["titles"][0] > 0,
        "route": bool(application.route) or application.kind == Kind.RETAKE,
        "forfeiture": application.forfeitures.exists(),
        "arrangement": hasattr(application, "special_arrangement"),
        "undertaking": application.undertaken_at is not None,
    }


def unmended(application: Application, ready: Readiness) -> dict[str, list[str]]:
    """What was asked to be mended at steps where nothing has changed since the last submission."""
    reasons, last = return_reasons(application), latest_submission(application)
    if not reasons or last is None:
        return reasons
    changed = {step for step in reasons if _part(last.answers, step) != _part(ready.answers, step)}
    if application.undertaken_at is not None:
        changed.add("undertaking")
    return {step: sentences for step, sentences in reasons.items() if step not in changed}


def _part(answers: Mapping[str, Any], step: str) -> Any:
    """What of the answers belongs to a step."""
    identity = dict(answers["identity"])
    education = identity.pop("general_education")
    own = {
        "identity": identity,
        "photo": answers["photo"],
        "schooling": [education, answers["schooling"]],
        "work": answers["jobs"],
        "credentials": answers["credentials"],
        "titles": answers["titles"],
        "route": answers["application"]["route"],
    }
    files = [row["id"] for row in answers["evidence"] if STEP_OF_EVIDENCE.get(row["code"]) == step]
    return own.get(step), files


def _forfeits(application: Application, at_stake: list[Pass]) -> bool:
    return bool(at_stake) and application.kind == Kind.REGULAR
