"""发票 and receipts, for the one who paid."""

from django.urls import include, path

from exams.payments import views

payments = [
    path("applications/<uuid:key>/invoice/", views.invoice, name="invoice"),
    path("receipts/<uuid:key>.pdf", views.receipt, name="receipt"),
]

urlpatterns = [path("my/", include((payments, "payments")))]
