"""A group's forms are printed beforehand, so that all can be taken as one document."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

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


def test_one_more_than_a_part_holds_comes_in_a_second_one(monkeypatch, client):
    """As with the 501st: the parts hold everybody once, each cover says which part it is, and both are offered."""
    monkeypatch.setattr(originals, "A_PART", 2)
    filing, act = group_of("王秀英", "李建国", "赵国强")
    print_forms()
    first, second = (
        PdfReader(io.BytesIO(group_form_pdf(actor=filing.opened_by, submission=act, part=part)))
        for part in (1, 2)
    )
    a_form = len(PdfReader(io.BytesIO(store.read(Submission.objects.first().form))).pages)
    assert (len(first.pages), len(second.pages)) == (1 + 2 * a_form, 1 + a_form)
    covers = [one.pages[0].extract_text() for one in (first, second)]
    assert "第 1 册，共 2 册" in covers[0]
    assert "第 2 册，共 2 册" in covers[1]
    numbers = list(originals.forms_of(act).values_list("application__number", flat=True))
    assert [[number in cover for cover in covers] for number in numbers] == [
        [True, False],
        [True, False],
        [False, True],
    ]
    with pytest.raises(Refused, match="没有可以打印的报名表"):
        group_form_pdf(actor=filing.opened_by, submission=act, part=3)
    client.force_login(filing.opened_by)
    page = client.get(reverse("groups:originals", args=[filing.pk])).content.decode()
    assert all(reverse("groups:forms", args=[act.pk, part]) in page for part in (1, 2))
    assert reverse("groups:forms", args=[act.pk, 3]) not in page
