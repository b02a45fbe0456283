"""Addresses of the closed side."""

app_name = "services"
urlpatterns: list = []
