"""The arranger's pages: a session from draft to its day, the queue with its preview, the draw, the door list."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from exams.arrangement import drawing, seating, sessions
from exams.arrangement.admin_forms import FixForm, MoveForm, PlaceForm, SeatsForm, SessionForm
from exams.arrangement.draw import fewest_pairs, pairs_left, read_lists, reasons
from exams.arrangement.models import ArrangementRun, Room, SeatDraw, Session, Site
from exams.arrangement.notices import session_text
from exams.arrangement.places import close_site
from exams.arrangement.queries import capacity, live_seats, seated_count, sessions_to_fill
from exams.catalogue.models import Offering
from exams.catalogue.queries import policy_row
from exams.filing.admin_decisions import application_or_404
from exams.filing.models import Application
from portal import clock
from portal.access import staff
from portal.counter.acting import ReasonForm, act, data, page
from portal.templatetags.portal_format import moment

ARRANGE, PUBLISH = "exams.arrange_session", "exams.publish_session"


def session_address(session: Session) -> str:
    return reverse("admin:exams_session_change", args=[session.pk])


def _session(key: UUID) -> Session:
    return get_object_or_404(
        Session.objects.select_related("site", "offering__occupation").prefetch_related("rooms"), pk=key
    )


def _citation() -> str:
    """On what the choice rests that people have after a move or a call-off."""
    return policy_row("called_off", clock.today()).citation


def session_facts(session: Session) -> list[dict[str, str]]:
    ends = session.ends_at.astimezone(clock.SHANGHAI)
    return [
        {"key": "项目", "value": str(session.offering)},
        {"key": "科目", "value": session.get_subject_display()},
        {"key": "时间", "value": f"{moment(session.starts_at)}–{ends:%-H:%M}"},
        {"key": "考点", "value": f"{session.site.name}，{session.site.address}"},
        {
            "key": "考场",
            "value": "、".join(f"{room.name}（{room.seats} 座）" for room in session.rooms.all()),
        },
        {"key": "状态", "value": session.get_state_display()},
        {"key": "已安排", "value": f"{seated_count(session)} 人 / {capacity(session)} 座"},
    ]


def neighbours_text(draw: SeatDraw) -> str:
    """How many neighbours of one institution the draw leaves, or must leave, and why."""
    if not draw.keeps_apart:
        return "没有要求隔开。"
    lists = read_lists(drawing.publication(draw))
    fewest = fewest_pairs(lists)
    if draw.drawn_at is None:
        text = f"最少 {fewest} 对。" if fewest else "可以全部隔开。"
    else:
        left = pairs_left(lists, draw.result)
        text = f"{left} 对（按名单和座位最少 {fewest} 对）。" if left else "没有。"
    return text + "".join(reasons(lists))


@staff("exams.view_session", "GET")
def session_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One session: its facts, what may be done with it, who sits where."""
    session = _session(key)
    seats = list(
        live_seats()
        .filter(session=session)
        .select_related("application__person", "application__special_arrangement", "room")
        .order_by("room__name", "number", "application__number")
    )
    return page(
        request,
        "admin/exams/session.html",
        title=session_text(session),
        session=session,
        facts=session_facts(session),
        seats=seats,
        undrawn=sum(seat.number is None for seat in seats),
        draws=[
            (draw, neighbours_text(draw))
            for draw in session.draws.select_related("committed_by").order_by("-committed_at")
        ],
        coming=session.starts_at > clock.now(),
        over=session.ends_at <= clock.now(),
        today=clock.today(),
    )


@staff(ARRANGE, "GET", "POST")
def draft_page(request: HttpRequest) -> HttpResponse:
    return act(
        request,
        SessionForm(data(request), initial=request.GET.dict()),
        lambda typed: sessions.draft_session(actor=request.user, **_of_session(typed)),
        title="拟定场次",
        words=("拟定的场次只有工作人员看得到，公布以后才排座位。",),
        button="拟定场次",
        done="场次已拟定，核对后请公布。",
        to=session_address,
        back=reverse("admin:exams_session_changelist"),
    )


def _of_session(typed: dict[str, Any]) -> dict[str, Any]:
    names = ("offering", "subject", "site", "rooms", "starts_at", "ends_at", "note", "reason")
    return {name: typed[name] for name in names if name in typed}


