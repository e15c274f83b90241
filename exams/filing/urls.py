"""我的 and 申报."""

from django.urls import include, path

from exams.filing import views, views_my, views_submit

filing = [
    path("start/", views.start, name="start"),
    path("new/", views.new, name="new"),
    path("<uuid:key>/", views_submit.status, name="status"),
    path("<uuid:key>/tasks/", views.tasks, name="tasks"),
    path("<uuid:key>/kind/", views.kind, name="kind"),
    path("<uuid:key>/route/", views.route, name="route"),
    path("<uuid:key>/forfeiture/", views.forfeiture, name="forfeiture"),
    path("<uuid:key>/arrangement/", views.arrangement, name="arrangement"),
    path("<uuid:key>/undertaking/", views.undertaking, name="undertaking"),
    path("<uuid:key>/check/", views_submit.check, name="check"),
    path("<uuid:key>/submitted/", views_submit.submitted, name="submitted"),
    path("<uuid:key>/answers/", views_submit.answers, name="answers"),
    path("<uuid:key>/form.pdf", views_submit.form_pdf, name="form"),
    path("<uuid:key>/withdraw/", views_submit.withdraw, name="withdraw"),
    path("<uuid:key>/discard/", views_submit.discard, name="discard"),
]

urlpatterns = [
    path("my/", views_my.my, name="my"),
    path("my/messages/", views_my.inbox, name="my-messages"),
    path("my/applications/", include((filing, "filing"))),
    path("", include("exams.filing.groups.urls")),
]
