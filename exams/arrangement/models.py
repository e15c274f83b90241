"""Sites, sessions, who sits where, and the draw that anyone can recompute."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applicants.records.models import Person
from exams.catalogue.models import Offering, Subject
from exams.filing.models import Application
from exams.payments.models import RefundRequest


class Site(models.Model):
    """A place where assessments are held (考点)."""

    name = models.CharField("名称", max_length=60, unique=True)
    address = models.CharField("地址", max_length=150)
    directions = models.CharField("交通", max_length=200, blank=True)
    closed_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "考点"

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room with numbered seats 1 … seats."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="rooms", verbose_name="考点")
    name = models.CharField("名称", max_length=40)
    seats = models.PositiveSmallIntegerField("座位数")
    # The special needs this room meets (codes of filing's SpecialArrangement.Need).
    meets = models.JSONField("可满足的合理便利", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "考场"
        ordering = ["site", "name"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="one_room_a_name"),
            models.CheckConstraint(condition=Q(seats__gte=1), name="room_has_seats"),
        ]

    def __str__(self) -> str:
        return f"{self.site.name} {self.name}"


class Session(models.Model):
    """One subject of one offering at one time in one site: drafted, published, perhaps called off."""

    class State(models.TextChoices):
        DRAFT = "draft", "拟定"
        PUBLISHED = "published", "已公布"
        CALLED_OFF = "called_off", "已取消"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    offering = models.ForeignKey(Offering, models.PROTECT, related_name="sessions", verbose_name="评价项目")
    subject = models.CharField("科目", max_length=10, choices=Subject.choices)
    site = models.ForeignKey(Site, models.PROTECT, related_name="sessions", verbose_name="考点")
    rooms = models.ManyToManyField(Room, related_name="sessions", verbose_name="考场")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    rescheduled_at = models.DateTimeField(
        "改期时间", null=True, blank=True
    )  # another time or site, once published
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "场次"
        ordering = ["starts_at", "subject"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"
            )
        ]
        permissions = [
            ("arrange_session", "安排场次与座位"),
            ("publish_session", "公布、变更或取消场次"),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.starts_at:%Y-%m-%d %H:%M}"


class Seat(models.Model):
    """One person's place in one session; room and number come with the draw. Released rows stay as history."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="seats", verbose_name="场次")
    application = models.ForeignKey(Application, models.PROTECT, related_name="seats", verbose_name="申报")
    # Copied from the session and the application for the constraints below.
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="人员")
    subject = models.CharField("科目", max_length=10, choices=Subject.choices)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="seatings", verbose_name="考场"
    )
    number = models.PositiveSmallIntegerField("座位号", null=True, blank=True)
    placed_at = models.DateTimeField("安排时间")
    released_at = models.DateTimeField("撤销时间", null=True, blank=True)
    release_reason = models.CharField("撤销原因", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "座位"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "room", "number"],
                condition=Q(released_at=None, number__isnull=False),
                name="one_person_a_seat",
            ),
            models.UniqueConstraint(
                fields=["application", "subject"],
                condition=Q(released_at=None),
                name="one_live_seat_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(room=None, number=None) | Q(room__isnull=False, number__gte=1),
                name="seat_has_room_and_number_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session} {self.number or '未抽签'}"


class SubjectGivenUp(models.Model):
    """A subject not sat any more: called off or moved after another was begun, its part of the fee asked back.

    For good: it may be retaken with a new application. What was sat stands.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="given_up", verbose_name="申报")
    subject = models.CharField("科目", max_length=10, choices=Subject.choices)
    # The place that was disturbed: why it may be given up.
    seat = models.OneToOneField(Seat, models.PROTECT, related_name="given_up", verbose_name="座位")
    reason = models.CharField("原因", max_length=100)
    citation = models.CharField("依据", max_length=200)
    # None where nothing was charged for the subject.
    request = models.OneToOneField(
        RefundRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="given_up",
        verbose_name="退费申请",
    )
    given_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="办理人"
    )
    given_up_at = models.DateTimeField("放弃时间")

    class Meta:
        verbose_name = verbose_name_plural = "放弃的科目"
        ordering = ["given_up_at"]
        constraints = [
            models.UniqueConstraint(fields=["application", "subject"], name="a_subject_is_given_up_once")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_subject_display()}"


class ArrangementRun(models.Model):
    """One run over the queue: who was placed where, and who was skipped and why."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    offering = models.ForeignKey(Offering, models.PROTECT, related_name="+", verbose_name="评价项目")
    run_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    run_at = models.DateTimeField("时间")
    placed = models.JSONField("已安排", default=list)  # [application id]
    skipped = models.JSONField("未安排", default=list)  # [{"application": id, "code": …, "sentence": …}]

    class Meta:
        verbose_name = verbose_name_plural = "安排记录"
        ordering = ["-run_at"]

    def __str__(self) -> str:
        return f"{self.offering} {self.run_at:%Y-%m-%d %H:%M}"


class SeatDraw(models.Model):
    """A draw of seats: the candidates fixed, a hash of the seed published first, the seed revealed with the result.

    Who joins a session after its draw is drawn among the places that are left, in a draw of their own.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="draws", verbose_name="场次")
    candidates = models.JSONField("名单")  # [application number], sorted
    # [[room name, seat number]] in order: as many as candidates, or every free place of the opened rooms where
    # institutions are kept apart.
    places = models.JSONField("座位")
    keeps_apart = models.BooleanField("同一机构的考生尽量不相邻", default=False)
    # {application number: letter of its institution in this draw}; individuals are not in it.
    groups = models.JSONField("机构代号", default=dict, blank=True)
    # [[room name, seat number, letter]] of those who had their place before, where candidates share the institution.
    seated = models.JSONField("已就座的同机构考生", default=list, blank=True)
    seed_hash = models.CharField("种子摘要", max_length=64)
    sealed_seed = models.BinaryField("种子（加密）")
    seed = models.CharField("种子", max_length=64, blank=True)
    committed_at = models.DateTimeField("公布摘要时间")
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="操作人"
    )
    drawn_at = models.DateTimeField("抽签时间", null=True, blank=True)
    result = models.JSONField(
        "结果", default=list, blank=True
    )  # [[application number, room name, seat number]]
    ended_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "座位抽签"
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(ended_at=None, drawn_at=None), name="one_open_draw_a_session"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session} 抽签"
