"""What group filings add to the counter's first page, and their deeds and looks in words."""

from django.urls import reverse

from exams.filing.groups.batches.clashes import open_clashes
from exams.filing.groups.batches.standings import batches_waiting
from portal.counter.ages import age_in_working_days
from portal.registry import Queue

QUEUES = (
    Queue(
        code="batches",
        title="团体申报待审核",
        order=12,
        count=lambda: batches_waiting().count(),
        oldest_working_days=lambda: age_in_working_days(
            batches_waiting().values_list("at", flat=True).first()
        ),
        url=lambda: reverse("admin:exams_groupsubmission_changelist") + "?waiting=yes",
        permission="exams.review_groupfiling",
        help_text="按机构的每次提交计。",
    ),
    Queue(
        code="clashes",
        title="重复申报待决定",
        order=16,
        count=lambda: open_clashes().count(),
        oldest_working_days=lambda: age_in_working_days(
            open_clashes().values_list("found_at", flat=True).first()
        ),
        url=lambda: reverse("admin:exams_clash_changelist") + "?waiting=yes",
        permission="exams.review_groupfiling",
        help_text="同一人同一项目有两份申报，只能保留一份。",
    ),
)

WORDS = {
    "groups.open_filing": "建立团体申报",
    "groups.rename_filing": "修改团体申报名称",
    "groups.close_filing": "关闭团体申报",
    "groups.reopen_filing": "重新开启团体申报",
    "groups.receive_upload": "上传团体申报文件",
    "groups.upload_failed": "团体申报文件不能使用",
    "groups.roster_checked": "检查花名册",
    "groups.take_rows": "采用花名册",
    "groups.roster_taken": "花名册采用完成",
    "groups.discard_upload": "不采用上传的文件",
    "groups.forget_upload": "删除不能使用的文件",
    "groups.mend_row": "更正花名册中的一行",
    "groups.set_portrait": "放入照片",
    "groups.add_file": "添加材料",
    "groups.remove_file": "删除材料",
    "groups.files_placed": "照片和材料压缩包处理完成",
    "groups.send_links": "发送本人确认链接",
    "groups.confirm_filing": "本人确认团体申报",
    "groups.decline_filing": "本人否认团体申报",
    "groups.review_entry": "资格初审",
    "groups.remove_entry": "移出团体申报",
    "groups.submit_filing": "提交团体申报",
    "groups.hand_in": "登记交出签名的报名表",
    "groups.take_back": "撤销交出的登记",
    "groups.draw_sample": "抽查团体申报",
    "groups.decide_originals": "批量确认签名原件",
    "groups.decide_approve": "批量审核通过",
    "groups.decide_return": "批量退回补正",
    "groups.decide_clash": "决定重复申报",
    "groups.export_filing": "导出给市自助经办系统",
    "groups.replies_taken": "导入市自助经办系统回执",
    "groups.add_mapping": "添加外部系统列对照",
    "groups.change_mapping": "修改外部系统列对照",
}


LOOKS: dict[str, str] = {
    "annotated_roster": "下载标注问题的花名册",
    "roster_row": "打开花名册的一行",
    "export_filing": "导出给市自助经办系统",
    "view_replies": "查看市自助经办系统回执",
    "file_report": "查看照片和材料压缩包的结果",
}
