"""The register: every clause of the notice and its annexes, and where it lives, or why it is not code.

`code` names functions and values of this package, `data` tables of portal/notices/*.toml, `cases` files of
tests/rules (tests) and tests/rules/cases (tables). A clause that is not a rule of ours says so in `reason`.
A test walks all of it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clause:
    """One clause: its id, what it is about in our words, and where it lives."""

    id: str
    title: str
    code: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    reason: str = ""


def _route(number: str, title: str) -> Clause:
    """A route is a function, and has its case file by the grade's number in the annex."""
    name = number.replace(".", "_")
    return Clause(f"TR2023-{number}", title, (f"routes.route_{name}",), (), (f"routes_{number[0]}.toml",))


def _act(clause: str, title: str) -> Clause:
    return Clause(clause, title, ("sanctions.effects",), ("acts",), ("sanctions.toml", "test_sanctions.py"))


NOTICE = (
    Clause(
        "N2026-1",
        "本年评价的职业和等级；目录调整时另行通知",
        ("notice.load",),
        ("occupations", "offerings"),
        ("test_notice.py",),
    ),
    Clause(
        "N2026-2.1",
        "年满 16 周岁、达到职业要求的最低学历，并符合附件1 的一项",
        ("requirements.age", "eligibility.judge"),
        ("occupations",),
        ("age.toml", "eligibility.toml"),
    ),
    Clause(
        "N2026-2.2",
        "团体申报和个人申报的办理途径",
        reason="申报的办理流程，由申报与团体名册部分实现；没有可计算的条件。",
    ),
    Clause(
        "N2026-2.3",
        "统一申报、依序安排；考点和日期另行通知",
        ("timetable.window_for", "seating.queue_key", "seating.session_findings"),
        ("windows",),
        ("filing.toml", "test_timetable.py", "test_seating.py"),
    ),
    Clause(
        "N2026-2.4",
        "收费标准，正考收全部科目、补考按科目",
        ("fees.schedule_for", "fees.price"),
        ("fees", "schemes"),
        ("fees.toml", "test_retakes.py"),
    ),
    Clause(
        "N2026-2.5",
        "考试前五个工作日起下载准考证",
        ("tickets.opening", "tickets.opening_of_all"),
        (),
        ("tickets.toml",),
    ),
    Clause(
        "N2026-3",
        "成绩一般在 20 个（涉及阅卷、检测的 30 个）工作日内可查",
        ("scores.due", "scores.is_pass"),
        ("links",),
        ("scores.toml", "test_scores.py"),
    ),
    Clause(
        "N2026-4.1",
        "成绩有效期：五至三级两年，二、一级三年；过期须重考全部科目",
        ("validity.period", "retakes.retake_findings", "seating.retake_findings"),
        ("policies",),
        ("validity.toml", "test_retakes.py", "test_seating.py"),
    ),
    Clause(
        "N2026-4.2",
        "有效期内重新申报同职业同等级的，视为放弃补考",
        ("retakes.passes_given_up",),
        (),
        ("test_retakes.py",),
    ),
    Clause(
        "N2026-4.3", "考核模式变化后按公布的方案补考", ("retakes.retake_findings",), (), ("test_retakes.py",)
    ),
    Clause(
        "N2026-4.4",
        "职业技能竞赛成绩不合格的不能补考",
        ("retakes.retake_findings",),
        (),
        ("test_retakes.py",),
    ),
    Clause(
        "N2026-5",
        "凭领取通知到窗口领取证书",
        reason="证书发放的办理流程，由证书部分实现；没有可计算的条件。",
    ),
    Clause("N2026-6.1", "受理地址", ("notice.load",), ("contacts",), ("test_notice.py",)),
    Clause(
        "N2026-6.2",
        "自公告发布之日起每周一、三接待，法定假日除外",
        ("counter.status",),
        ("counter",),
        ("counter.toml", "test_counter.py"),
    ),
    Clause("N2026-6.3", "咨询电话", ("notice.load",), ("contacts",), ("test_notice.py",)),
    Clause(
        "N2026-6.4", "两部监督电话及接听时间", ("counter.line_answers",), ("lines",), ("test_counter.py",)
    ),
    Clause(
        "N2026-6.5",
        "标准、文件、考核手册的网址和微信入口",
        ("notice.load",),
        ("links", "contacts"),
        ("test_notice.py",),
    ),
    Clause(
        "N2026-7",
        "承诺材料真实、遵守纪律；评价内容动态调整",
        ("sanctions.effects",),
        ("offerings",),
        ("sanctions.toml", "test_sanctions.py"),
    ),
)

