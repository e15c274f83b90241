"""Places, sessions, draws and runs at the counter."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from exams.arrangement import admin_pages as pages
from exams.arrangement.admin_forms import RoomForm, SiteForm
from exams.arrangement.models import ArrangementRun, Room, SeatDraw, Session, Site
from exams.arrangement.places import save_room, save_site
from exams.filing.models import Application, SpecialArrangement
from portal import clock
from portal.counter.rows import LookOnly, as_key, link


class Enterable(LookOnly):
    """Rows that staff enter and correct by a form; saved by an action, never deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"exams.add_{self.opts.model_name}")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(f"exams.change_{self.opts.model_name}")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the library's buttons beside a choice, which open other lists in small windows."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and hasattr(field.widget, "can_add_related"):
            field.widget = field.widget.widget
        return field

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """The trail holds it."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """The trail holds it."""


@admin.register(Site)
class SiteAdmin(Enterable):
    section = "考务"
    form = SiteForm
    list_display = ("name", "address", "room_count", "closed_at", "deeds")
    ordering = ("name",)

    def get_urls(self) -> list[Any]:
        return self.urls_for(("<int:key>/close/", pages.close_site_page, "close_site")) + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        return super().get_queryset(request).annotate(room_count=Count("rooms"))

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        save_site(actor=request.user, site=obj)

    @admin.display(description="考场数")
    def room_count(self, site: Any) -> int:
        return site.room_count

    @admin.display(description="办理")
    def deeds(self, site: Site) -> SafeString | str:
        return "—" if site.closed_at else link("close_site", site.pk, "停用")


@admin.register(Room)
class RoomAdmin(Enterable):
    section = "考务"
    form = RoomForm
    list_display = ("name", "site", "seats", "needs", "deeds")
    list_filter = ("site",)
    list_select_related = ("site",)
    ordering = ("site__name", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> tuple[str, ...]:
        return ("site", "seats") if obj else ()

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        save_room(actor=request.user, room=obj, meets=form.cleaned_data["meets"])

    def get_urls(self) -> list[Any]:
        return self.urls_for(("<int:key>/seats/", pages.resize_page, "resize_room")) + super().get_urls()

    @admin.display(description="可满足的合理便利")
    def needs(self, room: Room) -> str:
        return "、".join(SpecialArrangement.Need(need).label for need in room.meets) or "—"

    @admin.display(description="办理")
    def deeds(self, room: Room) -> SafeString:
        return link("resize_room", room.pk, "改座位数")


class WhenFilter(admin.SimpleListFilter):
    """Sessions to come, or over."""

    title = "时间"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("coming", "未开始"), ("over", "已开始或结束"), ("undrawn", "待抽签")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Session]) -> QuerySet[Session]:
        now = clock.now()
        if self.value() == "coming":
            return rows.filter(starts_at__gt=now)
        if self.value() == "over":
            return rows.filter(starts_at__lte=now)
        if self.value() == "undrawn":
            return rows.filter(starts_at__gt=now, state=Session.State.PUBLISHED, undrawn__gt=0)
        return rows


@admin.register(Session)
class SessionAdmin(LookOnly):
    section = "考务"
    list_display = ("starts_at", "offering", "subject", "site", "state", "held")
    list_filter = (WhenFilter, "state", "subject", "site", "offering")
    list_select_related = ("offering__occupation", "site")
    ordering = ("starts_at", "subject")
    change_list_template = "admin/exams/sessions.html"

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("draft/", pages.draft_page, "draft_session"),
            ("queue/", pages.queue_page, "seating_queue"),
            ("queue/<int:key>/", pages.arrange_page, "arrange_queue"),
            ("place/<uuid:key>/", pages.place_page, "place_by_hand"),
            ("<uuid:key>/publish/", pages.publish_page, "publish_session"),
            ("<uuid:key>/move/", pages.move_page, "move_session"),
            ("<uuid:key>/call-off/", pages.call_off_page, "call_off_session"),
            ("<uuid:key>/discard/", pages.discard_page, "discard_session"),
            ("<uuid:key>/fix/", pages.fix_page, "fix_candidates"),
            ("draws/<uuid:key>/", pages.draw_page, "draw_seats"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        live = Count("seats", filter=Q(seats__released_at=None))
        undrawn = Count("seats", filter=Q(seats__released_at=None, seats__number=None))
        return super().get_queryset(request).annotate(live=live, undrawn=undrawn)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return pages.session_page(request, key=as_key(object_id))

    @admin.display(description="已安排")
    def held(self, session: Any) -> str:
        return f"{session.live} 人" + (f"，{session.undrawn} 人待抽签" if session.undrawn else "")


@admin.register(SeatDraw)
class SeatDrawAdmin(LookOnly):
    section = "考务"
    looks = "exams.view_session"
    list_display = ("session", "committed_at", "committed_by", "drawn_at", "ended_at", "published")
    list_select_related = ("session", "committed_by")
    list_display_links = None
    ordering = ("-committed_at",)

    @admin.display(description="公布页")
    def published(self, draw: SeatDraw) -> SafeString:
        return format_html('<a href="{}">查看</a>', reverse("arrangement:draw", args=[draw.pk]))


@admin.register(ArrangementRun)
class ArrangementRunAdmin(LookOnly):
    section = "考务"
    looks = "exams.view_session"
    list_display = ("run_at", "offering", "run_by", "placed_count", "skipped_count")
    list_select_related = ("offering__occupation", "run_by")
    ordering = ("-run_at",)
    fields = ("offering", "run_at", "run_by", "placed_count", "reasons")
    readonly_fields = fields

    @admin.display(description="已安排")
    def placed_count(self, run: ArrangementRun) -> str:
        return f"{len(run.placed)} 人"

    @admin.display(description="跳过")
    def skipped_count(self, run: ArrangementRun) -> str:
        return f"{len(run.skipped)} 人"

    @admin.display(description="跳过的原因")
    def reasons(self, run: ArrangementRun) -> SafeString:
        rows = Application.objects.select_related("person").in_bulk(
            [row["application"] for row in run.skipped]
        )
        numbers = {str(key): f"{one.number} {one.person.name}" for key, one in rows.items()}
        return format_html_join(
            "",
            "<p>{}：{}</p>",
            ((numbers.get(row["application"], ""), row["sentence"]) for row in run.skipped),
        )
