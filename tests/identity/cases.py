import tomllib
from pathlib import Path

import pytest


def cases(file: str) -> list:
    """The cases of a TOML table beside this module, each under its Chinese name."""
    with open(Path(__file__).with_name(file), "rb") as handle:
        return [pytest.param(case, id=case["name"]) for case in tomllib.load(handle)["case"]]


def assert_sentence(refusal) -> None:
    assert refusal.sentence.endswith("。")
    assert str(refusal) == refusal.sentence
