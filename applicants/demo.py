"""People of the demo: staff of every group, and applicants with whole records. None of them exists.

Everything goes through the same actions as on the pages. Running it again changes nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.db import transaction

from applicants.accounts.actions import confirm_phone, open_account
from applicants.accounts.groups import ARRANGEMENT, LEAD, RECEPTION, SECOND, ensure_staff_groups
from applicants.accounts.models import Account
from applicants.identity.documents import DocumentKind, check_character, parse
from applicants.institutions.actions import add_member, open_institution
from applicants.institutions.models import Institution, InstitutionMember
from applicants.portraits import portrait
from applicants.records.actions import (
    add_evidence,
    add_photo,
    claim_document,
    open_record,
    save_entry,
    state_education,
    use_photo,
)
from applicants.records.models import Fact, Job, Person
from portal import clock, pdf
from portal.files.intake import EvidenceResult, check_evidence, check_photo

PASSWORD = "yanshi-2026"  # noqa: S105 - printed by the demo for everybody to see
OCCUPATION = "4-14-01-04"
PAPERS = {"work_proof": "工作年限证明", "identity_document": "身份证件复印件"}
STAFF = (
    ("周敏", RECEPTION, "13800000001"),
    ("沈岚", SECOND, "13800000002"),
    ("顾晓峰", ARRANGEMENT, "13800000003"),
    ("许正平", LEAD, "13800000004"),
    ("蒋文", SECOND, "13800000007"),
)

INSTITUTION = ("上海市长宁区康宁职业技能培训学校", "民3101057000123")
MEMBERS = (("林晓", "filer", "13800000005"), ("顾明", "reviewer", "13800000006"))


@dataclass(frozen=True)
class Applicant:
    """One applicant of the demo. Years are counted back from today; `document` is a number, or made from `born`."""

    key: str
    name: str
    phone: str
    story: str
    born: date = date(1986, 5, 12)
    woman: bool = True
    education: str = "senior_high"
    worked_years: int = 6
    employer: str = "长宁区新华路街道社区卫生服务中心"
    position: str = "社群健康助理"
    document_of: str = ""
    joined_ago: int = 30


APPLICANTS = (
    Applicant("new", "李娜", "13800000010", "刚注册，资料还没有填", worked_years=0),
    Applicant("draft", "林晓燕", "13800000011", "申报填写中（四级）", born=date(1994, 8, 21), worked_years=5),
    Applicant(
        "submitted",
        "王建国",
        "13800000012",
        "已提交，待窗口审核（四级）",
        woman=False,
        born=date(1979, 11, 3),
    ),
    Applicant(
        "special",
        "阿依努尔·买买提",
        "13800000013",
        "已提交，申请了合理便利，等了一周",
        born=date(1988, 2, 29),
        worked_years=7,
        employer="静安区曹家渡社区健康服务站",
    ),
    Applicant("returned", "赵敏", "13800000014", "被退回补正", born=date(1991, 7, 7)),
    Applicant("unpaid", "陈志远", "13800000015", "审核通过，待缴费", woman=False, born=date(1983, 1, 19)),
    Applicant("paid", "孙丽", "13800000016", "已缴费，待安排座位", born=date(1990, 12, 30), worked_years=8),
    Applicant(
        "seated", "周文博", "13800000017", "已排座位，准考证未到开放日", woman=False, born=date(1987, 4, 2)
    ),
    Applicant("ticket", "马\U0002c029", "13800000018", "准考证已开放（姓名有生僻字）", born=date(1992, 9, 9)),
    Applicant(
        "senior",
        "吴梅",
        "13800000019",
        "准考证已开放（三级，十年工作经历）",
        born=date(1976, 6, 18),
        worked_years=12,
    ),
    Applicant("rejected", "钱进", "13800000020", "审核不通过", woman=False, born=date(1995, 10, 1)),
    Applicant(
        "conflict",
        "陈远志",
        "13800000021",
        "填了与陈志远相同的证件号码，等窗口核对",
        woman=False,
        born=date(1983, 1, 19),
        document_of="unpaid",
    ),
    *(
        Applicant(key, name, phone, story, born=born, woman=woman, worked_years=7, joined_ago=70)
        for key, name, phone, story, born, woman in (
            ("retake", "何静", "13800000022", "理论合格、操作不合格，可申报补考", date(1989, 3, 15), True),
            ("certified", "郭秀云", "13800000023", "全部合格，证书待领取", date(1981, 4, 18), True),
            (
                "doubted",
                "谭丽",
                "13800000024",
                "已发证，事后查出材料问题，案件待决定",
                date(1990, 6, 6),
                True,
            ),
            ("barred", "曹宇", "13800000025", "违纪处理，成绩取消、禁考中", date(1993, 2, 14), False),
            ("sat", "邓凯", "13800000026", "刚考完，等成绩", date(1985, 9, 27), False),
            ("absent", "田芳", "13800000027", "缺考，可提交缺考事由", date(1988, 12, 5), True),
            ("accused", "蒋磊", "13800000028", "收到拟处理告知，可陈述申辩", date(1991, 1, 11), False),
        )
    ),
)


def seed_demo() -> None:
    """Make whoever is missing."""
    ensure_staff_groups()
    for name, group, phone in STAFF:
        if Account.objects.by_phone(f"+86{phone}") is None:
            _make_staff(name, group, phone)
    if not Institution.objects.filter(name=INSTITUTION[0]).exists():
        _make_institution()
    for index, one in enumerate(APPLICANTS):
        if Account.objects.by_phone(f"+86{one.phone}") is None:
            # Weeks ago, so that everything that follows has its past.
            with clock.rehearse(clock.now() - timedelta(days=one.joined_ago)), transaction.atomic():
                _make_applicant(one, seed=index)


def demo_logins() -> list[tuple[str, str, str, str]]:
    """(who, phone, password, what there is to see) for the table the demo prints."""
    staff = [(f"{name}（{group}）", phone, PASSWORD, "受理窗口 /counter/") for name, group, phone in STAFF]
    staff += [
        (f"{name}（机构{InstitutionMember.Role(role).label}）", phone, PASSWORD, "机构办理 /institution/")
        for name, role, phone in MEMBERS
    ]
    return staff + [(one.name, one.phone, PASSWORD, one.story) for one in APPLICANTS]


def demo_staff(group: str) -> Account:
    """The demo's member of a staff group."""
    phone = next(phone for _, of_group, phone in STAFF if of_group == group)
    account = Account.objects.by_phone(f"+86{phone}")
    assert account is not None, "staff are made first"
    return account


