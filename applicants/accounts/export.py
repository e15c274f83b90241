"""Everything held on a person, for that person: JSON with Chinese names, and the files as they were handed in."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Any

from allauth.usersessions.models import UserSession
from django.db.models import ForeignKey, Model

from applicants.accounts.devices import device_name
from applicants.records.models import Consent, Evidence, Person, Photo
from portal import clock, registry
from portal.audit.models import AccessEntry, AuditEntry
from portal.audit.words import in_words, look_in_words
from portal.crypto import SealedJSONField
from portal.files import store
from portal.messages.models import Message

FACTS = (
    ("身份证件", "documents"),
    ("工作经历", "jobs"),
    ("职业技能证书", "credentials"),
    ("职称", "titles"),
    ("学习经历", "schooling"),
)


def person_data(person: Person) -> dict[str, Any]:
    """What every app holds on the person, as JSON values."""
    data: dict[str, Any] = {"导出时间": plain(clock.now()), "基本信息": row_values(person)}
    if person.account:
        data["账号"] = row_values(person.account, skip={"password", "username", "is_superuser"})
        data["登录设备"] = [
            {"时间": plain(login.created_at), "设备": device_name(login.user_agent), "网络地址": login.ip}
            for login in UserSession.objects.filter(user=person.account).order_by("created_at")
        ]
        data["消息"] = rows_values(Message.objects.filter(account=person.account).order_by("created_at"))
    for title, name in FACTS:
        data[title] = rows_values(getattr(person, name).all())
    data["单独同意"] = rows_values(Consent.objects.filter(person=person).order_by("at"))
    data["照片和证明材料"] = [
        {
            "文件": name,
            "上传时间": plain(row.added_at),
            "提交": row.institution.name if row.institution else "本人",
        }
        for name, row in _files(person)
    ]
    for holding in registry.holdings:
        data.update(holding.export(person))
    withheld = {key for holding in registry.holdings for key in holding.withheld(person)}
    deeds = (
        AuditEntry.objects.filter(person_id=str(person.pk)).exclude(subject_id__in=withheld).order_by("at")
    )
    looks = (
        AccessEntry.objects.filter(person_id=str(person.pk)).exclude(subject_id__in=withheld).order_by("at")
    )
    data["操作记录"] = [{"时间": plain(entry.at), "动作": in_words(entry.action)} for entry in deeds]
    data["查看和下载记录"] = [
        {"时间": plain(entry.at), "类别": look_in_words(entry.kind), "理由": entry.reason} for entry in looks
    ]
    return data


def person_archive(person: Person) -> bytes:
    """A ZIP of `person_data` and the files; at most the quota of files, FILE_QUOTA_BYTES."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("资料.json", json.dumps(person_data(person), ensure_ascii=False, indent=2))
        for name, row in _files(person):
            archive.writestr(f"文件/{name}", store.read(row.file))
    return held.getvalue()


def rows_values(rows: Iterable[Model]) -> list[dict[str, Any]]:
    return [row_values(row) for row in rows]


def row_values(row: Model, skip: Iterable[str] = ()) -> dict[str, Any]:
    """A row as Chinese field name → readable value; keys, indexes and links to other rows are left out."""
    values = {}
    for field in row._meta.fields:
        internal = field.primary_key or isinstance(field, ForeignKey) or "index" in field.name
        if internal or field.name in skip:
            continue
        shown = getattr(row, f"get_{field.name}_display", None)
        value = shown() if shown else getattr(row, field.attname)
        values[str(field.verbose_name)] = value if isinstance(field, SealedJSONField) else plain(value)
    return values


def plain(value: Any) -> Any:
    """Moments and days as people read them, in Shanghai; everything else as it is."""
    if isinstance(value, datetime):
        return f"{value.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return value.isoformat() if isinstance(value, date) else value


def _files(person: Person) -> Iterator[tuple[str, Photo | Evidence]]:
    """Each file handed in by or for the person and not removed, under a name of its own."""
    rows: list[Photo | Evidence] = [*person.photos.select_related("file", "institution")]
    rows += person.evidence.select_related("file", "institution").filter(removed_at=None)
    for serial, row in enumerate((row for row in rows if row.file.discarded_at is None), 1):
        yield f"{serial:02d}-{row.file.display_name}", row
