"""「我能报哪一级」: answers by route and date; nothing typed is lost; nothing is stored."""

import re
from datetime import date

import pytest
from django.urls import reverse

from exams.catalogue.models import Offering
from tests.factories import load_catalogue

pytestmark = pytest.mark.django_db

PERSON = {
    "birth_date_0": "1990",
    "birth_date_1": "5",
    "birth_date_2": "31",
    "general_education": "senior_high",
}
JOB = {
    "jobs-TOTAL_FORMS": "1",
    "jobs-0-relation": "same",
    "jobs-0-from_day_0": "2021",
    "jobs-0-from_day_1": "3",
    "jobs-0-from_day_2": "11",
}


def wide(digits: str) -> str:
    """Full-width digits, as a Chinese keyboard types them."""
    return "".join(chr(ord(digit) + 0xFEE0) for digit in digits)


@pytest.fixture(autouse=True)
def catalogue(frozen_day) -> None:
    frozen_day(date(2026, 3, 10))
    load_catalogue()


@pytest.fixture
def ask(client):
    def post(*parts: dict[str, str], do: str = "judge") -> str:
        response = client.post(
            reverse("explorer"), {"do": do, **{k: v for part in parts for k, v in part.items()}}
        )
        assert response.status_code == 200
        return response.content.decode()

    return post


def text(html: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", html))


def values(html: str) -> dict[str, str]:
    """What the boxes hold, by name."""
    boxes = {}
    for tag in re.findall(r"<input[^>]*type=\"text\"[^>]*>", html):
        boxes[re.search(r'name="([^"]+)"', tag)[1]] = re.search(r'value="([^"]*)"', tag)[1]
    return boxes


def test_one_day_short_of_five_years(ask):
    page = text(ask(PERSON, JOB))
    assert (
        "您目前不能申报四级：从事本职业或相关职业还差1天（附件1四级第1项）。预计2026年3月11日起可以申报。"
        in page
    )


def test_on_the_fifth_anniversary_grade_four_is_open(ask, frozen_day):
    frozen_day(date(2026, 3, 11))
    page = text(ask(PERSON, JOB))
    assert "您现在可以申报四级：符合附件1四级第1项（累计工作满5年）。" in page
    assert "工作年限证明（社保缴费记录优先）" in page


def test_every_route_of_every_offered_grade_is_answered(ask):
    html = ask(PERSON, JOB)
    assert html.count('<details class="route"') == 3 + 6
    Offering.objects.filter(grade=3).update(closed_on=date(2026, 3, 9))
    assert ask(PERSON, JOB).count('<details class="route"') == 3


def test_education_below_the_occupations_is_said(ask):
    page = text(ask(PERSON | {"general_education": "junior_high"}, JOB))
    assert "学历须为高中毕业（或同等学力）及以上" in page


def test_final_year_student_of_the_major_may_apply(ask):
    study = {
        "schooling-TOTAL_FORMS": "1",
        "schooling-0-school": "secondary_vocational",
        "schooling-0-programme": "secondary_vocational",
        "schooling-0-major": "same",
        "schooling-0-status": "final_year",
    }
    page = text(ask(PERSON, study))
    assert "您现在可以申报四级：符合附件1四级第3项" in page
    assert "应届毕业生或在校生的在校证明" in page


def test_certificate_and_title_are_read(ask):
    held = {
        "credentials-TOTAL_FORMS": "1",
        "credentials-0-relation": "same",
        "credentials-0-grade": "4",
        "credentials-0-issued_on_0": "2022-03-10",
        "titles-TOTAL_FORMS": "1",
        "titles-0-rank": "junior",
        "titles-0-corresponds": "no",
        "titles-0-obtained_on_0": "20200101",
    }
    page = text(ask(PERSON, JOB, held))
    assert "您现在可以申报三级：符合附件1三级第2项" in page


def test_bad_input_is_kept_named_and_linked(ask):
    html = ask(
        PERSON | {"birth_date_2": "32"}, JOB | {"jobs-0-relation": "", "jobs-0-to_day_0": "2020-01-01"}
    )
    assert "<title>有误：我能报哪一级" in html
    assert 'href="#id_birth_date_0">出生日期不存在：没有 1990 年 5 月 32 日，请核对。</a>' in html
    assert 'href="#id_jobs-0-relation">请选择做的是。</a>' in html
    assert 'href="#id_jobs-0-to_day_0">结束日期早于开始日期，请核对。</a>' in html
    boxes = values(html)
    assert boxes["birth_date_2"] == "32"
    assert boxes["jobs-0-from_day_0"] == "2021"
    assert [boxes[f"jobs-0-to_day_{box}"] for box in range(3)] == ["2020", "01", "01"]
    for link in re.findall(r'href="#(id_[^"]+)"', html):
        assert f'id="{link}"' in html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"birth_date_0": "", "birth_date_1": "", "birth_date_2": ""}, "请填写出生日期。"),
        ({"birth_date_1": ""}, "出生日期还缺月，请填写完整。"),
        ({"birth_date_0": "2027"}, "出生日期在今天之后，请核对年份。"),
        ({"birth_date_0": "90"}, "出生日期的年份“90”不对，请填四位数的年份。"),
        ({"birth_date_0": "一九九〇"}, "出生日期请只填数字，例如 1990 年 5 月 1 日。"),
        ({"birth_date_0": "١٩٩٠"}, "出生日期请只填数字，例如 1990 年 5 月 1 日。"),
        ({"birth_date_0": "1990\x00"}, "出生日期请只填数字，例如 1990 年 5 月 1 日。"),
        ({"general_education": ""}, "请选择最高学历。"),
        ({"general_education": "doctor"}, "选择一个有效的选项"),
    ],
)
def test_each_slip_has_its_sentence(ask, typed, sentence):
    assert sentence in ask(PERSON | typed)


