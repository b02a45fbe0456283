"""A house to attack: a site on loopback over a throwaway database that holds the demonstration and one case elsewhere."""

from contextlib import contextmanager
from types import SimpleNamespace

import django


@contextmanager
def open_house():
    """Yields the address and people of a served site; everything is gone afterwards."""
    django.setup()
    from django.conf import settings
    from django.test.testcases import LiveServerThread

    from cms.database import embedded
    from tests import databases

    with embedded.running(settings.TEST_POSTGRES, settings=embedded.THROWAWAY):
        databases.forget_leftovers()
        name = databases.clone(databases.ensure_template())
        try:
            with databases.using(name):
                people, secrets = furnish()
                server = LiveServerThread("127.0.0.1", static_handler=lambda handler: handler)
                server.daemon = True
                server.start()
                server.is_ready.wait()
                if server.error:
                    raise server.error
                try:
                    yield SimpleNamespace(host="127.0.0.1", port=server.port, people=people, secrets=secrets)
                finally:
                    server.terminate()
        finally:
            databases.drop(name)


def furnish():
    """({who: session cookie}, texts that only the other agency may read)."""
    from django.conf import settings
    from django.db import transaction
    from django.test import Client
    from django.utils.module_loading import import_string

    from cms.accounts.models import User
    from cms.database.context import acting_as
    from services.actions.cases import open_new_case
    from tests import factories
    from tests.cast import PASSWORD
    from tests.entering import enter

    with transaction.atomic():
        for load in settings.DEMONSTRATION:
            import_string(load)(password=PASSWORD)
        boss = User.objects.create_superuser("bos@contoh.example", PASSWORD, first_name="Bos")
        agency = factories.agency("UPTD PPA Lain")
        elsewhere = factories.member("Gita", agency, "case_manager")
        with acting_as(elsewhere):
            other = open_new_case(facts=factories.case_facts(), agency=agency, by=elsewhere, now=factories.now())
    addresses = {
        "social worker": "sari@contoh.example", "police": "bima@contoh.example", "keeper": "fajar@contoh.example",
        "provider": "penyedia@contoh.example", "reviewer": "peninjau@contoh.example",
    }  # fmt: skip
    people = {who: User.objects.get(email=address) for who, address in addresses.items()}
    people |= {"elsewhere": elsewhere, "boss": boss}
    cookies = {"reader": ""}
    for who, person in people.items():
        client = Client()
        enter(client, person)
        client.get("/account/login/")
        cookies[who] = "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())
    return cookies, (other.code,)
