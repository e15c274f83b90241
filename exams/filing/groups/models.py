"""Group filings (N2026-2.2): an institution's rosters, its people in them, what each of these people confirmed.

An uploaded row is a `RosterRow` and never changes once staged; a person of the filing is a `RosterEntry`, which
points at the row that counts now. A confirmation and a preliminary review name the row they were about, so that a
corrected row needs both again, without anything being reset.
"""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from applicants.institutions.models import Institution
from applicants.records.models import Person, Photo
from exams.catalogue.models import FilingWindow, Occupation
from exams.filing.models import Application, Kind
from portal.crypto import SealedField, SealedJSONField
from portal.files.models import StoredFile

_ACCOUNT = settings.AUTH_USER_MODEL


class GroupFiling(models.Model):
    """What an institution files together: a class, a course. Rosters and people may be added until it is closed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField(
        "团体申报号", max_length=11, unique=True
    )  # T and ten digits (exams.filing.numbers)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="filings", verbose_name="机构")
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="+", verbose_name="职业")
    title = models.CharField("名称", max_length=60)
    opened_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="建立人")
    opened_at = models.DateTimeField("建立时间")
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "团体申报"
        ordering = ["-opened_at"]
        permissions = [("review_groupfiling", "审核团体申报")]

    def __str__(self) -> str:
        return self.number


class RosterUpload(models.Model):
    """One uploaded file and the work it makes: found by state, claimed with a lease, done in chunks, resumed.

    waiting → checking → checked (the preview) → taking → taken; or failed (the whole file is no use), or discarded.
    """

    class Kind(models.TextChoices):
        ROSTER = "roster", "花名册"
        FILES = "files", "照片和材料压缩包"
        REPLIES = "replies", "自助经办系统回执"

    class State(models.TextChoices):
        WAITING = "waiting", "等待检查"
        CHECKING = "checking", "检查中"
        CHECKED = "checked", "已检查，待采用"
        TAKING = "taking", "采用中"
        TAKEN = "taken", "已采用"
        FAILED = "failed", "不能使用"
        DISCARDED = "discarded", "未采用"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    filing = models.ForeignKey(GroupFiling, models.CASCADE, related_name="uploads", verbose_name="团体申报")
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    # The rows as the confined reader gave them (portal.workbook), kept so that a resumed check need not read anew.
    parsed = models.ForeignKey(
        StoredFile, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="解析结果"
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    uploaded_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间")
    total = models.PositiveIntegerField("总数", default=0)
    done = models.PositiveIntegerField("已处理", default=0)
    # How many rows (or files) had which outcome, by RosterRow.Outcome or the file's; shown while the bar runs.
    counts = models.JSONField("结果统计", default=dict, blank=True)
    problem = models.CharField("整份文件的问题", max_length=300, blank=True)
    # What cannot stand in a clear column: names of files that did not match, unknown headings. [{"name", "sentence"}]
    report = SealedJSONField("明细", null=True)
    leased_until = models.DateTimeField("占用至", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    decided_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "花名册上传"
        ordering = ["-uploaded_at"]
        indexes = [models.Index(fields=["state", "leased_until"], name="uploads_to_work_on")]

    def __str__(self) -> str:
        return f"{self.filing} {self.get_kind_display()}"


class RosterRow(models.Model):
    """One line of a roster as it was checked: what stood in it, what is wrong with it, what the rules say of it.

    Pending while its upload waits for a decision; then accepted (an entry points or pointed at it) or refused. A row
    mended on its page has no upload but the same shape. `content` is {"cells": {column code: text}, "record": the
    answers' part that a record would give (exams.filing.answers) or null, "phone": E.164 or ""}.
    """

    class Outcome(models.TextChoices):
        NEW = "new", "新增"
        CHANGED = "changed", "更正"
        SAME = "same", "没有变化"
        REFUSED = "refused", "有问题"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    filing = models.ForeignKey(GroupFiling, models.CASCADE, related_name="rows", verbose_name="团体申报")
    upload = models.ForeignKey(
        RosterUpload, models.CASCADE, null=True, blank=True, related_name="rows", verbose_name="上传"
    )
    line = models.PositiveIntegerField("行号", null=True, blank=True)  # of the sheet, from 1
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices)
    # [{"column": code, "sentence": Chinese}]; sentences quote no number of a document
    problems = models.JSONField("问题", default=list, blank=True)
    name = models.CharField("姓名", max_length=50, blank=True)
    document_index = models.CharField("证件号码索引", max_length=80, blank=True, editable=False)
    grade = models.PositiveSmallIntegerField("等级", null=True, blank=True)
    kind = models.CharField("类别", max_length=8, choices=Kind.choices, default=Kind.REGULAR)
    subjects = models.JSONField("科目", default=list, blank=True)
    route = models.CharField("申报条件", max_length=12, blank=True)
    eligible = models.BooleanField("符合所选条件", null=True, blank=True)  # None: could not be judged
    opens_on = models.DateField("最早可申报日", null=True, blank=True)
    judged_on = models.DateField("判定日")
    price_fen = models.PositiveIntegerField("费用（分）", null=True, blank=True)
    content = SealedJSONField("内容")
    content_digest = models.CharField("内容摘要（带密钥）", max_length=16)
    made_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="填写人")
    made_at = models.DateTimeField("填写时间")
    accepted_at = models.DateTimeField("采用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "花名册行"
        ordering = ["upload", "line", "id"]
        constraints = [models.UniqueConstraint(fields=["upload", "line"], name="one_row_a_line")]
        indexes = [
            models.Index(fields=["upload", "outcome", "line"], name="rows_of_an_upload"),
            # Holds all that a preview's prices are added up from, so that no row need be read for them.
            models.Index(
                fields=["upload", "outcome", "grade", "kind", "price_fen"], name="prices_of_an_upload"
            ),
            models.Index(fields=["filing", "document_index"], name="rows_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.filing} 第 {self.line} 行"


class GroupSubmission(models.Model):
    """The institution's act: these people are submitted, at this moment, with these totals. Filed one by one after it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    filing = models.ForeignKey(
        GroupFiling, models.PROTECT, related_name="submissions", verbose_name="团体申报"
    )
    serial = models.PositiveSmallIntegerField("次序")
    at = models.DateTimeField("提交时间")
    by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="提交人")
    window = models.ForeignKey(
        FilingWindow, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="申报时间"
    )
    persons = models.PositiveIntegerField("人数")
    # [{"grade", "kind", "persons", "fen"}], the price by the schedule of the day; frozen for each at approval
    totals = models.JSONField("分级合计")
    leased_until = models.DateTimeField("占用至", null=True, blank=True)
    filed_at = models.DateTimeField("逐人建档完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "团体提交"
        ordering = ["filing", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["filing", "serial"], name="one_group_submission_a_serial")
        ]

    def __str__(self) -> str:
        return f"{self.filing} 第 {self.serial} 次提交"


