from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac

from portal.crypto import SealedField, blind_index


def phone_index(phone: str) -> str:
    """The blind index of a phone number in E.164 form."""
    return blind_index(phone, purpose="phone")


class AccountManager(BaseUserManager["Account"]):
    def by_phone(self, phone: str) -> "Account | None":
        """The account that logs in with this number (E.164), or None."""
        return self.filter(phone_index=phone_index(phone)).first()

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(username=username)


class Account(AbstractBaseUser, PermissionsMixin):
    """A log-in of one of the three kinds of people. Applicants sign up; members and staff are invited."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    # Opaque: the framework wants one, people log in with the phone number.
    username = models.CharField(max_length=36, unique=True, default=uuid4, editable=False)
    name = models.CharField("姓名", max_length=50)
    phone = SealedField("手机号", null=True)
    phone_index = models.CharField("手机号索引", max_length=80, unique=True, null=True, editable=False)  # noqa: DJ001
    phone_verified = models.BooleanField("手机号已验证", default=False)
    email = models.EmailField("电子邮箱", blank=True)
    is_staff = models.BooleanField("工作人员", default=False)
    is_active = models.BooleanField("可登录", default=True)
    joined_at = models.DateTimeField("注册时间")

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []
    objects = AccountManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    get_short_name = get_full_name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions rest on the password and the phone number: changing either ends all of them."""
        return salted_hmac(
            "applicants.accounts.session",
            f"{self.password}|{self.phone_index}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    def active_membership(self):
        """The institution membership this account acts under, or None."""
        return (
            self.memberships.filter(ended_at=None, institution__closed_at=None)
            .select_related("institution")
            .first()
        )

    def was_member(self) -> bool:
        """Whether the account ever had a membership, also one that ended or whose institution was closed."""
        return self.memberships.exists()


class Invitation(models.Model):
    """A staff member or institution member to be: a one-time link by message, good until it expires or is used."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField("姓名", max_length=50)
    phone = SealedField("手机号")
    phone_index = models.CharField("手机号索引", max_length=80, editable=False)
    token_index = models.CharField("链接索引", max_length=80, unique=True, editable=False)
    staff_group = models.CharField("工作人员组", max_length=80, blank=True)
    institution = models.ForeignKey(
        "applicants.Institution", models.CASCADE, null=True, blank=True, verbose_name="机构"
    )
    role = models.CharField("机构角色", max_length=10, blank=True)
    invited_by = models.ForeignKey("applicants.Account", models.PROTECT, verbose_name="邀请人")
    created_at = models.DateTimeField("邀请时间")
    expires_at = models.DateTimeField("有效期至")
    accepted_at = models.DateTimeField("接受时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "邀请"

    def __str__(self) -> str:
        return self.name


class PhoneChange(models.Model):
    """A phone number changed or recovered: by codes to both, or at the counter by two staff with the original seen."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey("applicants.Account", models.CASCADE, verbose_name="账号")
    new_phone = SealedField("新手机号")
    asked_at = models.DateTimeField("申请时间")
    first_staff = models.ForeignKey(
        "applicants.Account", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    second_staff = models.ForeignKey(
        "applicants.Account", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    done_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "手机号变更"

    def __str__(self) -> str:
        return f"{self.account} {self.asked_at:%Y-%m-%d}"
