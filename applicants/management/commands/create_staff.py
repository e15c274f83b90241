"""`manage.py create_staff NAME PHONE`: the first member of staff, who then invites the others."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from applicants.accounts.actions import open_staff_account
from applicants.accounts.fields import refuse_weak
from applicants.accounts.groups import GROUPS, LEAD
from applicants.accounts.models import Account
from applicants.identity.names import BadName, parse_name
from applicants.identity.phones import BadPhone, parse_phone
from portal.rules.findings import Refused


class Command(BaseCommand):
    help = "开通第一个工作人员账号。以后的工作人员由他在受理窗口邀请。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="姓名")
        parser.add_argument("phone", help="手机号")
        parser.add_argument("--group", choices=list(GROUPS), default=LEAD, help=f"岗位，默认“{LEAD}”")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="从标准输入读一行作为密码；不用这个选项时，本人用短信验证码登录后自己设置",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else None
        try:
            name, phone = parse_name(options["name"]).value, parse_phone(options["phone"])
            if password is not None:
                refuse_weak(password, Account(name=name, phone=phone))
            open_staff_account(name=name, phone=phone, password=password, group=options["group"])
        except (BadName, BadPhone, Refused) as refused:
            raise CommandError(str(refused)) from None
        except ValidationError as refused:
            raise CommandError("；".join(refused.messages)) from None
        how = "密码" if password else "短信验证码"
        self.stdout.write(f"已开通：{name}（{options['group']}）。用{how}登录，先设置两步验证。")