def test_full_width_digits_are_understood(ask):
    assert "<title>结果：" in ask(PERSON | {"birth_date_0": wide("1990"), "birth_date_1": wide("5")}, JOB)


def test_rows_are_added_and_removed_without_script(ask):
    more = ask(PERSON, JOB, do="add-jobs")
    assert values(more)["jobs-0-from_day_0"] == "2021"
    assert values(more)["jobs-1-from_day_0"] == ""
    assert "有误" not in more
    second = {"jobs-TOTAL_FORMS": "2", "jobs-1-relation": "related", "jobs-1-from_day_0": "2019"}
    fewer = ask(PERSON, JOB, second, do="remove-jobs-0")
    assert values(fewer)["jobs-0-from_day_0"] == "2019"
    assert "jobs-1-from_day_0" not in values(fewer.split("<template>")[0])
    assert values(fewer)["birth_date_0"] == "1990"


def test_blank_rows_are_no_errors(ask):
    assert "<title>结果：" in ask(PERSON, JOB | {"jobs-TOTAL_FORMS": "3"})


@pytest.mark.parametrize("total", ["9999999999", "-1", "x", "", "٣"])
def test_hand_made_row_counts_do_no_harm(ask, total):
    html = ask(PERSON, {"jobs-TOTAL_FORMS": total}, do="add-jobs")
    assert html.count('class="repeat" data-row') <= 20 + 4


@pytest.mark.parametrize(
    "do",
    [
        "remove-jobs-7",
        "remove-jobs-",
        "add-",
        "add-persons",
        "remove",
        "x" * 500,
        "remove-jobs-" + "9" * 5000,
    ],
)
def test_hand_made_buttons_do_no_harm(ask, do):
    assert "我能报哪一级" in ask(PERSON, JOB, do=do)


def test_what_is_typed_is_shown_literally(ask):
    html = ask(PERSON | {"birth_date_0": "<script>alert(1)</script>{{7*7}}"})
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in html


def test_nothing_is_stored(client, ask, django_assert_max_num_queries):
    before = client.session.session_key
    ask(PERSON, JOB)
    assert client.session.session_key == before
    assert not list(client.session.keys())
