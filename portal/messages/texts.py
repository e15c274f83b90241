"""The text of every message the portal sends, by event. README.md's table is tested against this."""

TEXTS: dict[str, str] = {
    "verification_code": "【{association}】验证码 {code}，{minutes} 分钟内有效，用于{purpose}。请勿告诉他人。",
    "account_exists": "【{association}】有人用您的手机号注册，但此号码已有账号。如是您本人，请直接登录；忘记密码可用验证码登录。",
    "phone_changed": "【{association}】您账号的手机号已于{at}更改，所有登录均已退出。如非本人操作，请致电 {contact}。",
    "invitation": "【{association}】{inviter}邀请您加入“{place}”。请在 {until} 前打开 {link} 设置密码。",
    "claim_conflict": "【{association}】您填写的证件号码需要核对原件，请在接待时间携带证件原件到窗口办理。",
    "application_submitted": "【{association}】您的{offering}申报已提交，申报号 {number}。请打印报名表签字，带证件与材料原件到窗口审核。",
    "application_returned": "【{association}】申报 {number} 需补正，请在 {until} 前登录修改并重新提交：{reasons}",
    "application_approved": "【{association}】申报 {number} 已审核通过。请在 {pay_by} 前缴费 {amount}，缴费时报申报号。",
    "application_rejected": "【{association}】申报 {number} 未通过审核：{reasons}",
    "application_withdrawn": "【{association}】申报 {number} 已撤回。",
    "quote_reminder": "【{association}】申报 {number} 尚未缴费（{amount}），请在 {pay_by} 前缴清，逾期申报失效。",
    "quote_lapsed": "【{association}】申报 {number} 逾期未缴费，已失效。如仍需参加，请在申报时间内重新申报。",
    "payment_received": "【{association}】申报 {number} 已收费 {amount}，收据号 {receipt}。",
    "payment_reversed": "【{association}】申报 {number} 的收款 {receipt}（{amount}）已冲正。原因：{reason}",
    "seated": "【{association}】申报 {number} 已安排场次：{sessions}。准考证 {opens_on} 起可下载。",
    "session_changed": "【{association}】申报 {number} 的考试安排有变：{change}。原准考证作废，请以新准考证为准。",
    "session_called_off": "【{association}】申报 {number} 原定 {session} 的考试取消：{reason}。您将按原次序重新安排，也可申请退费。",
    "ticket_open": "【{association}】申报 {number} 的准考证已可下载：登录后进入“我的－我的证书”。{first_session}考试，请带证件原件。",
}
