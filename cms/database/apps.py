from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    name = "cms.database"
    label = "database"
