"""违纪处理: the person's own cases, what they say to them, and the papers."""

from django.urls import path

from exams.conduct import views

app_name = "conduct"
urlpatterns = [
    path("my/cases/", views.mine, name="mine"),
    path("my/cases/<uuid:key>/", views.case, name="case"),
    path("my/cases/<uuid:key>/statement/", views.statement, name="statement"),
    path("my/cases/<uuid:key>/review/", views.review, name="review"),
    path("my/cases/<uuid:key>/record.pdf", views.record_pdf, name="record"),
    path("my/cases/<uuid:key>/notice/<uuid:step>.pdf", views.notice_pdf, name="notice"),
    path("my/cases/<uuid:key>/decision.pdf", views.decision_pdf, name="decision"),
    path("my/cases/<uuid:key>/answer.pdf", views.answer_pdf, name="answer"),
]
