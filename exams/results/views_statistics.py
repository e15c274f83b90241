"""统计: charts of how it goes, each with its table."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from exams.filing.models import Status
from exams.results import statistics
from portal import charts, clock
from portal.access import staff
from portal.counter.acting import page
from portal.rules.wording import money_text

MOST_INSTITUTIONS = 15


@dataclass(frozen=True)
class Figure:
    """A chart with its table: `heads` over `rows`, the first cell of a row being its head."""

    code: str
    title: str
    note: str
    chart: SafeString
    heads: list[str]
    rows: list[list[str]]
    legend: tuple[str, ...] = ()


@staff("portal.view_auditentry", "GET")
def statistics_page(request: HttpRequest) -> HttpResponse:
    months = statistics.last_months(clock.today())
    figures = [_applications(months), *_pass_rates(), _fees(months), _review(months)]
    return page(request, "admin/exams/statistics.html", title="统计", figures=figures)


def _applications(months: list[statistics.Month]) -> Figure:
    found = statistics.applications_by_month(months)
    states = [state for state in statistics.STATES if any(found[month][state] for month in months)]
    names = [str(Status(state).label) for state in states]
    series = [
        charts.Series(name, [found[month][state] for month in months])
        for name, state in zip(names, states, strict=True)
    ] or [charts.Series("申报", [0] * len(months))]
    title = "各月申报和目前状态"
    return Figure(
        "applications",
        title,
        "按最近一次提交的月份；状态是今天的。",
        charts.bars(code="applications", title=title, labels=_labels(months), series=series, unit=" 份"),
        ["月份", *names, "合计"],
        [
            [label, *(str(found[month][state]) for state in states), str(found[month].total())]
            for label, month in zip(_labels(months), months, strict=True)
        ],
        legend=tuple(names),
    )


def _pass_rates() -> list[Figure]:
    figures = []
    for by, title in (("subject", "各科目合格率"), ("institution", "各机构合格率")):
        found = statistics.pass_rates(by)
        shown = found[:MOST_INSTITUTIONS]
        rates = [round(100 * passed / sat, 1) for _, sat, passed in shown]
        more = f"图上是人次最多的 {MOST_INSTITUTIONS} 个。" if len(found) > len(shown) else ""
        figures.append(
            Figure(
                by,
                title,
                f"合格人次占到考人次的比例，只计已公布的成绩。{more}",
                charts.bars(
                    code=by,
                    title=title,
                    labels=[name for name, _, _ in shown],
                    series=[charts.Series("合格率", rates)],
                    unit="%",
                    most=100,
                ),
                ["科目" if by == "subject" else "机构", "到考人次", "合格人次", "合格率"],
                [[name, str(sat), str(passed), f"{100 * passed / sat:.1f}%"] for name, sat, passed in found],
            )
        )
    return figures


def _fees(months: list[statistics.Month]) -> Figure:
    found = statistics.fees_by_month(months)
    title = "各月收费"
    return Figure(
        "fees",
        title,
        "按到账日；已冲正的不计，退费另列，按退还日。",
        charts.bars(
            code="fees",
            title=title,
            labels=_labels(months),
            series=[charts.Series("收费", [found[month][0] / 100 for month in months])],
            unit=" 元",
        ),
        ["月份", "收费", "退费", "净额"],
        [
            [label, money_text(taken), money_text(given), money_text(taken - given)]
            for label, (taken, given) in zip(_labels(months), found.values(), strict=True)
        ],
    )


def _review(months: list[statistics.Month]) -> Figure:
    found = statistics.review_days(months)
    title = "审核用时"
    return Figure(
        "review",
        title,
        "从提交到审核决定（通过、退回或不通过）的工作日数，取当月各件的中位数。",
        charts.line(
            code="review",
            title=title,
            labels=[f"{month}月" for _, month in months],
            values=list(found.values()),
            unit=" 个工作日",
        ),
        ["月份", "工作日（中位数）"],
        [
            [label, "—" if value is None else f"{value:g}"]
            for label, value in zip(_labels(months), found.values(), strict=True)
        ],
    )


def _labels(months: list[statistics.Month]) -> list[str]:
    return [f"{year}年{month}月" for year, month in months]
