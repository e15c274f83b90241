"""The nineteen routes of Annex 1 (技术规程 2023): one function each, named after its number.

A route is met when all its requirements are. Each function takes the case and returns its requirements in
the order of the clause's words; how the words are read stands in `requirements` and, where the text leaves
it open, in its docstring here.
"""

from __future__ import annotations

from collections.abc import Callable

from portal.rules.dated import SINCE_EVER, Dated
from portal.rules.requirements import (
    Case,
    Requirement,
    age,
    credential,
    credential_dates,
    credential_held,
    in_job,
    intention,
    schooling,
    title,
    title_dates,
    work,
    work_after,
)

Route = Callable[[Case], tuple[Requirement, ...]]

TECHNICIAN_CLASSES = ("preparatory_technician_class", "technician_class")
SENIOR_CLASSES = ("senior_class", *TECHNICIAN_CLASSES)
HIGHER_EDUCATION = ("higher_vocational", "junior_college", "bachelor", "postgraduate")
VOCATIONAL_AND_UP = ("intermediate_class", *SENIOR_CLASSES, "secondary_vocational", *HIGHER_EDUCATION)
WITH_FINAL_YEAR = ("graduated", "final_year")
"""毕业证书（含在读应届毕业生）."""


def _credential_then_work(case: Case, grade: int, years: int) -> tuple[Requirement, ...]:
    dates = credential_dates(case.facts, grade)
    return (
        credential(case, grade=grade),
        work_after(case, dates, years=years, fact="work_after_credential"),
    )


def _title_then_work(case: Case, rank: str, years: int) -> tuple[Requirement, ...]:
    dates = title_dates(case.facts, rank)
    return title(case, rank=rank), work_after(case, dates, years=years, fact="work_after_title")


def route_1_1(case: Case) -> tuple[Requirement, ...]:
    """TR2023-1.1: sixteen, and means to work in the occupation or a related one."""
    return age(case), intention(case)


def route_1_2(case: Case) -> tuple[Requirement, ...]:
    """TR2023-1.2: sixteen, and at work in the occupation or a related one on that very day (from ≤ day ≤ to).

    The only route that time can close: a job for a fixed term ends.
    """
    old_enough = age(case)
    return old_enough, in_job(case, not_before=old_enough.opens)


def route_2_1(case: Case) -> tuple[Requirement, ...]:
    """TR2023-2.1: 5 years of work in the occupation or a related one."""
    return (work(case, years=5),)


def route_2_2(case: Case) -> tuple[Requirement, ...]:
    """TR2023-2.2: a grade 5 certificate, then 3 years of work after it."""
    return _credential_then_work(case, grade=5, years=3)


def route_2_3(case: Case) -> tuple[Requirement, ...]:
    """TR2023-2.3: technical or secondary vocational schooling or above, in the major; final year included."""
    return (schooling(case, programmes=VOCATIONAL_AND_UP, statuses=WITH_FINAL_YEAR),)


def route_3_1(case: Case) -> tuple[Requirement, ...]:
    """TR2023-3.1: 10 years of work in the occupation or a related one."""
    return (work(case, years=10),)


def route_3_2(case: Case) -> tuple[Requirement, ...]:
    """TR2023-3.2: a grade 4 certificate, then 4 years of work after it."""
    return _credential_then_work(case, grade=4, years=4)


def route_3_3(case: Case) -> tuple[Requirement, ...]:
    """TR2023-3.3: a corresponding junior title, then 1 year of work after it."""
    return _title_then_work(case, rank="junior", years=1)


def route_3_4(case: Case) -> tuple[Requirement, ...]:
    """TR2023-3.4: a technical school's senior class or above, in the major; final year included."""
    return (schooling(case, programmes=SENIOR_CLASSES, statuses=WITH_FINAL_YEAR),)


def route_3_5(case: Case) -> tuple[Requirement, ...]:
    """TR2023-3.5: a grade 4 certificate and higher education in the major; final year included.

    The order in which the two were obtained does not matter.
    """
    return (
        credential(case, grade=4),
        schooling(case, programmes=HIGHER_EDUCATION, statuses=WITH_FINAL_YEAR),
    )


