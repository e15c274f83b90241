"""What the association's staff do at the counter once an exam was sat, from the attendance to the certificate."""

import re
from urllib.parse import urlsplit

from certificates.models import Certificate
from exams.arrangement.models import Session
from exams.filing.models import Application
from portal import registry
from portal.messages.outbox import send_waiting
from tests.journeys import counter
from tests.journeys.hands import Hand


def open_session(hand: Hand, session: Session) -> None:
    """From the list of the exam day to the session's page."""
    hand.go("/counter/exams/attendance/day/")
    hand.page.locator(f'a[href="/counter/exams/attendance/day/{session.pk}/"]').click()
    hand.page.wait_for_load_state()
    hand.look()
    hand.sees(session.get_subject_display())


def note_attendance(hand: Hand, session: Session, *, absent: tuple[str, ...] = ()) -> None:
    """These did not come, everybody else did; then the session is closed."""
    open_session(hand, session)
    for name in absent:
        row = hand.page.get_by_role("row").filter(has_text=name)
        row.get_by_label("缺考").check()
    hand.press(re.compile("^保存，其余 .* 人全部到考$"))
    hand.sees("全部登记完毕，可以结束本场。")
    hand.follow("结束登记…")
    hand.press("结束登记")
    hand.sees("本场已结束登记。")


def open_scores(hand: Hand, session: Session) -> None:
    """From the queue of scores to the session's page of them."""
    hand.go("/counter/exams/scoresheet/")
    hand.page.locator(f'a[href="/counter/exams/scoresheet/session/{session.pk}/"]').click()
    hand.page.wait_for_load_state()
    hand.look()


def enter_points(hand: Hand, session: Session, which: str, points: dict[str, int]) -> None:
    """One hand's readings of all papers; `which` is 一 or 二."""
    open_scores(hand, session)
    hand.follow(f"第{which}次录入")
    for name, value in points.items():
        hand.page.get_by_label(name, exact=True).fill(str(value))
    hand.press(f"保存第{which}次录入")


def settle(hand: Hand, session: Session, points: dict[str, int]) -> None:
    """The third reading, with the paper in hand, of what was read differently."""
    open_scores(hand, session)
    hand.follow(re.compile("^核对不一致"))
    for name, value in points.items():
        hand.page.get_by_label(name, exact=True).fill(str(value))
    hand.press("保存确认的分数")


def check_scores(hand: Hand, session: Session) -> None:
    open_scores(hand, session)
    hand.follow("核对成绩")
    hand.press("确认无误，等待公布")
    hand.sees("已核对，等待公布。")


def publish_scores(hand: Hand, session: Session, *, persons: int) -> None:
    open_scores(hand, session)
    hand.follow("公布成绩…")
    hand.press(f"公布 {persons} 人的成绩")
    hand.sees(f"已公布 {persons} 人的成绩。")


def propose_certificates(hand: Hand, *names: str) -> str:
    """From the queue of those who are due to a batch of these; returns the batch's address."""
    hand.go("/counter/")
    hand.follow(re.compile("^待发证"))
    for name in names:
        hand.page.get_by_label(f"选择{name}", exact=True).check()
    hand.press("所选人员列为一批")
    hand.sees(re.compile("已提出，共 .* 人，请另一位工作人员签发"))
    return hand.page.url


def issue_certificates(hand: Hand, batch: str, *, count: int) -> None:
    hand.go(batch)
    hand.follow(f"签发 {count} 张证书…")
    hand.press(f"签发 {count} 张证书")
    hand.sees(re.compile(f"已签发 {count} 张"))


def open_case(hand: Hand, application: Application, *, act: str, on: str, facts: str) -> str:
    """From the application, found by its number, to a case on an act found afterwards; returns the case's address."""
    counter.scan(hand, application.number)
    hand.follow("违纪立案")
    hand.page.get_by_label(re.compile(act)).check()
    hand.fill({"行为日期": on, "事实和证据": facts})
    hand.press("立案")
    hand.sees(re.compile("已立案，案号 .*。下一步：告知本人。"))
    return hand.page.url


def give_notice(hand: Hand, *, reasons: str) -> None:
    """On the case's page, with the facts as they were written when it was opened."""
    hand.fill({"理由": reasons})
    hand.press("发出告知")
    hand.sees(re.compile("已告知，本人会收到消息。"))


def find_case(hand: Hand, queue: str, case: str) -> None:
    """From the queue of this name to the case at this address."""
    hand.go("/counter/")
    hand.follow(re.compile(f"^{queue}"))
    hand.page.locator(f'a[href="{urlsplit(case).path}"]').first.click()
    hand.page.wait_for_load_state()
    hand.look()


def serve(hand: Hand, case: str, *, how: str) -> None:
    find_case(hand, "处理决定待送达", case)
    hand.page.locator("#id_how").fill(how)
    hand.press("登记送达")
    hand.sees("送达已登记，本人会收到消息。")


def hand_over(hand: Hand, certificate: Certificate) -> None:
    """Told first that it waits; then, from its number, to the holder who shows a document and signs."""
    hand.go("/counter/")
    hand.follow(re.compile("^证书待通知领取"))
    name = certificate.face["name"]
    hand.page.get_by_label(f"选择{name}", exact=True).check()
    hand.press("通知领取…")
    hand.press("通知 1 人领取")
    hand.sees("已通知 1 人。")
    hand.fill({"扫描证书二维码，或输入证书编号、申报号、证件号码、姓名": certificate.number})
    hand.page.get_by_role("button", name="查找").last.click()
    hand.page.wait_for_load_state()
    hand.look()
    assert hand.page.get_by_label(f"持证人本人：{name}").is_checked()
    hand.page.get_by_label(re.compile("已核对领取人的身份证件原件")).check()
    hand.press("登记已发放 1 张")
    hand.sees(f"已登记：{name}领取 1 张。")


def everything_holds() -> None:
    """Once the waiting messages are sent, no invariant is broken by what was done."""
    send_waiting()
    broken = {one.code: found for one in registry.invariants if (found := list(one.offenders()))}
    assert not broken
