"""A person's record: identity, photo, and the facts the eligibility routes read, with their evidence."""

from uuid import uuid4

from django.conf import settings
from django.db import models

from applicants.identity.documents import DocumentKind, Sex
from portal.crypto import SealedField, blind_index
from portal.files.models import StoredFile


def document_index(kind: str, number: str) -> str:
    """The blind index of a normalised identity document number; the kind counts, so two kinds never collide."""
    return blind_index(f"{kind}|{number}", purpose="identity-document")


class GeneralEducation(models.TextChoices):
    NONE = "none", "无"
    PRIMARY = "primary", "小学"
    JUNIOR_HIGH = "junior_high", "初中"
    SENIOR_HIGH = "senior_high", "高中（含中职、技校、同等学力）"
    JUNIOR_COLLEGE = "junior_college", "大专（含高职）"
    BACHELOR = "bachelor", "本科"
    POSTGRADUATE = "postgraduate", "研究生"


class Relation(models.TextChoices):
    SAME = "same", "本职业（本专业）"
    RELATED = "related", "相关职业（相关专业）"
    OTHER = "other", "其他"


class Person(models.Model):
    """An applicant as a human being. With an account once they sign up; filed by an institution, perhaps without."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="person",
        verbose_name="账号",
    )
    name = models.CharField("姓名", max_length=50)
    sex = models.CharField("性别", max_length=6, choices=Sex.choices, blank=True)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    general_education = models.CharField(
        "普通受教育程度", max_length=16, choices=GeneralEducation.choices, blank=True
    )
    intends_to_work = models.BooleanField("拟从事本职业或相关职业", default=False)
    photo = models.ForeignKey(
        "applicants.Photo", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="照片"
    )
    # Of somebody without an account whom an institution filed, proven by a code; an account has its own.
    phone = SealedField("手机号", null=True)
    phone_index = models.CharField("手机号索引", max_length=80, blank=True, db_index=True, editable=False)
    created_at = models.DateTimeField("建立时间")
    erased_at = models.DateTimeField("注销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "参评人员"

    def __str__(self) -> str:
        return self.name


class DocumentClaim(models.Model):
    """A person says: this identity document is mine. Binding once verified at the counter with the original in hand."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "待核对原件"
        VERIFIED = "verified", "已核对原件"
        REFUSED = "refused", "核对不符"
        REPLACED = "replaced", "已更换"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="documents", verbose_name="人员")
    kind = models.CharField("证件类型", max_length=20, choices=DocumentKind.choices)
    number = SealedField("证件号码")
    number_index = models.CharField("证件号码索引", max_length=80, db_index=True, editable=False)
    # Filled while an index key is being rotated (the new key's value), then moved over.
    number_index_next = models.CharField(
        "证件号码新索引", max_length=80, blank=True, db_index=True, editable=False
    )
    name = models.CharField("证件上的姓名", max_length=50)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.CLAIMED)
    claimed_at = models.DateTimeField("填写时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="核对人",
    )
    decided_at = models.DateTimeField("核对时间", null=True, blank=True)
    exception_note = models.CharField("与性别、出生日期不一致的说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "身份证件"
        constraints = [
            models.UniqueConstraint(
                fields=["number_index"],
                condition=models.Q(state="verified"),
                name="one_verified_person_a_document",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(state__in=["claimed", "verified"]),
                name="one_live_document_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.kind}"


class Photo(models.Model):
    """A checked portrait: the fitted original and the small copy for documents (413×579, at most 30 KB)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="photos", verbose_name="人员")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="照片")
    print_copy = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="打印用照片")
    hints = models.JSONField("提示", default=list, blank=True)
    # Handed in by an institution with its filing: no part of the person's own record.
    institution = models.ForeignKey(
        "applicants.Institution", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="机构"
    )
    added_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "照片"

    def __str__(self) -> str:
        return f"{self.person} {self.added_at:%Y-%m-%d}"


class Consent(models.Model):
    """A separate consent with the version of its text; withdrawn by a later row."""

    class About(models.TextChoices):
        DOCUMENT = "document", "身份证件信息"
        PHOTO = "photo", "照片"
        PHONE = "phone", "手机号"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="consents")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="consents")
    about = models.CharField("内容", max_length=10, choices=About.choices)
    version = models.CharField("文本版本", max_length=20)
    given = models.BooleanField("同意", default=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "单独同意"

    def __str__(self) -> str:
        return f"{self.get_about_display()} {self.version}"


class Fact(models.Model):
    """What the four kinds of facts share.

    Relations (same, related, other) are stated in view of one occupation, whose code the row keeps; filing for
    another occupation asks again.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    occupation_code = models.CharField("所对照的职业代码", max_length=20)
    added_at = models.DateTimeField("填写时间")

    class Meta:
        abstract = True


class Job(Fact):
    """A spell of work. `left_on` is the last day worked; empty means still employed."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="jobs", verbose_name="人员")
    employer = models.CharField("单位名称", max_length=100)
    position = models.CharField("岗位或职务", max_length=60)
    relation = models.CharField("与申报职业的关系", max_length=8, choices=Relation.choices)
    started_on = models.DateField("开始日期")
    left_on = models.DateField("最后工作日", null=True, blank=True)
    witness_name = models.CharField("证明人", max_length=50, blank=True)
    witness_phone = SealedField("证明人电话", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作经历"
        ordering = ["started_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(left_on=None) | models.Q(left_on__gte=models.F("started_on")),
                name="job_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return self.employer


class Credential(Fact):
    """A 职业资格证书 or 职业技能等级证书 of some occupation and grade (5 lowest … 1 highest)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="credentials", verbose_name="人员")
    occupation_name = models.CharField("职业（工种）", max_length=60)
    relation = models.CharField("与申报职业的关系", max_length=8, choices=Relation.choices)
    grade = models.PositiveSmallIntegerField("等级")
    number = models.CharField("证书编号", max_length=40)
    issued_on = models.DateField("发证日期")
    issuer = models.CharField("发证机构", max_length=100)

    class Meta:
        verbose_name = verbose_name_plural = "职业技能证书"
        ordering = ["issued_on", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(grade__range=(1, 5)), name="credential_grade")
        ]

    def __str__(self) -> str:
        return self.number


class Title(Fact):
    """A 职称 or 专业技术人员职业资格."""

    class Rank(models.TextChoices):
        JUNIOR = "junior", "初级"
        INTERMEDIATE = "intermediate", "中级"
        SENIOR = "senior", "高级"

    person = models.ForeignKey(Person, models.CASCADE, related_name="titles", verbose_name="人员")
    name = models.CharField("职称名称", max_length=60)
    rank = models.CharField("级别", max_length=12, choices=Rank.choices)
    corresponds = models.BooleanField("专业与申报职业对应")
    obtained_on = models.DateField("取得日期")
    number = models.CharField("证书编号", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "职称"
        ordering = ["obtained_on", "id"]

    def __str__(self) -> str:
        return self.name


class Schooling(Fact):
    """One course of study. `on` is the day of graduation, or when it is due. Value lists as in the rules."""

    class School(models.TextChoices):
        TECHNICAL_SCHOOL = "technical_school", "普通技工学校"
        SENIOR_TECHNICAL_SCHOOL = "senior_technical_school", "高级技工学校"
        TECHNICIAN_COLLEGE = "technician_college", "技师学院"
        SECONDARY_VOCATIONAL = "secondary_vocational", "中等职业学校"
        HIGHER_VOCATIONAL = "higher_vocational", "高等职业学校"
        UNIVERSITY = "university", "普通高等学校"
        GENERAL = "general", "普通中学及其他"

    class Programme(models.TextChoices):
        INTERMEDIATE_CLASS = "intermediate_class", "中级工班"
        SENIOR_CLASS = "senior_class", "高级工班"
        PREPARATORY_TECHNICIAN_CLASS = "preparatory_technician_class", "预备技师班"
        TECHNICIAN_CLASS = "technician_class", "技师班"
        SECONDARY_VOCATIONAL = "secondary_vocational", "中职（中专、职高）"
        HIGHER_VOCATIONAL = "higher_vocational", "高职"
        JUNIOR_COLLEGE = "junior_college", "大专"
        BACHELOR = "bachelor", "本科"
        POSTGRADUATE = "postgraduate", "研究生"
        JUNIOR_HIGH = "junior_high", "初中"
        SENIOR_HIGH = "senior_high", "普通高中"

    class Status(models.TextChoices):
        GRADUATED = "graduated", "已毕业"
        FINAL_YEAR = "final_year", "应届毕业班在读"
        STUDYING = "studying", "在读（非应届）"

    person = models.ForeignKey(Person, models.CASCADE, related_name="schooling", verbose_name="人员")
    school_name = models.CharField("学校名称", max_length=100)
    school = models.CharField("学校类别", max_length=24, choices=School.choices)
    programme = models.CharField("学制类别", max_length=30, choices=Programme.choices)
    major_name = models.CharField("专业", max_length=60, blank=True)
    major = models.CharField("专业与申报职业的关系", max_length=8, choices=Relation.choices)
    approved = models.BooleanField("专业列入经评估论证目录", default=False)
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    on = models.DateField("毕业日期或预计毕业日期")

    class Meta:
        verbose_name = verbose_name_plural = "学习经历"
        ordering = ["on", "id"]

    def __str__(self) -> str:
        return self.school_name


class Evidence(models.Model):
    """A file that proves a fact, or the person as a whole (e.g. 身份证件). `code` as in the rules' evidence codes."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="evidence", verbose_name="人员")
    code = models.CharField("材料类别", max_length=40)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="evidence")
    credential = models.ForeignKey(
        Credential, models.SET_NULL, null=True, blank=True, related_name="evidence"
    )
    title = models.ForeignKey(Title, models.SET_NULL, null=True, blank=True, related_name="evidence")
    schooling = models.ForeignKey(Schooling, models.SET_NULL, null=True, blank=True, related_name="evidence")
    # Handed in by an institution with its filing: no part of the person's own record.
    institution = models.ForeignKey(
        "applicants.Institution", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="机构"
    )
    added_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("删除时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "证明材料"
        ordering = ["added_at", "id"]

    def __str__(self) -> str:
        return f"{self.code} {self.file}"
