"""What an authority must be told of certificates that ended: their data are public there (N2026-3, A3-end)."""

from collections.abc import Iterator
from datetime import datetime

from certificates.models import Certificate, Ending
from exams.conduct.models import Case, Decision, ToldItem
from exams.conduct.telling import Duty
from portal import clock
from portal.rules.wording import day_text


def certificate_duties() -> Iterator[Duty]:
    """One for each confirmed ending; of a decision's, taken back once the certificate is valid again.

    A decision reversed whose certificate stays void for another reason leaves the duty as it is (docs/adr/0087).
    """
    endings = (
        Ending.objects.filter(confirmed_at__isnull=False)
        .select_related("certificate__person", "certificate__replaced_by")
        .order_by("confirmed_at")
    )
    rows = list(endings)
    decisions = Decision.objects.filter(pk__in=[one.decision_id for one in rows if one.decision_id])
    cases: dict[object, Case] = {
        one.pk: one.case for one in decisions.select_related("case__person", "case__act")
    }
    for ending in rows:
        assert ending.confirmed_at is not None
        back = ""
        if ending.undone_at is not None:
            back = f"证书于 {_day(ending.undone_at)} 恢复有效，报告主管部门恢复证书数据。"
        yield Duty(
            kind=ToldItem.Kind.CERTIFICATE,
            about=ending.pk,
            person=ending.certificate.person,
            title=f"证书 {ending.certificate.number}",
            since=clock.local_day(ending.undone_at or ending.confirmed_at),
            text=_text(ending),
            taken_back=back,
            case=cases.get(ending.decision_id),
        )


def _text(ending: Ending) -> str:
    certificate: Certificate = ending.certificate
    assert ending.confirmed_at is not None
    day = _day(ending.confirmed_at)
    if ending.kind in (Ending.Kind.REISSUE, Ending.Kind.CORRECTION):
        return f"{day} 换发为 {certificate.replaced_by.number}，报告主管部门更新已上网的证书数据。"
    clause = "（附件3 末段）" if ending.kind == Ending.Kind.DECISION else ""
    return f"{day} 作废，报告主管部门撤销已上网的证书数据{clause}。"


def _day(at: datetime) -> str:
    return day_text(clock.local_day(at))
