"""One person of a group filing as the institution's page shows them: what is filed, and what happened, in words."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from applicants.identity.masks import mask_phone
from exams.filing.groups.exchange.replies import shown_replies
from exams.filing.groups.models import Confirmation, PreliminaryReview, RosterEntry
from exams.filing.groups.rosters.rows import codes_to_see, judge_row
from exams.filing.models import Status
from exams.filing.summary import Section, sections_of
from portal import clock
from portal.rules.eligibility import Verdict
from portal.rules.findings import Refused
from portal.rules.wording import EVIDENCE_NAMES, day_text
from portal.templatetags.portal_parts import verdict


@dataclass(frozen=True)
class Event:
    """Something that happened with the person: when, what, by whom; `note` where one was written."""

    at: datetime
    title: str
    who: str = ""
    note: str = ""


def sections(entry: RosterEntry) -> list[Section]:
    """What is filed, by the parts of the form. The document number is whole: it is compared with the original."""
    number = entry.row.content["record"]["identity"]["document_number"]
    return [
        _with_number(part, number) if part.step == "identity" else part for part in masked_sections(entry)
    ]


def masked_sections(entry: RosterEntry) -> list[Section]:
    """What is filed as the person themselves sees it, numbers masked. A special arrangement is
    not the institution's to see, and asked for on the person's own page."""
    row, content = entry.row, entry.row.content
    answers = {
        **content["record"],
        "phone": content["phone"],
        "application": {
            "occupation_name": entry.filing.occupation.name,
            "grade": row.grade,
            "kind": row.kind,
            "route": row.route,
            "subjects": row.subjects,
        },
        "special_arrangement": None,
    }
    return [part for part in sections_of(answers) if part.step != "arrangement"]


def _with_number(part: Section, number: str) -> Section:
    rows = [{**row, "value": number} if row["key"] == "证件号码" else row for row in part.rows]
    return replace(part, rows=rows)


def verdict_of(entry: RosterEntry) -> Verdict | None:
    """Today's verdict on every route of the grade; None where the row does not tell enough."""
    try:
        return judge_row(entry.row, entry.filing.occupation, clock.today())
    except Refused:
        return None


def codes_of(entry: RosterEntry, verdict: Verdict | None) -> tuple[str, ...]:
    """The originals a reviewer must have seen, by today's verdict."""
    return codes_to_see(entry.row, verdict) if verdict else ()


@dataclass(frozen=True)
class Asked:
    """Where the person's own confirmation stands. `phone` is masked; `live`: the link can still be answered.
    `arrangement`: they asked for 合理便利; which, is for the association alone."""

    sent_at: datetime
    phone: str
    expires_at: datetime
    confirmed_at: datetime | None
    declined_at: datetime | None
    note: str
    live: bool
    arrangement: bool


def asked_of(entry: RosterEntry) -> Asked | None:
    """The latest link of the present row, or the one that was answered."""
    links = list(Confirmation.objects.filter(entry=entry, row=entry.row).order_by("sent_at"))
    if not links:
        return None
    answered = [link for link in links if link.confirmed_at or link.declined_at]
    link = (answered or links)[-1]
    return Asked(
        link.sent_at,
        mask_phone(str(link.phone)),
        link.expires_at,
        link.confirmed_at,
        link.declined_at,
        link.declined_note or "",
        link.expires_at > clock.now() and not answered,
        link.arrangement is not None,
    )


def return_reasons(entry: RosterEntry) -> list[str]:
    """What the association asked to be mended; empty unless the application is returned."""
    application = entry.application
    if application is None or application.status != Status.RETURNED:
        return []
    last = application.transitions.filter(after=Status.RETURNED).last()
    return [row["sentence"] for row in last.reasons if row.get("sentence")] if last else []


def history(entry: RosterEntry) -> list[Event]:
    """Everything that was done about the person in this filing, the latest first."""
    events = [Event(entry.added_at, "加入名单", entry.row.made_by.name)]
    if entry.row.made_at > entry.added_at:
        events.append(Event(entry.row.made_at, "更正内容", entry.row.made_by.name))
    for file in entry.files.select_related("added_by"):
        name = EVIDENCE_NAMES[file.code]
        events.append(Event(file.added_at, f"上传{name}", file.added_by.name))
        if file.removed_at:
            events.append(Event(file.removed_at, f"删除{name}"))
    for link in entry.confirmations.all():
        events.append(Event(link.sent_at, "发送确认链接", note=f"发往 {mask_phone(str(link.phone))}"))
        if link.confirmed_at:
            events.append(Event(link.confirmed_at, "本人确认并作出承诺", "本人"))
        if link.declined_at:
            events.append(Event(link.declined_at, "本人否认", "本人", link.declined_note or ""))
    for review in entry.reviews.select_related("reviewer"):
        events.append(Event(review.at, review.get_result_display(), review.reviewer.name, _noted(review)))
    if entry.handed_in_at and entry.handed_in_by:
        events.append(Event(entry.handed_in_at, "交出签名的报名表", entry.handed_in_by.name))
    return sorted([*events, *_of_the_application(entry)], key=lambda event: event.at, reverse=True)


def _of_the_application(entry: RosterEntry) -> list[Event]:
    if entry.application is None:
        return []
    events = []
    for one in entry.application.transitions.all():
        who = (
            "本机构"
            if one.after in (Status.DRAFT, Status.SUBMITTED) and one.before != Status.APPROVED
            else ""
        )
        note = "".join(row.get("sentence") or row.get("note") or "" for row in one.reasons)
        title = "建立申报" if one.after == Status.DRAFT else one.get_after_display()
        if one.after == Status.SUBMITTED and one.before in (Status.DRAFT, Status.RETURNED):
            title = "提交协会审核"
        events.append(Event(one.at, title, who, note))
    return events


def _noted(review: PreliminaryReview) -> str:
    seen = "、".join(EVIDENCE_NAMES[code] for code in review.seen if code in EVIDENCE_NAMES)
    return "；".join(part for part in (f"核对了{seen}" if seen else "", review.note) if part)


def deadline(entry: RosterEntry) -> str:
    """By when a returned application must be mended to keep its window, in words."""
    application = entry.application
    if application is None or application.mend_until is None:
        return ""
    return day_text(application.mend_until, weekday=True)


def _verdict_parts(entry: RosterEntry, found: Verdict | None) -> dict[str, Any] | None:
    """The verdict as its part of the page shows it, speaking of the person to somebody else."""
    if found is None:
        return None
    parts = verdict(found, entry.filing.occupation.minimum_education)
    return parts | {"answer": parts["answer"].replace("您", "此人")}


def facts(entry: RosterEntry) -> dict[str, Any]:
    """What the page shows beside what is filed."""
    found = verdict_of(entry)
    return {
        "sections": sections(entry),
        "parts": _verdict_parts(entry, found),
        "asked": asked_of(entry),
        "files": [
            (file, EVIDENCE_NAMES[file.code].removesuffix("原件"))
            for file in entry.files.filter(removed_at=None).select_related("file")
        ],
        "reviews": list(entry.reviews.filter(row=entry.row).select_related("reviewer").order_by("-at")),
        "returned": return_reasons(entry),
        "deadline": deadline(entry),
        "history": history(entry),
        "replies": shown_replies(entry.replies.select_related("entry__row").order_by("-received_at")),
        "codes": codes_of(entry, found),
    }