class RosterEntry(models.Model):
    """One person in one filing. `row` is what is filed of them now; `application` comes with the submission."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    filing = models.ForeignKey(GroupFiling, models.PROTECT, related_name="entries", verbose_name="团体申报")
    document_index = models.CharField("证件号码索引", max_length=80, editable=False)
    row = models.OneToOneField(RosterRow, models.PROTECT, related_name="entry", verbose_name="当前内容")
    added_at = models.DateTimeField("加入时间")
    removed_at = models.DateTimeField("移出时间", null=True, blank=True)
    portrait = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="照片"
    )
    portrait_print = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="打印用照片"
    )
    portrait_hints = models.JSONField("照片提示", default=list, blank=True)
    # Joined when the person confirms with the code sent to their phone.
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="roster_entries", verbose_name="人员"
    )
    submission = models.ForeignKey(
        GroupSubmission, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="提交"
    )
    # Made from the portrait once the person is known: what a submission's answers name.
    photo = models.ForeignKey(
        Photo, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="申报照片"
    )
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, blank=True, related_name="roster_entry", verbose_name="申报"
    )
    # Why the submission could not file this person: findings (clause, code, sentence); empty once filed.
    obstacles = models.JSONField("未能建档的原因", default=list, blank=True)
    # The signed form, handed in by the institution for this submission of the application (A3-1).
    handed_in_serial = models.PositiveSmallIntegerField("原件对应的提交次序", null=True, blank=True)
    handed_in_at = models.DateTimeField("原件交出时间", null=True, blank=True)
    handed_in_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原件交出人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "团体申报人员"
        ordering = ["added_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "document_index"],
                condition=Q(removed_at=None),
                name="one_live_entry_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.filing} {self.row.name}"


class Confirmation(models.Model):
    """A link with a one-time code sent to the person's phone: is this what you file? The latest one of a row counts."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    entry = models.ForeignKey(RosterEntry, models.CASCADE, related_name="confirmations", verbose_name="人员")
    row = models.ForeignKey(RosterRow, models.CASCADE, related_name="confirmations", verbose_name="内容")
    code_index = models.CharField("链接代码索引", max_length=80, unique=True, editable=False)
    phone = SealedField("手机号")
    sent_at = models.DateTimeField("发送时间")
    expires_at = models.DateTimeField("失效时间")
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    undertaking_version = models.CharField("承诺书版本", max_length=20, blank=True)
    # The 合理便利 asked for: {"needs": [SpecialArrangement.Need], "note": str}. It tells of health: never a member's.
    arrangement = SealedJSONField("特别安排", null=True)
    declined_at = models.DateTimeField("否认时间", null=True, blank=True)
    declined_note = SealedField("否认说明", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "本人确认"
        ordering = ["sent_at"]

    def __str__(self) -> str:
        return f"{self.entry} {self.sent_at:%Y-%m-%d}"


class PreliminaryReview(models.Model):
    """资格初审 of one row by the institution: what was seen, and whether it passes. The latest one of a row counts."""

    class Result(models.TextChoices):
        PASSED = "passed", "初审通过"
        SENT_BACK = "sent_back", "初审退回"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    entry = models.ForeignKey(RosterEntry, models.CASCADE, related_name="reviews", verbose_name="人员")
    row = models.ForeignKey(RosterRow, models.CASCADE, related_name="reviews", verbose_name="内容")
    result = models.CharField("结果", max_length=10, choices=Result.choices)
    # Evidence codes whose originals the reviewer saw.
    seen = models.JSONField("已核对原件", default=list)
    note = models.CharField("说明", max_length=300, blank=True)
    reviewer = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="初审人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "资格初审"
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.entry} {self.get_result_display()}"


