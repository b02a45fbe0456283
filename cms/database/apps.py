from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    name = "cms.database"
    label = "database"

    def ready(self):
        from cms.database import standing

        standing.begin()
