"""What was acknowledged is there after the web processes were killed in the middle of their work (R3)."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from exams.payments.models import Payment
from portal import clock
from tests import factories
from tests.contention import LONGEST_WAIT
from tests.drills.processes import BEGIN, environment
from tests.tickets.conftest import at

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 24
KILLED_AFTER = (4, 10, 16)
WEB = BEGIN + (
    "import sys\n"
    "from gunicorn.app.wsgiapp import run\n"
    "sys.argv = ['gunicorn', 'portal.wsgi', '--bind', f'fd://{os.environ[\"DRILL_SOCKET\"]}', '--workers', '2',\n"
    "            '--worker-class', 'gthread', '--threads', '2', '--no-control-socket', '--log-level', 'error']\n"
    "run()"
)


class Web:
    """gunicorn on a socket of ours, which stays while it is killed and started again."""

    def __init__(self, moment) -> None:
        self.moment = moment
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.start()

    def start(self) -> None:
        number = self.listener.fileno()
        self.process = subprocess.Popen(
            [sys.executable, "-c", WEB],
            cwd=settings.BASE_DIR,
            env=environment(self.moment, DRILL_SOCKET=str(number)),
            pass_fds=(number,),
            process_group=0,
        )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Counter:
    """A clerk's browser that writes down each payment the portal confirmed, and sends again what got no answer."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie
        self.journal: list = []

    def ask(self, method: str, path: str, body: str = "", token: str = ""):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookies = f"{settings.SESSION_COOKIE_NAME}={self.cookie}; csrftoken={token}"
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()

    def take(self, application) -> None:
        path, token = reverse("admin:payment_desk", args=[application.pk]), "t" * 32
        typed = {
            "csrfmiddlewaretoken": token,
            "amount": "480",
            "method": "cash",
            "receipt_number": f"S-{application.number}",
            "received_on": clock.today().isoformat(),
        }
        end = time.monotonic() + LONGEST_WAIT
        while True:
            try:
                answer = self.ask("POST", path, urlencode(typed), token)
            except (OSError, http.client.HTTPException):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
                continue
            if answer.status == 302:
                self.journal.append(application.pk)
            # Anything else: it was taken before, and only the answer was lost.
            assert answer.status in {200, 302, 422}, answer.status
            return


def test_a_confirmed_payment_outlives_the_web_process(process_day):
    moment = at(date(2026, 10, 12))
    process_day(moment)
    offering = factories.load_catalogue()
    applications = [factories.make_application(offering=offering) for _ in range(PEOPLE)]
    browser = Client()
    browser.force_login(factories.make_staff())
    web = Web(moment)
    counter = Counter(web.port, browser.cookies[settings.SESSION_COOKIE_NAME].value)
    try:
        with ThreadPoolExecutor(3) as clerks:
            work = [clerks.submit(counter.take, application) for application in applications]
            for wanted in KILLED_AFTER:
                while len(counter.journal) < wanted and not all(one.done() for one in work):
                    time.sleep(0.005)
                web.kill()
                web.start()
            for one in work:
                one.result(timeout=120)
    finally:
        web.kill()
        web.listener.close()
    paid = list(Payment.objects.values_list("quote__application_id", flat=True))
    assert set(counter.journal) <= set(paid), "confirmed and lost"
    assert sorted(paid) == sorted(one.pk for one in applications), "each taken once, answer lost or not"
    assert len(counter.journal) == len(set(counter.journal)) > max(KILLED_AFTER)
