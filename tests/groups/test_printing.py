"""A group's forms are printed beforehand, so that all can be taken as one document."""

import pytest
from django.urls import reverse

from exams.filing.groups.people import originals
from exams.filing.groups.people.originals import group_form_pdf
from exams.filing.groups.people.printing import print_form, print_forms, unprinted
from exams.filing.models import Submission
from portal.files import store
from portal.rules.findings import Refused
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


def group_of(*names):
    filing = make_filing()
    for name in names:
        make_entry(filing, name, stage="submitted")
    return filing, filing.submissions.get()


def test_each_form_is_printed_once_and_kept():
    group_of("王秀英", "李建国")
    assert print_forms() == 2
    assert print_forms() == 0
    documents = [store.read(one.form) for one in Submission.objects.all()]
    assert all(document.startswith(b"%PDF") for document in documents)


def test_the_document_is_made_of_the_kept_forms(monkeypatch):
    filing, act = group_of("王秀英", "李建国")
    print_forms()
    monkeypatch.setattr(originals, "print_form", None)  # a page that printed again would fail
    assert group_form_pdf(actor=filing.opened_by, submission=act).startswith(b"%PDF")


def test_a_page_prints_a_few_itself_and_waits_for_the_worker_with_many(monkeypatch, client):
    filing, act = group_of("王秀英", "李建国")
    monkeypatch.setattr(originals, "AT_ONCE", 1)
    with pytest.raises(Refused, match="还有 2 份"):
        group_form_pdf(actor=filing.opened_by, submission=act)
    client.force_login(filing.opened_by)
    answer = client.get(reverse("groups:forms", args=[act.pk, 1]), follow=True)
    assert answer.redirect_chain == [(reverse("groups:originals", args=[filing.pk]), 302)]
    assert "还有 2 份" in answer.content.decode()
    monkeypatch.setattr(originals, "AT_ONCE", 2)
    group_form_pdf(actor=filing.opened_by, submission=act)
    assert not unprinted().exists()


def test_a_form_that_no_font_prints_holds_up_nobody_and_is_not_tried_for_ever():
    filing, act = group_of("王\U000323b0", "李建国")
    assert print_forms() == 1
    assert not unprinted().exists()
    assert group_form_pdf(actor=filing.opened_by, submission=act).startswith(b"%PDF")


def test_two_workers_with_one_form_keep_one():
    group_of("王秀英")
    first, second = Submission.objects.get(), Submission.objects.get()
    assert print_form(first)
    assert not print_form(second)
    assert second.form == first.form
