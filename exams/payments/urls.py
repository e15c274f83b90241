"""发票 and receipts, for the one who paid; bills of an institution's group filings."""

from django.urls import include, path

from exams.payments import views, views_bills

payments = [
    path("applications/<uuid:key>/invoice/", views.invoice, name="invoice"),
    path("receipts/<uuid:key>.pdf", views.receipt, name="receipt"),
]

bills = [
    path("<uuid:key>/bills/", views_bills.bills, name="list"),
    path("<uuid:key>/bills/issue/", views_bills.issue, name="issue"),
    path("bills/<uuid:key>/", views_bills.bill, name="bill"),
    path("bills/<uuid:key>/invoice/", views_bills.invoice, name="invoice"),
    path("receipts/<uuid:key>.pdf", views_bills.receipt, name="receipt"),
]

urlpatterns = [
    path("my/", include((payments, "payments"))),
    path("institution/", include((bills, "bills"))),
]
