"""Pages of the counter that do something: what will happen in words, a form, one button; done by POST only."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from portal.rules.findings import Refused


def page(request: HttpRequest, template: str, /, **context: Any) -> HttpResponse:
    """A page in the counter's frame."""
    return render(request, template, {**admin.site.each_context(request), **context})


def data(request: HttpRequest) -> Any:
    """What a form is bound to: what was posted, or nothing yet."""
    return request.POST if request.method == "POST" else None


def act(
    request: HttpRequest,
    form: forms.Form,
    deed: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    button: str,
    done: str | Callable[[Any], str],
    back: str,
    to: str | Callable[[Any], str] = "",
    words: tuple[str, ...] = (),
    grave: bool = False,
    template: str = "admin/counter/act.html",
    **context: Any,
) -> HttpResponse:
    """Show the form with its consequence in `words`; on POST do the deed, say `done` and go `to` (else `back`).

    The form is bound to `data(request)`. What an action refuses stands at the field it names, or above the form, and
    what was typed is kept. `done` and `to` may be made of what the deed returned.
    """
    if form.is_valid():
        try:
            result = deed(form.cleaned_data)
        except Refused as refused:
            for finding in refused.findings:
                form.add_error(finding.field if finding.field in form.fields else None, finding.sentence)
        else:
            messages.success(request, done(result) if callable(done) else done)
            return redirect(to(result) if callable(to) else to or back)
    return page(
        request,
        template,
        title=title,
        form=form,
        button=button,
        back=back,
        words=words,
        grave=grave,
        **context,
    )


class ReasonForm(forms.Form):
    """One sentence why."""

    reason = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "请写明理由。"},
    )


def came_from(request: HttpRequest, otherwise: str) -> str:
    """The page of ours named by `?back=`, which a page of another app leads back to."""
    back = request.GET.get("back", "")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else otherwise
