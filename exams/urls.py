"""The slices' addresses, collected."""

urlpatterns: list = []
