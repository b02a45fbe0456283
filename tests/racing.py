"""Work on real connections, at the same moment."""

import threading

from django.db import connection, transaction

from cms.database.context import acting_as


def race(*works):
    """Run each on a thread, connection and transaction of its own, starting together.

    Returns results and exceptions in the order of `works`.
    """
    ready, answers = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        try:
            connection.ensure_connection()
            ready.wait(timeout=20)
            with transaction.atomic():
                answers[number] = work()
        except Exception as error:  # noqa: BLE001 -- handed to the test
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def race_as(person, *works):
    """As `race`, each of them as `person`."""

    def acting(work):
        def does():
            with acting_as(person):
                return work()

        return does

    return race(*map(acting, works))


def deadlocks():
    """How many there were in this database so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
