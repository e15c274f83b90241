"""Ticket faces of people who do not exist, for measuring and rehearsing: distinct, repeatable, as heavy as real ones."""

import random
from datetime import date, datetime, timedelta

from applicants.portraits import portrait
from exams.tickets.face import Contact, Sitting, TicketFace
from portal.clock import SHANGHAI

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华慧建国志玉兰红梅文博雅婷思远嘉怡晨曦梓涵雨轩"
CONTACTS = (
    Contact("业务咨询", "021-62777131", "周一、周三 9:30–15:00"),
    Contact("协会监督电话", "021-62777131 转 8008", "工作日 9:30–15:00"),
    Contact("上海市职业技能鉴定中心监督电话", "400-820-9278", "工作日 9:30–11:00，13:30–16:30"),
)
DAY = datetime(2026, 10, 24, 9, 0, tzinfo=SHANGHAI)


def face(index: int) -> TicketFace:
    """The face of person `index`: own name, numbers, seat and photo, the same on every call."""
    chance = random.Random(index)  # noqa: S311 - sample data, nothing secret
    name = chance.choice(FAMILY) + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))
    birth = date(1968, 1, 1) + timedelta(days=chance.randrange(14_000))
    return TicketFace(
        number=f"20261004{index + 1:05d}",
        version=1,
        name=name,
        sex=chance.choice("男女"),
        document_kind="居民身份证",
        document_number=f"310105{birth:%Y%m%d}{chance.randrange(1000):03d}X",
        occupation="社群健康助理员",
        grade=4,
        retake=False,
        institution="",
        sittings=(
            Sitting(
                "theory",
                DAY,
                DAY + timedelta(minutes=90),
                "长宁考点",
                "长宁区延安西路 726 号 4 楼",
                "第 2 考场",
                index % 30 + 1,
            ),
            Sitting(
                "practical",
                DAY + timedelta(hours=4),
                DAY + timedelta(hours=5),
                "长宁考点",
                "长宁区延安西路 726 号 5 楼",
                "第 6 考场",
                index % 12 + 1,
            ),
        ),
        contacts=CONTACTS,
        opens_on=date(2026, 10, 16),
        issued_at=datetime(2026, 10, 15, 6, 0, tzinfo=SHANGHAI),
        photo=portrait(index),
    )
