"""Charts: true to their figures, spoken for those who do not see them, and harmless whatever the labels say."""

import re
from xml.etree import ElementTree as ET

from portal.charts import VALUE, WIDTH, Series, bars, label_width, line

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def widths(svg: str) -> list[float]:
    return [float(rect.get("width")) for rect in parsed(svg).iter(f"{SVG}rect")]


def room(labels: list[str]) -> float:
    return WIDTH - label_width(labels) - VALUE


def words(svg: str) -> list[str]:
    return [text.text for text in parsed(svg).iter(f"{SVG}text")]


def test_a_bar_is_as_long_as_its_value():
    svg = bars(
        code="a", title="收费", labels=["一月", "二月"], series=[Series("收费", [480, 960])], unit=" 元"
    )
    short, long = widths(svg)
    assert (round(long, 1), round(2 * short, 1)) == (room(["一月", "二月"]), room(["一月", "二月"]))
    assert words(svg) == ["一月", "480 元", "二月", "960 元"]


def test_parts_lie_end_to_end_and_the_total_is_written_out():
    svg = bars(
        code="a", title="申报", labels=["一月"], series=[Series("通过", [3]), Series("退回", [1])], unit=" 份"
    )
    first, second = list(parsed(svg).iter(f"{SVG}rect"))
    assert float(second.get("x")) == float(first.get("x")) + float(first.get("width"))
    assert first.get("class") != second.get("class")
    assert words(svg) == ["一月", "3", "1", "4 份"]
    assert "一月 通过 3、退回 1" in parsed(svg).find(f"{SVG}desc").text


def test_a_share_fills_the_width_at_a_hundred_only():
    svg = bars(code="a", title="合格率", labels=["理论"], series=[Series("率", [50])], unit="%", most=100)
    assert round(widths(svg)[0], 1) == room(["理论"]) / 2


def test_nothing_is_a_dash_and_no_division_by_nothing():
    svg = bars(code="a", title="空", labels=["一月"], series=[Series("x", [None])], unit=" 份")
    assert words(svg) == ["一月", "—"]
    assert widths(svg) == []
    assert bars(code="a", title="空", labels=[], series=[], unit="").startswith("<svg")


def test_a_line_breaks_where_there_is_no_value():
    svg = line(
        code="l", title="用时", labels=["1月", "2月", "3月", "4月"], values=[1, 2, None, 4], unit=" 个工作日"
    )
    assert len([one for one in parsed(svg).iter(f"{SVG}path") if one.get("class") == "chart-line"]) == 1
    assert len(list(parsed(svg).iter(f"{SVG}circle"))) == 3
    assert "3月 没有" in parsed(svg).find(f"{SVG}desc").text


def test_whatever_a_label_says_is_text_and_styles_come_from_classes():
    bad = "<script>alert(1)</script>“学校”&"
    svg = bars(code="a", title=bad, labels=[bad], series=[Series(bad, [1])], unit=bad)
    assert "<script" not in svg
    assert parsed(svg).find(f"{SVG}title").text == bad
    assert not re.search(r"\sstyle=", svg)


def test_it_is_an_image_with_a_name_and_a_description():
    svg = parsed(
        bars(code="fees", title="各月收费", labels=["一月"], series=[Series("收费", [1])], unit=" 元")
    )
    assert svg.get("role") == "img"
    ids = svg.get("aria-labelledby").split()
    assert [svg.find(f"{SVG}title").get("id"), svg.find(f"{SVG}desc").get("id")] == ids
    assert svg.find(f"{SVG}title").text == "各月收费"


def test_long_labels_take_room_from_the_bars_and_no_more_than_eleven_letters_do():
    assert label_width(["一月"]) < label_width(["十一二三四五六七八九月"]) == label_width(["某" * 40])
    assert label_width(["某" * 40]) + VALUE < WIDTH
