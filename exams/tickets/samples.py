"""Ticket faces of people who do not exist, for measuring and rehearsing: distinct, repeatable, as heavy as real ones."""

import io
import random
from datetime import date, datetime, timedelta

from PIL import Image, ImageDraw, ImageFilter

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
PHOTO_SIZE = (413, 579)


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
        photo=_photo(chance),
    )


def _photo(chance: random.Random) -> bytes:
    """Head and shoulders before white, with a photograph's grain: a JPEG of 20 to 30 KB."""
    width, height = PHOTO_SIZE
    skin = tuple(level - chance.randrange(30) for level in (235, 200, 175))
    cloth = tuple(chance.randrange(30, 160) for _ in range(3))
    hair = tuple(chance.randrange(15, 60) for _ in range(3))
    picture = Image.new("RGB", PHOTO_SIZE, "white")
    draw = ImageDraw.Draw(picture)
    wide = chance.randrange(88, 104)
    middle = width // 2
    draw.ellipse((10, 430, width - 10, 900), fill=cloth)
    draw.rectangle((middle - 42, 360, middle + 42, 460), fill=skin)
    draw.ellipse((middle - wide - 12, 80, middle + wide + 12, 360), fill=hair)
    draw.ellipse((middle - wide, 120, middle + wide, 400), fill=skin)
    for side in (-1, 1):
        eye = middle + side * 42
        draw.ellipse((eye - 15, 236, eye + 15, 254), fill="white")
        draw.ellipse((eye - 8, 236, eye + 8, 254), fill=hair)
        draw.line((eye - 20, 220, eye + 20, 218), fill=hair, width=6)
    draw.line((middle, 256, middle - 8, 306, middle + 8, 308), fill=cloth, width=3)
    draw.arc((middle - 32, 320, middle + 32, 356), 20, 160, fill=(150, 70, 70), width=5)
    picture = picture.filter(ImageFilter.GaussianBlur(2))
    grain = Image.frombytes("L", PHOTO_SIZE, chance.randbytes(width * height)).convert("RGB")
    out = io.BytesIO()
    Image.blend(picture, grain, 0.045).save(out, "JPEG", quality=62)
    return out.getvalue()
