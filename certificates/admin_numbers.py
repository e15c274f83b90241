"""Numbers at the counter: a sheet of those the authority gave out, and where the association's own series begin."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from certificates.importing import COLUMN, import_numbers, open_series, read_numbers
from portal import clock
from portal.access import staff
from portal.counter.acting import act, data
from portal.rules.wording import GRADE_FULL_NAMES

MANAGE = "certificates.manage_numbers"


class NumbersForm(forms.Form):
    """The sheet; what is in it is judged by the action."""

    file = forms.FileField(
        label="编号文件",
        allow_empty_file=True,
        help_text=f"Excel 表，其中一列的标题为“{COLUMN}”，每行一个 22 位编号。按表中的次序使用。",
        error_messages={"required": "请选择文件。", "invalid": "请重新选择文件。"},
    )


class SeriesForm(forms.Form):
    """A year, a grade, and the first serial."""

    year = forms.TypedChoiceField(label="年度", coerce=int)
    grade = forms.TypedChoiceField(label="等级", coerce=int, choices=list(GRADE_FULL_NAMES.items()))
    first_serial = forms.IntegerField(
        label="起始顺序号",
        help_text="编号最后 6 位。例如本年度已经发到 000120，这里填 121。",
        error_messages={"required": "请填写起始顺序号。", "invalid": "请填写整数。"},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        year = clock.today().year
        self.fields["year"].choices = [(one, f"{one} 年") for one in (year, year + 1)]  # type: ignore[attr-defined]


@staff(MANAGE, "GET", "POST")
def import_page(request: HttpRequest) -> HttpResponse:
    """All numbers of a sheet, or none with the reason of each row."""
    return act(
        request,
        NumbersForm(data(request), request.FILES or None),
        lambda typed: import_numbers(
            actor=request.user, numbers=read_numbers(typed["file"].read(), typed["file"].name)
        ),
        title="导入证书编号",
        words=(
            "主管部门统一发放编号的，在这里导入。签发证书时先用导入的编号，用完以后再按本会的顺序号编。",
            "整张表都没有问题才会导入；有问题的行会逐行指出。导入以后不能删除。",
        ),
        button="导入编号",
        done=lambda count: f"已导入 {count} 个编号。",
        back=reverse("admin:certificates_importednumber_changelist"),
    )


@staff(MANAGE, "GET", "POST")
def series_page(request: HttpRequest) -> HttpResponse:
    return act(
        request,
        SeriesForm(data(request)),
        lambda typed: open_series(actor=request.user, **typed),
        title="设定证书号段",
        words=(
            "只在本系统启用以前，当年已经发过证书时需要设定。不设定的从 1 起。",
            "第一张证书编号以后，起始顺序号不能再改。",
        ),
        button="设定起始顺序号",
        done=lambda series: f"{series.year} 年的号段已设定，从 {series.first_serial} 起。",
        back=reverse("admin:certificates_numberseries_changelist"),
    )
