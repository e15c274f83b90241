"""The phone at the door. The page itself says nobody's name, so that it may be kept on the phone; its list is fetched.

`list` and `sync` answer JSON, both with the list as it stands, so that a phone that has sent what it saw knows what
the other phones saw too.
"""

import json
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from exams.arrangement.models import Session
from exams.results.attendance import is_closed
from exams.results.checking_in import Scan, arrivals_of, record_check_ins
from exams.results.clashes import clashes_of
from exams.results.days import sessions_left_open, todays_sessions
from exams.results.door_list import DoorRow, log_looks, read_door_list
from exams.results.models import CheckIn
from exams.tickets import payload
from portal.access import staff
from portal.audit.models import AccessEntry

CHECK_IN = "exams.check_in"
MOST_AT_ONCE = 100
KEPT = "check-in-1"
LOOK = "check_in_list.downloaded"


@staff(CHECK_IN, "GET")
def sessions(request: HttpRequest) -> HttpResponse:
    """Today's sessions, and earlier ones that nobody closed: a phone may still have something to send."""
    context = {"today": todays_sessions(), "open": sessions_left_open(), "kept": KEPT}
    return render(request, "exams/results/check_in_sessions.html", context)


@staff(CHECK_IN, "GET")
def door(request: HttpRequest, key: UUID) -> HttpResponse:
    """The check-in page of one session."""
    session = get_object_or_404(Session.objects.select_related("site", "offering__occupation"), pk=key)
    context = {"session": session, "public_keys": payload.public_keys(), "kept": KEPT}
    return render(request, "exams/results/check_in.html", context)


@staff(CHECK_IN, "GET")
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker that keeps the pages under /check-in/."""
    return render(request, "exams/results/check_in_worker.js", {"kept": KEPT}, content_type="text/javascript")


@never_cache
@staff(CHECK_IN, "GET")
def door_list(request: HttpRequest, key: UUID) -> JsonResponse:
    """The session's list as it stands; each person's first appearance to this account is logged."""
    session = get_object_or_404(Session.objects.select_related("offering"), pk=key)
    return JsonResponse(_list(request, session))


@never_cache
@staff(CHECK_IN, "POST")
def sync(request: HttpRequest, key: UUID) -> JsonResponse:
    """Take what a phone saw: JSON `{"rows": [{id, code, number, seen, device, scanned_at}]}`, at most 100.

    Answers the list, `kept` ({id: the server's verdict}) and `unread`: the ids of rows that say nothing this page
    would send, which the phone need not send again. 400 for what is no such body.
    """
    session = get_object_or_404(Session.objects.select_related("offering"), pk=key)
    try:
        rows = json.loads(request.body)["rows"]
        sent = {str(row["id"]): row for row in rows[:MOST_AT_ONCE]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return JsonResponse({"error": "无法读取上传的记录。"}, status=400)
    scans = [scan for row in sent.values() if (scan := _scan(row)) is not None]
    kept = record_check_ins(actor=request.user, session=session, rows=scans)
    verdicts = {str(row.pk): row.verdict for row in kept}
    unread = [key for key in sent if key not in verdicts]
    return JsonResponse({**_list(request, session), "kept": verdicts, "unread": unread})


def _scan(row: dict[str, Any]) -> Scan | None:
    """The row as an action takes it, or None for what our page never sends."""
    try:
        scanned_at = datetime.fromisoformat(row["scanned_at"])
        seen = CheckIn.Verdict(row["seen"])
        code, number, device = row["code"], row["number"], row["device"]
        texts = all(isinstance(text, str) for text in (code, number, device))
        if not texts or not (code or number) or len(device) > 36 or scanned_at.tzinfo is None:
            return None
        (code + number + device).encode()  # half a character is nothing that can be kept
        if "\0" in code + number + device or not MINYEAR < scanned_at.year < MAXYEAR:
            return None
        return Scan(UUID(row["id"]), code[: payload.LONGEST + 1], number.strip(), seen, device, scanned_at)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _list(request: HttpRequest, session: Session) -> dict[str, Any]:
    rows = read_door_list(session)
    _log_new_looks(request, session, rows)
    arrivals = arrivals_of(session)
    return {
        "token": get_token(request),
        "closed": is_closed(session) or session.state != Session.State.PUBLISHED,
        "people": [
            {
                "number": row.ticket_number,
                "version": row.ticket.version if row.ticket else 0,
                "name": row.name,
                "tail": row.document[-4:],
                "room": row.seat.room.name if row.seat.room else "",
                "seat": row.seat.number,
                "state": row.attendance.state if row.attendance else "",
                "times": [at.isoformat() for at in arrivals.get(row.seat.pk, [])],
            }
            for row in rows
        ],
        "clashes": [{"who": clash.who, "sentence": clash.sentence} for clash in clashes_of(session)],
    }


def _log_new_looks(request: HttpRequest, session: Session, rows: list[DoorRow]) -> None:
    """A phone asks again every little while; the log says once to whom whose name was shown."""
    seats = {str(row.seat.pk) for row in rows}
    logged = AccessEntry.objects.filter(kind=LOOK, actor_id=str(request.user.pk), subject_id__in=seats)
    known = set(logged.values_list("subject_id", flat=True))
    log_looks(LOOK, actor=request.user, rows=[row for row in rows if str(row.seat.pk) not in known])