ANNEX_1 = (
    _route("1.1", "五级：年满 16 周岁，拟从事本职业或相关职业"),
    _route("1.2", "五级：年满 16 周岁，从事本职业或相关职业"),
    _route("2.1", "四级：工作满 5 年"),
    _route("2.2", "四级：五级证书后工作满 3 年"),
    _route("2.3", "四级：对口的技工院校、中职及以上毕业（含应届）"),
    _route("3.1", "三级：工作满 10 年"),
    _route("3.2", "三级：四级证书后工作满 4 年"),
    _route("3.3", "三级：初级职称后工作满 1 年"),
    _route("3.4", "三级：高级工班及以上毕业（含应届）"),
    _route("3.5", "三级：四级证书加高职、大专及以上毕业（含应届）"),
    _route("3.6", "三级：经评估论证专业的高职、大专及以上毕业（含应届）"),
    _route("4.1", "二级：三级证书后工作满 5 年"),
    _route("4.2", "二级：初级职称后工作满 5 年，并在三级证书后满 1 年"),
    _route("4.3", "二级：中级职称后工作满 1 年"),
    _route("4.4", "二级：三级证书的高级技校、技师学院毕业生，工作满 2 年"),
    _route("4.5", "二级：三级证书满 2 年的技师学院技师类班级学生"),
    _route("5.1", "一级：二级证书后工作满 5 年"),
    _route("5.2", "一级：中级职称后工作满 5 年，并在二级证书后满 1 年"),
    _route("5.3", "一级：高级职称后工作满 1 年"),
    Clause(
        "TR2023-fn5",
        "脚注⑤：企业自主评价、新型学徒制",
        reason="企业自主评价和学徒评价不由本会组织。",
    ),
    Clause(
        "TR2023-fn6",
        "脚注⑥：相关职业的范围由职业标准规定",
        ("notice.load",),
        ("occupations",),
        ("test_notice.py",),
    ),
    Clause(
        "TR2023-fn7",
        "脚注⑦：相关专业的范围由职业标准规定",
        ("notice.load",),
        ("occupations",),
        ("test_notice.py",),
    ),
    Clause(
        "TR2023-fn8",
        "脚注⑧：职称对应的专业由职业标准规定",
        ("notice.load",),
        ("occupations",),
        ("test_notice.py",),
    ),
)

ANNEX_2 = (
    Clause(
        "A2",
        "逐月的申报与评价时间，12 月可按次年公告",
        ("timetable.window_for",),
        ("windows",),
        ("filing.toml", "test_timetable.py"),
    ),
)

ANNEX_3 = (
    _act("A3-1", "不符合条件或材料虚假：取消资格和成绩，不退费，证书作废"),
    _act("A3-2.1", "禁带物品，提醒不改"),
    _act("A3-2.2", "不在座位或擅自离座，提醒不改"),
    _act("A3-2.3", "扰乱考场秩序，提醒不改"),
    _act("A3-2.4", "其他违反考场规则"),
    _act("A3-3.1", "使用电子设备"),
    _act("A3-3.2", "抄袭或协助抄袭"),
    _act("A3-3.3", "毁坏试卷、工件、材料"),
    _act("A3-3.4", "带出试题、答卷"),
    _act("A3-3.5", "其他作弊"),
    _act("A3-4.1", "以不正当手段取得资格"),
    _act("A3-4.2", "评价前获取、传播试题"),
    _act("A3-4.3", "抢夺、胁迫、偷换"),
    _act("A3-4.4", "替考"),
    _act("A3-4.5", "串通或有组织作弊"),
    _act("A3-4.6", "毁坏设备造成事故或伤害"),
    _act("A3-4.7", "其他严重扰乱秩序"),
    Clause(
        "A3-end",
        "事后发现的照样处理，由评价机构或监管部门宣布成绩无效",
        ("sanctions.effects",),
        ("acts",),
        ("sanctions.toml", "test_sanctions.py"),
    ),
)

CLAUSES = (*NOTICE, *ANNEX_1, *ANNEX_2, *ANNEX_3)


def clause(clause_id: str) -> Clause:
    """The register's entry; raises KeyError for an unknown id."""
    for entry in CLAUSES:
        if entry.id == clause_id:
            return entry
    raise KeyError(clause_id)