@staff(PUBLISH, "GET", "POST")
def publish_page(request: HttpRequest, key: UUID) -> HttpResponse:
    session = _session(key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: sessions.publish_session(actor=request.user, session=session),
        title="公布场次",
        facts=session_facts(session),
        words=("公布以后就可以按次序排座位。公布过的场次不能删除，只能变更或取消，并通知考生。",),
        button="公布场次",
        done="场次已公布。",
        back=session_address(session),
    )


@staff(PUBLISH, "GET", "POST")
def move_page(request: HttpRequest, key: UUID) -> HttpResponse:
    session = _session(key)
    starts, ends = (one.astimezone(clock.SHANGHAI) for one in (session.starts_at, session.ends_at))
    initial = {
        "day": starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "rooms": [room.pk for room in session.rooms.all()],
    }
    return act(
        request,
        MoveForm(data(request), initial=initial),
        lambda typed: sessions.move_session(actor=request.user, session=session, **_of_session(typed)),
        title="变更场次",
        facts=session_facts(session),
        words=(
            "已安排的考生都会收到变更消息，准考证换成新版，旧版在门口失效。",
            "新时间对谁不合适（另有考试、超过截止日），谁的座位就收回，按原次序另行安排。",
            f"改了时间或考点的，每个人可以选择：按新安排参加（或等待另行安排），或者退出，费用全部退还（{_citation()}）。",
        ),
        button="变更场次",
        done=lambda leaving: f"场次已变更，{len(leaving)} 人须另行安排。" if leaving else "场次已变更。",
        back=session_address(session),
        grave=True,
    )


@staff(PUBLISH, "GET", "POST")
def call_off_page(request: HttpRequest, key: UUID) -> HttpResponse:
    session = _session(key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: sessions.call_off_session(actor=request.user, session=session, reason=typed["reason"]),
        title="取消场次",
        facts=session_facts(session),
        words=(
            f"已安排的 {seated_count(session)} 人回到待安排，次序不变，都会收到消息（含理由）。",
            f"每个人可以选择：等待重新安排，或者在排定新场次前退出，费用全部退还（{_citation()}）。",
            "准考证作废或换成新版。取消以后不能恢复。",
        ),
        button="取消场次",
        done=lambda count: f"场次已取消，{count} 人回到待安排。",
        back=session_address(session),
        grave=True,
    )


@staff(ARRANGE, "GET", "POST")
def discard_page(request: HttpRequest, key: UUID) -> HttpResponse:
    session = _session(key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: sessions.discard_session(actor=request.user, session=session),
        title="删去拟定的场次",
        facts=session_facts(session),
        words=("这一场还没有公布，删去后没有人会收到消息。",),
        button="删去",
        done="拟定的场次已删去。",
        to=reverse("admin:exams_session_changelist"),
        back=session_address(session),
        grave=True,
    )


@staff(ARRANGE, "GET", "POST")
def fix_page(request: HttpRequest, key: UUID) -> HttpResponse:
    session = _session(key)
    waiting = live_seats().filter(session=session, number=None)
    institutions = waiting.aggregate(
        people=Count("application__institution"), bodies=Count("application__institution", distinct=True)
    )
    facts = session_facts(session)
    if institutions["people"]:
        text = f"待抽签的有 {institutions['people']} 人，来自 {institutions['bodies']} 家机构"
        facts.append({"key": "团体申报", "value": text})
    return act(
        request,
        FixForm(data(request), initial={"keep_apart": institutions["people"] > 0}),
        lambda typed: drawing.fix_candidates(actor=request.user, session=session, **typed),
        title="固定抽签名单",
        facts=facts,
        words=(
            f"本场待抽签 {waiting.count()} 人。名单和座位从此固定，随机种子的摘要随即公布，抽签之前不能再排入本场。",
            "选择同一机构尽量不相邻的：座位号相连算相邻，所开考场有空座的用来隔开，不因此多开考场；"
            "公布的名单用 A、B 等代号标出谁和谁同组，不写机构名称。",
        ),
        button="固定名单，公布摘要",
        done=lambda draw: f"名单已固定，种子摘要 {draw.seed_hash}。",
        back=session_address(session),
    )


