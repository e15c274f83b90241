"""A signed-in applicant with an empty record, and small real files to upload."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw

from applicants.accounts.models import Account
from tests import factories

DAY = date(2026, 10, 12)


@pytest.fixture
def account(db, frozen_day) -> Account:
    frozen_day(DAY)
    return factories.make_account("陈桂芳")


@pytest.fixture
def login() -> Callable[[Account], Client]:
    def log_in(account: Account) -> Client:
        client = Client()
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return log_in


@pytest.fixture
def client(account, login) -> Client:
    return login(account)


def picture(width: int = 900, height: int = 1200, kind: str = "JPEG", colour: int = 40) -> bytes:
    """A white picture with a dark figure in it."""
    image = Image.new("RGB", (width, height), "white")
    box = (width * 0.3, height * 0.2, width * 0.7, height * 0.9)
    ImageDraw.Draw(image).rectangle(box, fill=(colour, 60, 90))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def upload(data: bytes | None = None, name: str = "材料.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture() if data is None else data)
