"""我的证书, 准考证下载 for institutions, and the door."""

from django.urls import include, path

from exams.tickets import views, views_groups, views_leaving

app_name = "tickets"
urlpatterns = [
    path("my/certificates/", views.mine, name="mine"),
    path("my/certificates/<uuid:key>/", views.page, name="page"),
    path("my/certificates/<uuid:key>/ticket.pdf", views.download, name="download"),
    path("my/certificates/<uuid:key>/ticket.png", views.image, name="image"),
    path("my/certificates/<uuid:key>/photo.jpg", views.photo, name="photo"),
    path("my/applications/<uuid:key>/leave/", views_leaving.leave, name="leave"),
    path("programme/tickets/filings/", include(views_groups.urlpatterns)),
    path("door", views.door, name="door"),
    path("door-worker.js", views.door_worker, name="door-worker"),
    path("door/status", views.door_status, name="door-status"),
]