def route_3_6(case: Case) -> tuple[Requirement, ...]:
    """TR2023-3.6: higher education in a major on the list 经评估论证; final year included."""
    return (schooling(case, programmes=HIGHER_EDUCATION, statuses=WITH_FINAL_YEAR, approved=True),)


def route_4_1(case: Case) -> tuple[Requirement, ...]:
    """TR2023-4.1: a grade 3 certificate, then 5 years of work after it."""
    return _credential_then_work(case, grade=3, years=5)


def route_4_2(case: Case) -> tuple[Requirement, ...]:
    """TR2023-4.2: 5 years of work after a corresponding junior title and 1 year after a grade 3 certificate.

    Two counts, each from its own date; the same work may serve both.
    """
    return *_title_then_work(case, rank="junior", years=5), *_credential_then_work(case, grade=3, years=1)


def route_4_3(case: Case) -> tuple[Requirement, ...]:
    """TR2023-4.3: a corresponding intermediate title, then 1 year of work after it."""
    return _title_then_work(case, rank="intermediate", years=1)


def route_4_4(case: Case) -> tuple[Requirement, ...]:
    """TR2023-4.4: a grade 3 certificate, graduation from a senior technical school or technician college, 2
    years.

    All years of work count, not only those after the certificate; any programme and major of such a school.
    """
    return (
        credential(case, grade=3),
        schooling(
            case,
            schools=("senior_technical_school", "technician_college"),
            statuses=("graduated",),
            any_major=True,
        ),
        work(case, years=2),
    )


def route_4_5(case: Case) -> tuple[Requirement, ...]:
    """TR2023-4.5: two years after a grade 3 certificate, a student of a technician college's technician
    class.

    A student (studying or in the final year), of whatever major; whoever has graduated is one no more.
    """
    return (
        credential(case, grade=3),
        credential_held(case, grade=3, years=2),
        schooling(
            case,
            programmes=TECHNICIAN_CLASSES,
            schools=("technician_college",),
            statuses=("studying", "final_year"),
            any_major=True,
        ),
    )


def route_5_1(case: Case) -> tuple[Requirement, ...]:
    """TR2023-5.1: a grade 2 certificate, then 5 years of work after it."""
    return _credential_then_work(case, grade=2, years=5)


def route_5_2(case: Case) -> tuple[Requirement, ...]:
    """TR2023-5.2: 5 years of work after a corresponding intermediate title and 1 year after a grade 2
    certificate.

    The text does not repeat （专业技术人员职业资格） here; it is read as everywhere else.
    """
    return *_title_then_work(case, rank="intermediate", years=5), *_credential_then_work(
        case, grade=2, years=1
    )


def route_5_3(case: Case) -> tuple[Requirement, ...]:
    """TR2023-5.3: a corresponding senior title, then 1 year of work after it."""
    return _title_then_work(case, rank="senior", years=1)


TR2023: dict[int, dict[str, Route]] = {
    5: {"TR2023-1.1": route_1_1, "TR2023-1.2": route_1_2},
    4: {"TR2023-2.1": route_2_1, "TR2023-2.2": route_2_2, "TR2023-2.3": route_2_3},
    3: {
        "TR2023-3.1": route_3_1,
        "TR2023-3.2": route_3_2,
        "TR2023-3.3": route_3_3,
        "TR2023-3.4": route_3_4,
        "TR2023-3.5": route_3_5,
        "TR2023-3.6": route_3_6,
    },
    2: {
        "TR2023-4.1": route_4_1,
        "TR2023-4.2": route_4_2,
        "TR2023-4.3": route_4_3,
        "TR2023-4.4": route_4_4,
        "TR2023-4.5": route_4_5,
    },
    1: {"TR2023-5.1": route_5_1, "TR2023-5.2": route_5_2, "TR2023-5.3": route_5_3},
}
"""Routes by grade, in the order of the annex."""

EDITIONS = (Dated(SINCE_EVER, TR2023, "《国家职业标准编制技术规程（2023年版）》，由 2026 年通知附件1 引用"),)
"""Editions of the routes by the day from which they are applied."""
