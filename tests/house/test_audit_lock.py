"""What `make audit` installs is pinned to one version with a hash each, and a changed lock is noticed."""

import json

import pytest

from tests.audit import __main__ as audit


def test_the_lock_holds_what_is_asked_for():
    audit.check_lock()
    wanted = json.loads((audit.HERE / "package.json").read_text())["dependencies"]
    assert wanted == {"html-validate": "10.17.0", "lighthouse": "12.8.2", "vnu-jar": "26.9.27"}
    assert '"resolved"' not in (audit.HERE / "package-lock.json").read_text()  # whichever registry is at hand


@pytest.mark.parametrize("planted", [{"version": "99.0.0"}, {"integrity": ""}, {"integrity": "sha1-x"}])
def test_another_version_or_a_missing_hash_ends_it(monkeypatch, tmp_path, planted):
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_text((audit.HERE / name).read_text())
    lock = json.loads((tmp_path / "package-lock.json").read_text())
    lock["packages"]["node_modules/lighthouse"].update(planted)
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    monkeypatch.setattr(audit, "HERE", tmp_path)
    with pytest.raises(SystemExit) as end:
        audit.check_lock()
    assert str(end.value).startswith("sekali: ")
