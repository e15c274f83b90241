"""What misconduct adds to the counter: its deeds in words."""

WORDS = {
    "conduct.record_incident": "记录考场情况",
    "conduct.open_case": "立案",
    "conduct.notice": "发出拟处理告知",
    "conduct.statement": "收到陈述申辩",
    "conduct.drop_case": "撤案",
    "conduct.decide": "作出处理决定",
    "conduct.service": "登记送达",
    "conduct.review_asked": "申请复核",
    "conduct.upheld": "复核维持",
    "conduct.reverse_decision": "撤销处理决定",
    "standing.bar": "记录禁考期",
    "standing.lift_bar": "撤销禁考期",
    "payments.forbid_refund": "记录不予退费",
    "payments.allow_refund": "撤销不予退费",
}
LOOKS: dict[str, str] = {}
QUEUES = ()