class RosterFile(models.Model):
    """A scan the institution added for a person: evidence by the rules' code."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    entry = models.ForeignKey(RosterEntry, models.CASCADE, related_name="files", verbose_name="人员")
    code = models.CharField("材料类别", max_length=40)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    added_by = models.ForeignKey(_ACCOUNT, models.PROTECT, related_name="+", verbose_name="上传人")
    added_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("删除时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "团体申报材料"
        ordering = ["added_at"]

    def __str__(self) -> str:
        return f"{self.entry} {self.code}"


class Clash(models.Model):
    """The same person is filed elsewhere for the same offering: both were told, the counter decides which stands."""

    class Decision(models.TextChoices):
        THIS = "this", "采用本次团体申报"
        OTHER = "other", "保留原有申报"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    entry = models.ForeignKey(RosterEntry, models.PROTECT, related_name="clashes", verbose_name="人员")
    other = models.ForeignKey(Application, models.PROTECT, related_name="clashes", verbose_name="原有申报")
    found_at = models.DateTimeField("发现时间")
    decision = models.CharField("决定", max_length=6, choices=Decision.choices, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    decided_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "重复申报"
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(decided_at=None), name="one_open_clash_an_entry"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry} × {self.other}"


class ColumnMapping(models.Model):
    """How our facts stand in a workbook of another system: data, editable, never code.

    `columns`: [{"heading": str, "field": a key of exams.filing.groups.exchange.fields.FIELDS or "", "constant": str,
    "values": {our value: theirs}}] in the order of the sheet.
    """

    class Purpose(models.TextChoices):
        EXPORT = "export", "导出已审核的团体申报"
        REPLIES = "replies", "导入回执"
        OUTCOMES = "outcomes", "导出成绩和证书"

    code = models.CharField("代码", max_length=40, primary_key=True)
    name = models.CharField("名称", max_length=60)
    purpose = models.CharField("用途", max_length=8, choices=Purpose.choices)
    sheet = models.CharField("工作表名称", max_length=31)
    columns = models.JSONField("列")
    changed_by = models.ForeignKey(
        _ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="修改人"
    )
    changed_at = models.DateTimeField("修改时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "外部系统列对照"

    def __str__(self) -> str:
        return self.name


class ExternalReply(models.Model):
    """What the city's system answered about one person: the row of its sheet, whole."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    entry = models.ForeignKey(RosterEntry, models.PROTECT, related_name="replies", verbose_name="人员")
    upload = models.ForeignKey(RosterUpload, models.PROTECT, related_name="replies", verbose_name="上传")
    values = SealedJSONField("内容")  # [[heading, text]] in the order of the sheet
    received_at = models.DateTimeField("导入时间")

    class Meta:
        verbose_name = verbose_name_plural = "外部系统回执"
        ordering = ["received_at"]
        constraints = [models.UniqueConstraint(fields=["entry", "upload"], name="one_reply_an_upload")]

    def __str__(self) -> str:
        return f"{self.entry} {self.received_at:%Y-%m-%d}"
