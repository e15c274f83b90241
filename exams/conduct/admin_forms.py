"""What staff fill in about incidents and cases. Days and hours are Shanghai's."""

from datetime import datetime
from typing import Any

from django import forms

from applicants.accounts.models import Account
from exams.arrangement.models import Seat, Session
from exams.catalogue.models import ListedAct
from exams.conduct import wording
from exams.conduct.models import Case, Decision, Incident, IncidentPerson
from exams.filing.models import Application
from portal import clock
from portal.counter.widgets import DayInput, HourInput
from portal.rules.wording import cite, day_text


def _long(label: str, missing: str, *, help_text: str = "", rows: int = 5) -> forms.CharField:
    """A text of some length that must be there."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=2000,
        widget=forms.Textarea({"rows": rows}),
        error_messages={"required": missing},
    )


def seat_text(seat: Seat) -> str:
    place = f"{seat.room.name} {seat.number} 号" if seat.room and seat.number else "座位待抽签"
    return f"{place} {seat.person.name}"


class IncidentForm(forms.Form):
    """What happened, when, and who else of the staff was there."""

    kind = forms.ChoiceField(
        label="类别",
        choices=Incident.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择情况类别。"},
    )
    at = forms.TimeField(
        label="发生时间", widget=HourInput(), error_messages={"required": "请填写发生时间。"}
    )
    text = _long("经过", "请写明经过：何人、何事、如何处置。", help_text="写看到的事实。提到考生时写座位号。")
    witness = forms.ModelChoiceField(
        label="在场的另一名工作人员",
        queryset=Account.objects.none(),
        empty_label="请选择",
        error_messages={"required": "现场记录须由两名工作人员作出，请选择另一名在场的工作人员。"},
    )

    def __init__(self, *args: Any, session: Session, actor: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = clock.local_day(session.starts_at)
        self.fields["at"].help_text = day_text(self.day, weekday=True)
        others = Account.objects.filter(is_staff=True, is_active=True).exclude(pk=actor.pk)
        self.fields["witness"].queryset = others.order_by("name")

    def clean_at(self) -> datetime:
        return datetime.combine(self.day, self.cleaned_data["at"], clock.SHANGHAI)


class IncidentPersonForm(forms.Form):
    """One examinee of the incident; an empty seat leaves the row out."""

    seat = forms.ModelChoiceField(
        label="考生", queryset=Seat.objects.none(), required=False, empty_label="没有，或请选择座位"
    )
    warned_at = forms.TimeField(
        label="提醒时间", help_text="没有提醒的，不填。", widget=HourInput(), required=False
    )
    went_on = forms.BooleanField(label="提醒后仍不改正", required=False)
    signature = forms.ChoiceField(
        label="本人在记录上",
        choices=IncidentPerson.Signature.choices,
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = clock.local_day(session.starts_at)
        seats = session.seats.filter(released_at=None).select_related("room", "person", "application")
        self.fields["seat"].queryset = seats.order_by("room__name", "number", "application__number")
        self.fields["seat"].label_from_instance = seat_text

    def clean_warned_at(self) -> datetime | None:
        typed = self.cleaned_data["warned_at"]
        return datetime.combine(self.day, typed, clock.SHANGHAI) if typed else None

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("seat") is None and (typed.get("warned_at") or typed.get("went_on")):
            self.add_error("seat", "请选择这是哪一位考生。")
        if typed.get("went_on") and not typed.get("warned_at") and "warned_at" not in self.errors:
            self.add_error("warned_at", "记为“提醒后仍不改正”的，请填写提醒时间。")
        if typed.get("seat") is not None and not typed.get("signature"):
            self.add_error("signature", "请注明本人签字，还是拒绝签字。")
        return typed


PersonFormSet = forms.formset_factory(IncidentPersonForm, extra=1, max_num=30, absolute_max=30)


class OpenForm(forms.Form):
    """One act of one person in one sitting."""

    act = forms.ModelChoiceField(
        label="行为",
        queryset=ListedAct.objects.all(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "请选择附件3 列明的一项行为。"},
    )
    act_on = forms.DateField(
        label="行为日期", widget=DayInput(), error_messages={"required": "请填写行为日期。"}
    )
    seat = forms.ModelChoiceField(
        label="发生在哪一科",
        help_text="附件3 二所列行为取消的是这一科的成绩，必须选择；与某一场考试无关的，不选。",
        queryset=Seat.objects.none(),
        required=False,
        empty_label="与某一场考试无关",
    )
    incident = forms.ModelChoiceField(
        label="现场记录",
        help_text="附件3 二第1至3项须有写明“提醒后仍不改正”的现场记录。事后发现的，可以没有。",
        queryset=Incident.objects.none(),
        required=False,
        empty_label="没有现场记录",
    )
    facts = _long("事实和证据", "请写明事实和证据。", help_text="何时、何地、何事，有哪些证据、存放在哪里。")

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = Seat.objects.filter(application=application).select_related("session")
        self.fields["seat"].queryset = seats.order_by("starts_at", "placed_at")
        self.fields["seat"].label_from_instance = _sitting_text
        incidents = Incident.objects.filter(persons__seat__application=application)
        self.fields["incident"].queryset = incidents.select_related("session").distinct()
        self.fields["incident"].label_from_instance = _incident_text
        self.fields["act"].choices = acts_by_tier()


def acts_by_tier() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every listed act under its section of Annex 3, whose cost stands in the heading."""
    acts = list(ListedAct.objects.order_by("clause"))
    return [
        (
            f"{cite(tier.section)}（{tier.title}）：{tier.cost}",
            [
                (act.pk, f"{wording.act_text(act)}{'，须有提醒记录' if act.needs_warning else ''}")
                for act in acts
                if wording.tier_of(act.pk) is tier
            ],
        )
        for tier in wording.TIERS.values()
    ]


