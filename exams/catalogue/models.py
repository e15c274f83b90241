"""What is assessed, at what price and when: data by date, never code (N2026-1, N2026-2.3, N2026-2.4)."""

from django.db import models

from portal.rules.wording import GRADE_FULL_NAMES, money_text


class Subject(models.TextChoices):
    THEORY = "theory", "理论知识"
    PRACTICAL = "practical", "操作技能"
    REVIEW = "review", "综合评审"


class Notice(models.Model):
    """One year's notice as loaded: contacts, hours, links (JSON in the shape of portal/notices/*.toml)."""

    year = models.PositiveSmallIntegerField("年度", primary_key=True)
    title = models.CharField("标题", max_length=120)
    published_on = models.DateField("发布日期")
    contents = models.JSONField("内容")
    loaded_at = models.DateTimeField("载入时间")
    rehearsal = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "通知"

    def __str__(self) -> str:
        return self.title


class Occupation(models.Model):
    """An occupation of the national catalogue with the lists its routes read."""

    code = models.CharField("职业代码", max_length=20, primary_key=True)
    name = models.CharField("职业名称", max_length=60)
    minimum_education = models.CharField("普通受教育程度要求", max_length=16)
    related_occupations = models.JSONField("相关职业", default=list, blank=True)
    related_majors = models.JSONField("本专业与相关专业", default=list, blank=True)
    approved_majors = models.JSONField("经评估论证的专业", default=list, blank=True)
    citation = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "职业"

    def __str__(self) -> str:
        return self.name


class Offering(models.Model):
    """An occupation at a grade, open to applications from one day to another (N2026-1; closing day inclusive)."""

    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="offerings", verbose_name="职业")
    grade = models.PositiveSmallIntegerField("等级", choices=GRADE_FULL_NAMES.items())
    opened_on = models.DateField("开放申报日")
    closed_on = models.DateField("停止申报日", null=True, blank=True)
    citation = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "评价项目"
        ordering = ["occupation", "-grade"]
        constraints = [
            models.UniqueConstraint(fields=["occupation", "grade"], name="one_offering_a_grade"),
            models.CheckConstraint(condition=models.Q(grade__range=(1, 5)), name="offering_grade"),
        ]

    def __str__(self) -> str:
        return f"{self.occupation.name}（{self.get_grade_display()}）"


class Scheme(models.Model):
    """How an offering is assessed from a day on (考核方案)."""

    offering = models.ForeignKey(Offering, models.PROTECT, related_name="schemes", verbose_name="评价项目")
    effective_from = models.DateField("生效日")
    inspected = models.BooleanField(
        "须阅卷或检测工件", default=False, help_text="成绩 30 个工作日内可查，否则 20 个"
    )
    citation = models.CharField("依据", max_length=200)
    # old subject → new subject a pass is credited to, published with the scheme (N2026-4.3); null: none published
    retake_plan = models.JSONField("补考方案", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "考核方案"
        ordering = ["offering", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["offering", "effective_from"], name="one_scheme_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.offering} {self.effective_from} 起"


class SchemeSubject(models.Model):
    """One subject of a scheme; marks are whole points."""

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="subjects", verbose_name="考核方案")
    subject = models.CharField("科目", max_length=10, choices=Subject.choices)
    position = models.PositiveSmallIntegerField("顺序")
    minutes = models.PositiveSmallIntegerField("时长（分钟）")
    maximum = models.PositiveSmallIntegerField("满分", default=100)
    pass_mark = models.PositiveSmallIntegerField("合格分", default=60)

    class Meta:
        verbose_name = verbose_name_plural = "评价科目"
        ordering = ["scheme", "position"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "subject"], name="one_subject_a_scheme"),
            models.CheckConstraint(
                condition=models.Q(pass_mark__lte=models.F("maximum")), name="pass_mark_within_maximum"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.get_subject_display()}"


class FeeSchedule(models.Model):
    """What an offering costs from a day on, with its citation (N2026-2.4). Old schedules stay."""

    offering = models.ForeignKey(
        Offering, models.PROTECT, related_name="fee_schedules", verbose_name="评价项目"
    )
    effective_from = models.DateField("生效日")
    citation = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "收费标准"
        ordering = ["offering", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["offering", "effective_from"], name="one_fee_schedule_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.offering} {self.effective_from} 起"


class FeeLine(models.Model):
    """The price of one subject, in fen."""

    schedule = models.ForeignKey(FeeSchedule, models.CASCADE, related_name="lines", verbose_name="收费标准")
    subject = models.CharField("科目", max_length=10, choices=Subject.choices)
    fen = models.PositiveIntegerField("金额（分）")

    class Meta:
        verbose_name = verbose_name_plural = "科目收费"
        constraints = [models.UniqueConstraint(fields=["schedule", "subject"], name="one_fee_a_subject")]

    def __str__(self) -> str:
        return f"{self.schedule} {self.get_subject_display()} {money_text(self.fen)}"


class FilingWindow(models.Model):
    """When applications are taken, and by when those are assessed (A2). Both days inclusive, Asia/Shanghai."""

    opens_on = models.DateField("开始日", unique=True)
    closes_on = models.DateField("截止日")
    assess_by = models.DateField("评价截止日")
    may_follow_next_plan = models.BooleanField("可按次年公告排考", default=False)
    citation = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "申报时间"
        ordering = ["opens_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on"), assess_by__gte=models.F("closes_on")),
                name="window_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.opens_on} 至 {self.closes_on}"


class PolicyValue(models.Model):
    """A figure staff may change, by date and with its source: days to mend, days to pay, and the like."""

    code = models.CharField("代码", max_length=40)
    effective_from = models.DateField("生效日")
    value = models.JSONField("值")
    citation = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "可调规定"
        ordering = ["code", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "effective_from"], name="one_policy_value_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.effective_from} 起"


class ListedAct(models.Model):
    """An act of misconduct as Annex 3 lists it."""

    clause = models.CharField("条款", max_length=12, primary_key=True)
    title = models.CharField("行为", max_length=200)
    needs_warning = models.BooleanField("须先提醒", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "违纪违规行为"

    def __str__(self) -> str:
        return f"{self.clause} {self.title}"
