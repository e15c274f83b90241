"""The parts pages are made of."""

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from portal.forms import DayField


def wide(digits: str) -> str:
    """Full-width digits, as a Chinese keyboard types them."""
    return "".join(chr(ord(digit) + 0xFEE0) for digit in digits)


def render(source: str, **context) -> str:
    return Template("{% load crispy_forms_filters %}" + source).render(Context(context))


class ExampleForm(forms.Form):
    name = forms.CharField(label="姓名", help_text="与证件一致")
    born = DayField(label="出生日期", noun="出生日期")
    sex = forms.ChoiceField(label="性别", choices=[("m", "男"), ("f", "女")], widget=forms.RadioSelect)
    remark = forms.CharField(label="备注", required=False)
    agree = forms.BooleanField(label="我承诺属实")


def test_error_summary_links_to_an_element_that_exists():
    form = ExampleForm({"born_0": "1990", "born_1": "2", "born_2": "30"})
    html = render("{% error_summary form %}{{ form|crispy }}", form=form)
    for target in ("id_name", "id_born_0", "id_sex_0", "id_agree"):
        assert f'href="#{target}"' in html
        assert f'id="{target}"' in html
    assert "有 4 处需要改正" in html
    for sentence in ("请填写姓名。", "请选择性别。", "请勾选：我承诺属实。", "没有 1990 年 2 月 30 日"):
        assert html.count(sentence) == 2  # in the summary and at the field


def test_error_is_described_to_the_box_it_belongs_to():
    html = render("{{ form|crispy }}", form=ExampleForm({}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_no_errors_no_summary():
    assert not render("{% error_summary form %}", form=ExampleForm()).strip()


def test_choices_and_dates_stand_in_a_fieldset_and_optional_fields_say_so():
    html = render("{{ form|crispy }}", form=ExampleForm())
    assert html.count("<legend>") == 2
    assert html.count("（选填）") == 1


@pytest.mark.parametrize(
    "typed",
    [
        ("2026-3-5", "", ""),
        ("20260305", "", ""),
        ("2026年3月5日", "", ""),
        (wide("2026"), wide("3"), wide("5")),
    ],
)
def test_day_is_understood_however_it_is_typed(typed):
    class OneDay(forms.Form):
        on = DayField(label="日期", noun="日期")

    form = OneDay({f"on_{box}": text for box, text in enumerate(typed)})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["on"].isoformat() == "2026-03-05"


def test_page_links_keep_the_filters():
    request = RequestFactory().get("/list/", {"state": "submitted", "page": "2"})
    html = render("{% page_links page %}", page=Paginator(range(200), 50).get_page(2), request=request)
    assert "?state=submitted&amp;page=3" in html
    assert "第 51–100 条，共 200 条" in html


def test_what_people_wrote_is_escaped_everywhere():
    wild = "<script>x</script>"
    html = render(
        "{% status_tag 'done' wild %}{% notice title=wild %}{{ wild }}{% endnotice %}{% summary_list rows %}"
        "{% timeline steps %}{% task_list tasks %}{% panel title=wild number=wild %}{% endpanel %}",
        wild=wild,
        rows=[{"key": wild, "value": wild, "url": '"><script>'}],
        steps=[{"state": "now", "title": wild, "when": wild, "text": wild}],
        tasks=[{"title": wild, "kind": "todo", "status": wild, "hint": wild}],
    )
    assert "<script>" not in html


def test_a_status_is_a_word_and_a_shape():
    shapes = {render("{% status_tag kind '词' %}", kind=kind).split('d="')[1] for kind in
              ("todo", "active", "done", "attention", "refused", "quiet")}  # fmt: skip
    assert len(shapes) == 6
