"""Figures over all cases, for coordinators: counted in the database, where small groups are hidden before they leave it."""

from django.db import connection

from services.rules.figures import Group

READ = "SELECT figure, times, cases FROM sekali_told_figures()"


def told_figures():
    """`{"told": [Group, …], "avoided": [Group, …]}`, each 0, 1, 2, 3 and more; empty for who coordinates nothing."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
        rows = cursor.fetchall()
    found: dict[str, list[Group]] = {}
    for figure, times, cases in rows:
        found.setdefault(figure, []).append(Group(times, cases))
    return found
