"""What people and accounts add to the counter's first page, and their deeds in words."""

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from applicants.accounts.models import PhoneChange
from applicants.records.claims import claims_in_conflict
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def _phones() -> QuerySet[PhoneChange]:
    return PhoneChange.objects.filter(done_at=None, first_staff__isnull=False)


def _oldest_conflict_at() -> datetime | None:
    """When the longest-standing conflict arose: with the second claim to a document."""
    claimed: set[str] = set()
    rows = claims_in_conflict().order_by("claimed_at").values_list("number_index", "claimed_at")
    for number_index, claimed_at in rows:
        if number_index in claimed:
            return claimed_at
        claimed.add(number_index)
    return None


QUEUES = (
    Queue(
        code="phones",
        title="手机号更换待确认",
        order=62,
        count=lambda: _phones().count(),
        oldest_working_days=lambda: age_in_working_days(
            _phones().order_by("asked_at").values_list("asked_at", flat=True).first()
        ),
        url=lambda: reverse("admin:applicants_phonechange_changelist"),
        permission="exams.recover_phone",
        help_text="须由登记人以外的人再次核对原件。",
    ),
    Queue(
        code="claim_conflicts",
        title="证件冲突",
        order=80,
        count=lambda: claims_in_conflict().values("number_index").distinct().order_by().count(),
        oldest_working_days=lambda: age_in_working_days(_oldest_conflict_at()),
        url=lambda: reverse("admin:claim_conflicts"),
        permission="exams.decide_claim",
        help_text="几个人填写了同一个证件号码。",
        attention=True,
    ),
)

WORDS = {
    "open_account": "注册账号",
    "delete_account": "本人删除账号",
    "invite": "发出邀请",
    "accept_invitation": "接受邀请",
    "confirm_phone": "验证手机号",
    "set_password": "设置密码",
    "end_logins": "退出登录",
    "stop_account": "停用账号",
    "restore_account": "恢复账号",
    "change_phone": "更换手机号",
    "ask_phone_recovery": "登记更换手机号",
    "drop_phone_recovery": "撤销更换手机号的登记",
    "open_staff_account": "开通工作人员账号",
    "open_institution": "登记机构",
    "close_institution": "停用机构",
    "reopen_institution": "恢复机构",
    "add_member": "加入机构",
    "end_membership": "结束机构成员资格",
    "records.open_record": "建立个人资料",
    "records.join_person": "确认机构填报，归入个人资料",
    "records.adopt_person": "注册后归入已有的个人资料",
    "records.give_consent": "单独同意",
    "records.claim_document": "填写证件",
    "records.verify_document": "核对证件原件",
    "records.refuse_document": "证件核对不符",
    "records.resolve_claim_conflict": "处理证件冲突",
    "records.replace_document": "更换证件",
    "records.add_photo": "上传照片",
    "records.use_photo": "使用照片",
    "records.add_entry": "添加一条经历",
    "records.change_entry": "修改一条经历",
    "records.remove_entry": "删除一条经历",
    "records.add_evidence": "上传证明材料",
    "records.remove_evidence": "删除证明材料",
    "records.state_education": "填写受教育程度",
    "records.state_intention": "表明从业打算",
}
LOOKS = {
    "view_photo": "查看照片",
    "view_evidence": "查看证明材料",
    "unmask_document": "查看完整证件号码",
    "export": "导出本人资料",
}