def demo_members() -> list[InstitutionMember]:
    """Who acts for the demo's institution."""
    members = InstitutionMember.objects.filter(institution__name=INSTITUTION[0], ended_at=None)
    return list(members.select_related("account", "institution"))


def demo_person(key: str) -> Person:
    """The demo's applicant by key."""
    phone = next(one.phone for one in APPLICANTS if one.key == key)
    return Person.objects.select_related("account").get(account=Account.objects.by_phone(f"+86{phone}"))


def claim_demo_document(key: str) -> None:
    """Let a demo applicant claim their own document, or the one of `document_of`."""
    one = next(one for one in APPLICANTS if one.key == key)
    owner = next((other for other in APPLICANTS if other.key == one.document_of), one)
    person = demo_person(key)
    assert person.account is not None
    claim_document(
        actor=person.account,
        person=person,
        document=parse(
            DocumentKind.RESIDENT_ID,
            demo_resident_id(owner.born, woman=owner.woman, place=APPLICANTS.index(owner)),
            on=clock.today(),
        ),
        name=one.name,
        sex="female" if one.woman else "male",
        birth_date=one.born,
    )


def _make_staff(name: str, group: str, phone: str) -> None:
    with transaction.atomic():
        account = Account(name=name, phone=f"+86{phone}", is_staff=True, joined_at=clock.now())
        account.set_password(PASSWORD)
        account.save(force_insert=True)
        confirm_phone(account=account, phone=f"+86{phone}")
        account.groups.add(Group.objects.get(name=group))


def _make_institution() -> None:
    """With its two members, opened by the lead a month ago."""
    lead = demo_staff(LEAD)
    with clock.rehearse(clock.now() - timedelta(days=30)), transaction.atomic():
        institution = open_institution(actor=lead, name=INSTITUTION[0], permit_number=INSTITUTION[1])
        for name, role, phone in MEMBERS:
            account = open_account(name=name, phone=f"+86{phone}", password=PASSWORD)
            confirm_phone(account=account, phone=f"+86{phone}")
            account = Account.objects.get(pk=account.pk)
            add_member(actor=lead, institution=institution, account=account, role=role)


def _make_applicant(one: Applicant, *, seed: int) -> None:
    account = open_account(name=one.name, phone=f"+86{one.phone}", password=PASSWORD)
    confirm_phone(account=account, phone=f"+86{one.phone}")
    account = Account.objects.get(pk=account.pk)
    person = open_record(actor=account)
    if not one.worked_years:
        return
    if not one.document_of:
        claim_demo_document(one.key)
        person = demo_person(one.key)
    checked = check_photo(portrait(seed, (700, 980), quality=88), "照片.jpg")
    use_photo(actor=account, photo=add_photo(actor=account, person=person, checked=checked))
    state_education(actor=account, person=person, general_education=one.education)
    began = _years_ago(one.worked_years)
    job = Job(id=uuid4(), person=person, occupation_code=OCCUPATION, added_at=clock.now())
    _add(
        account,
        job,
        employer=one.employer,
        position=one.position,
        relation="same",
        started_on=began,
        left_on=None,
        witness_name="吴建华",
        witness_phone="+8613900000088",
    )
    _prove(account, person, "work_proof", job)
    _prove(account, person, "identity_document", None)


def _add(account: Account, entry: Fact, **values: Any) -> None:
    save_entry(actor=account, entry=entry, values=values)


def _prove(account: Account, person: Person, code: str, entry: Fact | None) -> None:
    add_evidence(actor=account, person=person, code=code, checked=_evidence(code), entry=entry)


@cache
def _evidence(code: str) -> EvidenceResult:
    """A page that says it proves nothing, checked like any other."""
    title = PAPERS[code]
    return check_evidence(pdf.render("applicants/demo_evidence.html", {}, title=title), f"{title}.pdf")


def demo_resident_id(born: date, *, woman: bool, place: int) -> str:
    """A number that is valid and, within the demo, nobody else's: `place` tells apart who is born on one day."""
    serial = 100 + place * 2 + (0 if woman else 1)
    number = f"310105{born:%Y%m%d}{serial:03d}"
    return number + check_character(number)


def _years_ago(years: int) -> date:
    """1 March so long ago that the years are full whatever the day."""
    today = clock.today()
    return date(today.year - years - (today.month <= 3), 3, 1)
