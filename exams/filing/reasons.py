"""Why an application is returned: codes staff choose from, each tied to the step it concerns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReturnReason:
    """`step` is the filing step the person is led to; `sentence` says what to mend."""

    step: str
    sentence: str


RETURN_REASONS = {
    "document_unclear": ReturnReason("identity", "证件图片不清楚或不完整，请重新上传正反面。"),
    "identity_mismatch": ReturnReason("identity", "填写的身份信息与证件不一致，请对照原件修改。"),
    "photo_unfit": ReturnReason("photo", "照片不符合要求，请按要求重新上传。"),
    "schooling_unproven": ReturnReason("schooling", "学习经历缺少毕业证书、备案表或在校证明，请补充。"),
    "schooling_mismatch": ReturnReason("schooling", "学习经历与毕业证书不一致，请核对学校、专业和日期。"),
    "work_unproven": ReturnReason("work", "工作年限证明不足以证明所填年限，请补充社保缴费记录等材料。"),
    "work_mismatch": ReturnReason("work", "工作经历与证明材料不一致，请核对单位、岗位和起止日期。"),
    "relation_wrong": ReturnReason("work", "所填岗位与申报职业的关系不对，请重新选择。"),
    "credential_unproven": ReturnReason("certificates", "缺少职业技能证书或图片不清楚，请补充。"),
    "credential_mismatch": ReturnReason("certificates", "证书信息与原件不一致，请核对编号、等级和发证日期。"),
    "title_unproven": ReturnReason("certificates", "缺少职称证书或专业不对应，请补充或修改。"),
    "route_wrong": ReturnReason("route", "材料不能证明所选的申报条件，请改选其他条件或补充材料。"),
    "form_unsigned": ReturnReason("undertaking", "报名表没有本人签字，请打印后签字交来。"),
    "form_outdated": ReturnReason("undertaking", "交来的报名表打印后内容又有改动，请重新打印签字。"),
    "other": ReturnReason("check", "请按说明修改。"),
}
