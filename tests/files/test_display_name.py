import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.files.intake import NAME_LENGTH, display_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("毕业证书.jpg", "毕业证书.jpg"),
        ("C:\\fakepath\\证书.pdf", "证书.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x=1.jpg", "a Set-Cookie_ x=1.jpg"),
        ('"; filename="x.exe', "_; filename=_x.exe"),
        ("证书\u202egpj.exe", "证书gpj.exe"),
        ("a\0b.jpg", "ab.jpg"),
        ("<script>.png", "_script_.png"),
        ("...", "未命名文件"),
        ("", "未命名文件"),
        ("  ", "未命名文件"),
        (".htaccess", "htaccess"),
        ("字" * 300 + ".jpeg", "字" * 94 + "….jpeg"),
        ("字" * 300, "字" * 99 + "…"),
    ],
)
def test_names_as_they_arrive(given_name, shown):
    assert display_name(given_name) == shown


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_name_becomes_one_short_line_and_stays_so(text):
    name = display_name(text)
    assert 0 < len(name) <= NAME_LENGTH
    assert name.isprintable()
    assert display_name(name) == name