@staff(ARRANGE, "GET", "POST")
def draw_page(request: HttpRequest, key: UUID) -> HttpResponse:
    draw = get_object_or_404(SeatDraw.objects.select_related("session"), pk=key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: drawing.draw_seats(actor=request.user, draw=draw),
        title="抽签",
        facts=[
            *session_facts(_session(draw.session_id)),
            {"key": "名单", "value": f"{len(draw.candidates)} 人"},
            {"key": "同一机构相邻", "value": neighbours_text(draw)},
            {"key": "种子摘要", "value": draw.seed_hash},
        ],
        words=("种子和座位随即公布，任何人都可以据此重算。抽签结果不能更改。",),
        button="抽签",
        done=lambda drawn: f"抽签完成，座位已定。同一机构相邻：{neighbours_text(drawn)}",
        back=session_address(draw.session),
    )


@staff(ARRANGE, "GET")
def queue_page(request: HttpRequest) -> HttpResponse:
    """Who waits, offering by offering, and what arranging now would do."""
    plans = []
    for offering in Offering.objects.select_related("occupation"):
        plan = seating.preview_arrangement(offering=offering, on=clock.today())
        if plan.placed or plan.skipped:
            plans.append((offering, plan))
    return page(
        request,
        "admin/exams/queue.html",
        title="待安排座位",
        plans=plans,
        sessions=[
            (session, seated_count(session), capacity(session)) for session in sessions_to_fill(clock.today())
        ],
        runs=ArrangementRun.objects.select_related("offering__occupation", "run_by")[:5],
    )


@staff(ARRANGE, "GET", "POST")
def arrange_page(request: HttpRequest, key: int) -> HttpResponse:
    offering = get_object_or_404(Offering.objects.select_related("occupation"), pk=key)
    plan = seating.preview_arrangement(offering=offering, on=clock.today())
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: seating.arrange(actor=request.user, offering=offering),
        title=f"安排座位：{offering}",
        words=(
            f"将安排 {len(plan.placed)} 人，跳过 {len(plan.skipped)} 人（次序保留）。被安排的人会收到场次消息。",
            "办理时按当时的队列重新计算，期间有人缴费或退出的，结果可能与下面的预览不同。",
        ),
        button=f"按次序安排 {len(plan.placed)} 人",
        done=lambda run: f"已安排 {len(run.placed)} 人，跳过 {len(run.skipped)} 人。",
        back=reverse("admin:seating_queue"),
        template="admin/exams/arrange.html",
        plan=plan,
    )


@staff(ARRANGE, "GET", "POST")
def place_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application: Application = application_or_404(key)
    suitable = sessions_to_fill(clock.today()).filter(
        offering=application.offering_id, subject__in=application.subjects
    )
    return act(
        request,
        PlaceForm(data(request), sessions=suitable),
        lambda typed: seating.place_by_hand(actor=request.user, application=application, **typed),
        title=f"单独安排：{application.person.name}",
        words=("不按次序，直接排进所选场次；座位数、缴费、禁考和时间冲突仍须符合。申报人会收到消息。",),
        button="安排到这一场",
        done="已安排。",
        to=reverse("admin:place_desk", args=[key]),
        back=reverse("admin:place_desk", args=[key]),
    )


@staff("exams.change_room", "GET", "POST")
def resize_page(request: HttpRequest, key: int) -> HttpResponse:
    room = get_object_or_404(Room.objects.select_related("site"), pk=key)
    return act(
        request,
        SeatsForm(data(request), initial={"seats": room.seats}),
        lambda typed: sessions.resize_room(actor=request.user, room=room, seats=typed["seats"]),
        title=f"改座位数：{room}",
        words=("已安排给考生的座位不能减掉。",),
        button="保存座位数",
        done="座位数已改。",
        back=reverse("admin:exams_room_changelist"),
    )


@staff("exams.change_site", "GET", "POST")
def close_site_page(request: HttpRequest, key: int) -> HttpResponse:
    site = get_object_or_404(Site, pk=key, closed_at=None)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: close_site(actor=request.user, site=site),
        title=f"停用考点：{site.name}",
        words=("以后不能再在这里拟定场次，以前的记录保留。",),
        button="停用考点",
        done="考点已停用。",
        back=reverse("admin:exams_site_changelist"),
        grave=True,
    )
