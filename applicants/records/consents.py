"""The separate consents, word for word. A change of words is a new version; old rows keep the version they saw."""

from dataclasses import dataclass

from applicants.records.models import Consent


@dataclass(frozen=True)
class ConsentText:
    """What a person agrees to: `label` stands beside the box, `explanation` above it."""

    about: str
    version: str
    label: str
    explanation: str


DOCUMENT = ConsentText(
    Consent.About.DOCUMENT,
    "2026-01",
    "我同意为申报职业技能评价处理我的身份证件信息",
    "身份证件号码属于敏感个人信息，需要您单独同意。我们只用它核实身份、制作准考证和证书、按规定上报成绩，"
    "加密保存，页面上只显示前四位和后四位。不同意不影响浏览本站，但无法申报。",
)
PHOTO = ConsentText(
    Consent.About.PHOTO,
    "2026-01",
    "我同意为申报职业技能评价处理我的照片",
    "照片用于报名表、准考证、证书和考场核对本人，不作他用，也不做人脸识别。不同意不影响浏览本站，但无法申报。",
)
PHONE_IN_A_FILING = ConsentText(
    Consent.About.PHONE,
    "2026-02",
    "我同意处理我的手机号，用于接收办理通知",
    "机构替您填报时写了这个手机号。我们用它请您核对，并把审核、考试安排和准考证的消息发给您，加密保存，不作他用。"
    "不同意的，机构不能替您提交这份申报。",
)
