"""The consent asked for at sign-up."""

from applicants.records.consents import ConsentText
from applicants.records.models import Consent

PHONE = ConsentText(
    Consent.About.PHONE,
    "2026-01",
    "我同意处理我的手机号，用于登录和接收办理通知",
    "手机号用来登录、找回密码，以及把审核、缴费、考试安排和准考证的消息发给您。我们加密保存，不作他用。"
    "不同意不影响浏览本站，但无法注册。",
)
