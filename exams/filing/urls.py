"""我的 and 申报."""

from django.urls import path

from exams.filing import views_my

urlpatterns = [
    path("my/", views_my.my, name="my"),
]