def _sitting_text(seat: Seat) -> str:
    released = "（座位已收回）" if seat.released_at else ""
    return (
        f"{seat.get_subject_display()}，{day_text(clock.local_day(seat.starts_at), weekday=True)}{released}"
    )


def _incident_text(incident: Incident) -> str:
    at = incident.at.astimezone(clock.SHANGHAI)
    return f"{day_text(at.date())} {at:%-H:%M} {incident.get_kind_display()}"


class _StepForm(forms.Form):
    """A step that took place on a day, today unless typed otherwise, and in some way."""

    how = forms.CharField(label="方式", max_length=100, required=False)
    on = forms.DateField(label="日期", widget=DayInput(), initial=clock.today)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case


def _severity(help_text: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label="情节",
        help_text=help_text,
        choices=list(wording.SEVERITIES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择情节：轻微或严重。"},
    )


class NoticeForm(_StepForm):
    facts = _long(
        "查明的事实和证据", "请写明查明的事实和证据。", help_text="本人会看到。不写其他考生的姓名。"
    )
    reasons = _long("理由", "请写明拟处理的理由。", help_text="为什么属于这一条。本人会看到。", rows=3)
    severity = _severity("决定时不能比告知的更重。")
    field_order = ("facts", "severity", "reasons", "how", "on")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        if not case.act_id.startswith("A3-4"):
            del self.fields["severity"]
        self.fields["facts"].initial = case.facts
        self.fields["how"].help_text = "如当面送交、邮寄。本人网上也能看到，并会收到消息。"
        self.fields["on"].help_text = "告知到达本人的日期，陈述申辩的期限从次日起算。"


class StatementForm(_StepForm):
    text = _long("本人的陈述", "请写下本人说明的情况。", help_text="照原话或书面材料录入。")
    field_order = ("text", "how", "on")


class ServiceForm(_StepForm):
    field_order = ("how", "on")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        self.fields["how"].required = True
        self.fields["how"].help_text = "如当面签收、邮寄签收（写明单号）、拒收由两名工作人员注明。"
        self.fields["how"].error_messages["required"] = "请写明送达方式。"
        self.fields["on"].help_text = "申请复核的期限从次日起算。"


class ReviewForm(_StepForm):
    text = _long("申请复核的理由", "请写明申请复核的理由。", help_text="照书面材料录入。")
    field_order = ("text", "how", "on")


class AnswerForm(forms.Form):
    text = _long("复核意见", "请写明复核的意见。", help_text="本人会看到。")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case


class DecideForm(forms.Form):
    """What the decider chooses; the effects follow from it and are shown before anything is done."""

    severity = _severity("轻微的禁考 2 年；严重的禁考 5 年，并移送有关部门。")
    body = forms.ChoiceField(
        label="宣布机构",
        help_text="事后发现的，成绩无效由评价机构或其监管部门宣布（附件3 末段）。",
        choices=Decision.Body.choices,
        widget=forms.RadioSelect,
        initial=Decision.Body.OWN,
    )
    effective_on = forms.DateField(
        label="生效日",
        help_text="禁考期从这一天起算。",
        widget=DayInput(),
        initial=clock.today,
        error_messages={"required": "请填写生效日。"},
    )
    reasons = _long(
        "理由",
        "请写明处理决定的理由。",
        help_text="怎样认定、对陈述申辩怎样看。写进处理决定书，本人会看到。",
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not case.act_id.startswith("A3-4"):
            del self.fields["severity"]
