"""The four kinds of entries a record holds, and the papers that prove each."""

from dataclasses import dataclass

from applicants.records import forms
from applicants.records.models import Credential, Fact, Job, Schooling, Title


@dataclass(frozen=True)
class Paper:
    """A kind of evidence by the rules' code, as the upload page names and explains it."""

    code: str
    name: str
    hint: str


@dataclass(frozen=True)
class Kind:
    """One kind of entry: its part of the address, its model and form, its words, its papers."""

    slug: str
    model: type[Fact]
    form: type[forms.EntryForm]
    title: str
    noun: str
    empty: str
    papers: tuple[Paper, ...]


IDENTITY_PAPER = Paper(
    "identity_document",
    "身份证件",
    "身份证请拍正反两面；护照、通行证请拍个人资料页。四角完整、文字清楚。到窗口时仍须带原件。",
)
WORK_PROOF = Paper(
    "work_proof",
    "工作年限证明",
    "首选社保缴费记录；没有的，请单位开具写明岗位和起止时间的证明并盖章。按“累计工作满 10 年”申报的，"
    "另须签一份工作年限承诺书，随报名表带到窗口，不用上传。",
)
DIPLOMA = Paper("diploma", "毕业证书", "请拍毕业证书的内页，照片、姓名和编号都要看得清。")
CHSI_RECORD = Paper("chsi_record", "学历备案表", "从学信网下载的《教育部学历证书电子注册备案表》，PDF 最好。")
ENROLMENT_PROOF = Paper(
    "enrolment_proof", "应届在校证明", "应届毕业班学生用：学校开具并盖章，写明专业和预计毕业时间。"
)
CREDENTIAL_PAPER = Paper(
    "credential", "职业资格或职业技能等级证书", "请拍证书内页，或上传官网下载的电子证书。"
)
TITLE_PAPER = Paper("title", "职称证书", "请拍证书内页，级别、专业和取得日期都要看得清。")

KINDS = {
    kind.slug: kind
    for kind in (
        Kind(
            "schooling",
            Schooling,
            forms.SchoolingForm,
            "学习经历",
            "学习经历",
            "凭学历、专业申报的，请添加相应的学习经历。只凭工作年限申报的，可以不填。",
            (DIPLOMA, CHSI_RECORD, ENROLMENT_PROOF),
        ),
        Kind(
            "jobs",
            Job,
            forms.JobForm,
            "工作经历",
            "工作经历",
            "凭工作年限申报的，请从最早的一段开始，逐段添加。没有工作过的，可以不填。",
            (WORK_PROOF,),
        ),
        Kind(
            "credentials",
            Credential,
            forms.CredentialForm,
            "职业技能证书",
            "证书",
            "已取得职业资格证书或职业技能等级证书的，请添加。没有的，可以不填。",
            (CREDENTIAL_PAPER,),
        ),
        Kind(
            "titles",
            Title,
            forms.TitleForm,
            "职称",
            "职称",
            "已取得职称或专业技术人员职业资格的，请添加。没有的，可以不填。",
            (TITLE_PAPER,),
        ),
    )
}
