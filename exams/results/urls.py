"""我的成绩, and an institution's score lists."""

from django.urls import include, path

from exams.results import views, views_absence, views_groups

app_name = "results"
urlpatterns = [
    path("my/scores/", views.mine, name="mine"),
    path("my/scores/<uuid:key>/recheck/", views.recheck, name="recheck"),
    path("my/scores/applications/<uuid:key>/next/", views.begin, name="begin"),
    path("programme/scores/filings/", include(views_groups.urlpatterns)),
    path("programme/scores/", include(views_absence.urlpatterns)),
]
