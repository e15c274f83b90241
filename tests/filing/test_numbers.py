"""Application numbers: short, checkable, drawn and not counted."""

from exams.filing.numbers import draw_number, is_number


def test_a_drawn_number_is_ten_digits_of_its_year():
    number = draw_number(2026)
    assert len(number) == 10
    assert number.startswith("26")
    assert is_number(number)


def test_every_wrong_digit_and_every_swap_of_neighbours_is_caught():
    number = draw_number(2026)
    for place, digit in enumerate(number):
        for other in "0123456789":
            if other != digit:
                assert not is_number(number[:place] + other + number[place + 1 :])
    for place in range(len(number) - 1):
        first, second = number[place : place + 2]
        if first != second:
            assert not is_number(number[:place] + second + first + number[place + 2 :])


def test_what_is_no_number_is_none():
    for text in ("", "12345", "26123456789", "26-1234567", "٢٦١٢٣٤٥٦٧٨"):
        assert not is_number(text)
