"""The catalogue at the counter: dated rows to read, and a page for each kind of new row."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from exams.catalogue import admin_pages as pages
from exams.catalogue.changes import DAY_POLICIES
from exams.catalogue.models import (
    FeeSchedule,
    FilingWindow,
    ListedAct,
    Notice,
    Occupation,
    Offering,
    PolicyValue,
    Scheme,
)
from portal import clock
from portal.counter.rows import LookOnly, link
from portal.rules.wording import money_text


class Catalogue(LookOnly):
    """`entering` is the (name, words) of the page that enters a row."""

    section = "目录与规定"
    list_display_links = None
    change_list_template = "admin/exams/catalogue_list.html"
    entering: tuple[str, str] | None = None

    def changelist_view(self, request: Any, extra_context: Any = None) -> Any:
        may = request.user.has_perm(f"exams.change_{self.opts.model_name}")
        entering = self.entering if may else None
        return super().changelist_view(request, {**(extra_context or {}), "entering": entering})


@admin.register(Notice)
class NoticeAdmin(Catalogue):
    list_display = ("year", "title", "published_on", "loaded_at", "rehearsal")
    ordering = ("-year",)


@admin.register(Occupation)
class OccupationAdmin(Catalogue):
    list_display = ("code", "name", "majors", "approved", "citation", "deeds")

    def get_urls(self) -> list[Any]:
        return self.urls_for(("<str:key>/lists/", pages.lists_page, "occupation_lists")) + super().get_urls()

    @admin.display(description="本专业与相关专业")
    def majors(self, occupation: Occupation) -> str:
        return "、".join(occupation.related_majors) or "—"

    @admin.display(description="经评估论证的专业")
    def approved(self, occupation: Occupation) -> str:
        return "、".join(occupation.approved_majors) or "—"

    @admin.display(description="办理")
    def deeds(self, occupation: Occupation) -> SafeString:
        return link("occupation_lists", occupation.pk, "更改对照目录")


@admin.register(Offering)
class OfferingAdmin(Catalogue):
    list_display = ("__str__", "opened_on", "closed_on", "citation", "deeds")
    list_select_related = ("occupation",)
    entering = ("admin:open_offering", "开放评价项目")

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("open/", pages.open_offering_page, "open_offering"),
            ("<int:key>/close/", pages.close_offering_page, "close_offering"),
        )
        return ours + super().get_urls()

    @admin.display(description="办理")
    def deeds(self, offering: Offering) -> SafeString:
        return link("close_offering", offering.pk, "停止申报")


@admin.register(Scheme)
class SchemeAdmin(Catalogue):
    list_display = ("offering", "effective_from", "parts", "inspected", "retakes", "citation")
    list_filter = ("offering",)
    list_select_related = ("offering__occupation",)
    ordering = ("offering", "-effective_from")
    entering = ("admin:set_scheme", "登记考核方案")

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("set/", pages.scheme_page, "set_scheme"),
            ("<int:key>/retakes/", pages.retake_plan_page, "publish_retake_plan"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).prefetch_related("subjects")

    @admin.display(description="科目")
    def parts(self, scheme: Scheme) -> str:
        return "；".join(
            f"{row.get_subject_display()} {row.minutes} 分钟，{row.pass_mark}/{row.maximum} 分合格"
            for row in scheme.subjects.all()
        )

    @admin.display(description="补考方案")
    def retakes(self, scheme: Scheme) -> SafeString | str:
        if scheme.retake_plan is not None:
            return "已公布"
        return link("publish_retake_plan", scheme.pk, "未公布，去公布")


@admin.register(FeeSchedule)
class FeeScheduleAdmin(Catalogue):
    list_display = ("offering", "effective_from", "prices", "holds", "citation")
    list_filter = ("offering",)
    list_select_related = ("offering__occupation",)
    ordering = ("offering", "-effective_from")
    entering = ("admin:set_fees", "登记收费标准")

    def get_urls(self) -> list[Any]:
        return self.urls_for(("set/", pages.fees_page, "set_fees")) + super().get_urls()

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description="金额")
    def prices(self, schedule: FeeSchedule) -> str:
        return "，".join(f"{row.get_subject_display()} {money_text(row.fen)}" for row in schedule.lines.all())

    @admin.display(description="状态")
    def holds(self, schedule: FeeSchedule) -> str:
        return "已生效" if schedule.effective_from <= clock.today() else "未生效"


@admin.register(FilingWindow)
class FilingWindowAdmin(Catalogue):
    list_display = ("opens_on", "closes_on", "assess_by", "may_follow_next_plan", "citation")
    ordering = ("-opens_on",)
    entering = ("admin:set_window", "登记或更改申报时间")

    def get_urls(self) -> list[Any]:
        return self.urls_for(("set/", pages.window_page, "set_window")) + super().get_urls()


@admin.register(PolicyValue)
class PolicyValueAdmin(Catalogue):
    list_display = ("title", "value", "effective_from", "citation")
    ordering = ("code", "-effective_from")
    entering = ("admin:set_day_policy", "更改期限规定")

    def get_urls(self) -> list[Any]:
        return self.urls_for(("set/", pages.policy_page, "set_day_policy")) + super().get_urls()

    @admin.display(description="规定", ordering="code")
    def title(self, row: PolicyValue) -> str:
        return DAY_POLICIES.get(row.code) or READINGS.get(row.code, row.code)


READINGS = {
    "validity_first_day": "成绩有效期的起算日（对通知四（一）的理解）",
    "validity_last_day": "成绩有效期的末日（民法典）",
    "bar_first_day": "禁考期的起算日（对附件3 的理解）",
    "bar_last_day": "禁考期的末日（民法典）",
    "recheck_scope": "成绩复核的范围：登分和合分，不重新评阅",
    "called_off": "场次取消或变更：按原次序重新安排，或者全额退费",
    "called_off_half_sat": "已有科目开考后，未考的一科取消或变更：按原次序重新安排，或者退还这一科的费用",
    "subject_given_up": "放弃的科目按未合格对待：另一科合格且有效的，可以单独补考",
    "absence_with_cause": "有正当事由缺考：按原次序重新安排，不另收费",
    "own_withdrawal": "缴费后自行退出：在期限内的全额退费",
}


@admin.register(ListedAct)
class ListedActAdmin(Catalogue):
    list_display = ("clause", "title", "needs_warning")
    ordering = ("clause",)
