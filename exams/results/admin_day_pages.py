"""The exam day at the counter: which sessions, who came, what contradicts itself, the papers, the end of a session."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from exams.arrangement.models import Session
from exams.arrangement.notices import session_text
from exams.results.admin_day_forms import mark_forms, place_findings, read_marks
from exams.results.attendance import close_session, closing_findings, note_many, note_rest_present
from exams.results.checking_in import arrivals_of, phones_of
from exams.results.clashes import clashes_of, device_name
from exams.results.days import held_sessions, sessions_coming, sessions_left_open, todays_sessions
from exams.results.door_list import DoorRow, by_room, log_looks, read_door_list
from exams.results.models import Attendance
from exams.results.papers.documents import PAPERS, render_paper
from exams.results.queries import standing_scores
from portal import clock
from portal.access import staff
from portal.counter.acting import act, data, page
from portal.files.sending import private_document
from portal.pdf import MissingGlyph
from portal.rules.findings import Refused

CHECK_IN = "exams.check_in"
UNDRAWN = "undrawn"


def address(session: Session, room: str = "") -> str:
    return reverse("admin:session_day", args=[session.pk]) + (f"?room={room}" if room else "")


@staff(CHECK_IN, "GET")
def day_page(request: HttpRequest) -> HttpResponse:
    """Today's sessions, those of earlier days that nobody closed, and what comes within a week."""
    return page(
        request,
        "admin/exams/results/days.html",
        title="考试日",
        lists=[
            (title, held)
            for title, held in (
                ("以前没有结束登记的", list(sessions_left_open())),
                ("今天", list(todays_sessions())),
                ("接下来 7 天", list(sessions_coming())),
            )
            if held or title == "今天"
        ],
        now=clock.now(),
    )


@staff(CHECK_IN, "GET", "POST")
def session_day_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One session on its day: attendance room by room, clashes, papers, and what stands before its end."""
    session = _session(key)
    rows = read_door_list(session)
    rooms = [(str(room.pk) if room else UNDRAWN, room, held) for room, held in by_room(rows)]
    chosen = _chosen(request, rooms)
    shown = next((held for code, _, held in rooms if code == chosen), [])
    begun = clock.today() >= clock.local_day(session.starts_at)
    scored = set(standing_scores().filter(seat__session=session).values_list("seat_id", flat=True))
    arrivals = arrivals_of(session)
    lines = mark_forms(shown, data(request) if begun else None, fixed=scored)
    loose: list[str] = []
    if request.method == "POST" and begun and (marks := read_marks(lines)) is not None:
        try:
            done = _note(request, session, marks, chosen)
        except Refused as refused:
            loose = place_findings(lines, refused)
        else:
            messages.success(request, done)
            return redirect(address(session, chosen))
    return page(
        request,
        "admin/exams/results/day.html",
        title=f"{session_text(session)}　{session.site.name}",
        session=session,
        rooms=[(code, room, len(held), _unknown(held)) for code, room, held in rooms],
        chosen=chosen,
        lines=[(row, form, arrivals.get(row.seat.pk, [])) for row, form in lines],
        wrong=[form for _, form in lines if form.errors],
        loose=loose,
        unknown=_unknown(shown),
        counts=_counts(rows),
        people=len(rows),
        clashes=clashes_of(session),
        phones=[(device_name(one["device"]), one["rows"], one["last"]) for one in phones_of(session)],
        papers=PAPERS.values(),
        begun=begun,
        over=clock.now() >= session.ends_at,
        closing=getattr(session, "closing", None),
        before_the_end=closing_findings(session),
    )


def _note(request: HttpRequest, session: Session, marks: dict, room: str) -> str:
    """Note what was changed and, where asked, that the rest of the room came; says in a sentence what was written."""
    rest = 0
    with transaction.atomic():
        written = len(note_many(actor=request.user, session=session, rows=marks))
        if "rest" in request.POST and room != UNDRAWN:
            rest = note_rest_present(actor=request.user, session=session, room=int(room))
    if rest:
        return f"已登记 {written + rest} 人，其中其余到考 {rest} 人。"
    return f"已登记 {written} 人。" if written else "没有改动。"


def _session(key: UUID) -> Session:
    return get_object_or_404(held_sessions(), pk=key)


def _chosen(request: HttpRequest, rooms: list) -> str:
    """The room asked for, else the first with somebody unknown, else the first."""
    codes = [code for code, _, _ in rooms]
    if (asked := request.GET.get("room", "")) in codes:
        return asked
    open_rooms = [code for code, _, held in rooms if _unknown(held)]
    return next(iter(open_rooms + codes), "")


def _unknown(rows: list[DoorRow]) -> int:
    return sum(row.attendance is None for row in rows)


def _counts(rows: list[DoorRow]) -> list[tuple[str, int]]:
    """How many are known to be what; the unknown last."""
    states = [row.attendance.state if row.attendance else "" for row in rows]
    known = [(str(state.label), states.count(state)) for state in Attendance.State]
    return [*known, ("未登记", states.count(""))]


@staff(CHECK_IN, "GET", "POST")
def close_page(request: HttpRequest, key: UUID) -> HttpResponse:
    session = _session(key)
    rows = read_door_list(session)
    facts = [{"key": word, "value": f"{count} 人"} for word, count in _counts(rows)]
    clashes = clashes_of(session)
    words = ["结束以后就可以录入成绩。再改考勤须写明理由，成绩公布以后不能再改。"]
    if clashes:
        words.append(f"还有 {len(clashes)} 处核验冲突，请先逐条看过。冲突的记录会一直保留。")
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: close_session(actor=request.user, session=session),
        title=f"结束登记：{session_text(session)}",
        facts=[{"key": "应到", "value": f"{len(rows)} 人"}, *facts],
        words=tuple(words),
        button="结束登记",
        done="本场已结束登记。",
        back=address(session),
        grave=bool(clashes),
    )


@staff(CHECK_IN, "GET")
def paper_file(request: HttpRequest, key: UUID, code: str) -> HttpResponse:
    """One of the papers as PDF, made now; everybody on it counts as looked at."""
    session, paper = _session(key), PAPERS.get(code)
    if paper is None:
        raise Http404
    rows = read_door_list(session)
    try:
        document = render_paper(paper, session, rows)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(address(session))
    except MissingGlyph as fault:
        messages.error(request, f"{paper.title}打印不出来：{fault}。请联系管理员补充字体。")
        return redirect(address(session))
    log_looks("exam_paper.downloaded", actor=request.user, rows=rows)
    return private_document(document)
