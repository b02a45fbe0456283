"""How tests get behind the door without walking through it; tests/house/test_sign_in.py walks."""


def enter(client, person):
    """Sign `person` in at this Django test client, as sign-in with everything it asks for would leave them."""
    client.force_login(person)
