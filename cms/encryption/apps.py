from django.apps import AppConfig


class EncryptionConfig(AppConfig):
    name = "cms.encryption"
    label = "encryption"
