import pytest

from applicants.identity.masks import mask_name, mask_number, mask_phone


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("310101199003071230", "3101**********1230"),
        ("11010519491231002X", "1101**********002X"),
        ("CAN110081080310", "CAN*********310"),
        ("H12345678", "H1*****78"),
        ("01234567", "01****67"),
        ("EA123", "E***3"),
        ("", ""),
    ],
)
def test_document_number(number, masked):
    assert mask_number(number) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+8613812345678", "138****5678"),
        ("13812345678", "138****5678"),
        ("+85291234567", "+852****4567"),
        ("+886912345678", "+886****5678"),
        ("12345", "*****"),
    ],
)
def test_phone(phone, masked):
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("欧阳娜娜", "欧**"),
        ("𬀩小明", "𬀩**"),
        ("阿卜杜拉·买买提", "阿**"),
        ("张", "张"),
        ("", ""),
    ],
)
def test_name(name, masked):
    assert mask_name(name) == masked
