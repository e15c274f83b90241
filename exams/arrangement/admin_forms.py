"""What staff fill in about places and times. Days and hours are Shanghai's."""

from datetime import datetime
from typing import Any

from django import forms

from exams.arrangement.models import Room, Session, Site
from exams.catalogue.models import Offering, Subject
from exams.filing.models import SpecialArrangement
from portal.clock import SHANGHAI
from portal.counter.widgets import DayInput, HourInput


class _TimesForm(forms.Form):
    """A day and two hours, which become `starts_at` and `ends_at`."""

    day = forms.DateField(label="日期", widget=DayInput())
    starts = forms.TimeField(label="开始", widget=HourInput())
    ends = forms.TimeField(label="结束", widget=HourInput())
    rooms = forms.ModelMultipleChoiceField(
        label="考场",
        help_text="须在同一个考点。",
        queryset=Room.objects.filter(site__closed_at=None).select_related("site"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个考场。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rooms"].label_from_instance = _room_text

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        day, starts, ends = (typed.get(name) for name in ("day", "starts", "ends"))
        if day and starts and ends:
            typed["starts_at"] = datetime.combine(day, starts, SHANGHAI)
            typed["ends_at"] = datetime.combine(day, ends, SHANGHAI)
        if rooms := typed.get("rooms"):
            typed["rooms"] = list(rooms)
            typed["site"] = typed["rooms"][0].site
        return typed

    def add_error(self, field: str | None, error: Any) -> None:
        """The actions name moments; the form has a day and hours."""
        super().add_error({"starts_at": "starts", "ends_at": "ends"}.get(field or "", field), error)


class SessionForm(_TimesForm):
    offering = forms.ModelChoiceField(
        label="评价项目", queryset=Offering.objects.select_related("occupation"), empty_label=None
    )
    subject = forms.ChoiceField(label="科目", choices=Subject.choices)
    note = forms.CharField(label="说明", max_length=200, required=False)
    field_order = ("offering", "subject", "day", "starts", "ends", "rooms", "note")


class MoveForm(_TimesForm):
    reason = forms.CharField(
        label="变更的理由",
        help_text="会写进发给考生的消息。",
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明变更的理由。"},
    )


def _seats() -> forms.IntegerField:
    """Bounded, because the free ones are counted out one by one."""
    return forms.IntegerField(label="座位数", min_value=1, max_value=2000)


class SeatsForm(forms.Form):
    seats = _seats()


class PlaceForm(forms.Form):
    """One application into one session out of turn."""

    session = forms.ModelChoiceField(label="场次", queryset=Session.objects.none(), empty_label=None)
    reason = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明单独安排的理由。"},
    )
    override_dates = forms.BooleanField(
        label="不受评价截止日和缴清日期的限制（附件2），理由已写明", required=False
    )

    def __init__(self, *args: Any, sessions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = sessions


class FixForm(forms.Form):
    keep_apart = forms.BooleanField(label="同一机构的考生尽量不相邻", required=False)


class SiteForm(forms.ModelForm):
    class Meta:
        model = Site
        fields = ("name", "address", "directions")


class RoomForm(forms.ModelForm):
    """`seats` is set once here; later `resize_room` changes it, because seats may be given out."""

    seats = _seats()
    meets = forms.MultipleChoiceField(
        label="可满足的合理便利",
        choices=SpecialArrangement.Need.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Room
        fields = ("site", "name", "seats", "meets")


def _room_text(room: Room) -> str:
    return f"{room.site.name} {room.name}（{room.seats} 座）"
