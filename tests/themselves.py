"""Actions called as each person would: with the database answering for whoever acts, as a request sees to it."""

import functools

from cms.database.context import acting_as


class Themselves:
    """A module of actions, each of which runs as its `by`."""

    def __init__(self, actions):
        self._actions = actions

    def __getattr__(self, name):
        function = getattr(self._actions, name)

        @functools.wraps(function)
        def call(*, by, **facts):
            with acting_as(by):
                return function(by=by, **facts)

        return call
