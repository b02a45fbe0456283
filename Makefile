# Sekali. Needs make, git and Python 3.11 or newer with venv; everything else is fetched, pinned by hash, into .venv.
#   make run      the site on http://localhost:8000 (PORT=8001 for another port)
#   make check    every static check          make test   the tests, on a real PostgreSQL and in a real browser
#   make prove    the slow proofs             make attack  a crawler and sqlmap against a site of its own (ten minutes)
#   make screenshots  every public page as a picture    make audit  html-validate, vnu, Lighthouse (needs node, npm and java)
#   make fmt      format                      make messages / make lock   after new texts / new dependencies

.PHONY: run test prove attack screenshots audit check fmt lock messages venv
.DEFAULT_GOAL := run
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

PYTHON ?= python3
BIN := .venv/bin
TYPED = $(wildcard */rules */rules.py */policies.py cms/*/policies.py */actions */actions.py) cms/limits.py cms/objections.py cms/plain.py cms/recordings.py
say = @printf '\n--- %s\n'

# An invented production: the checks look at settings, nothing is connected to.
INVENTED = DATABASE_URL=postgresql://app@127.0.0.1:1/none DATABASE_OWNER_URL=postgresql://owner@127.0.0.1:1/none \
  SEKALI_SECRET_KEY=0kq7-invented-for-the-check-v3x9-nothing-is-signed-with-it-m2p8 SEKALI_HOSTS=sekali.example.org \
  SEKALI_MASTER_KEYS=invented:8PVvYxD3l9nGq2w5sKcTzR7uXeJm1AoB4hNiFyQkLdE= \
  SEKALI_EMAIL_URL=smtps://user:password@mail.example.org:465 SEKALI_EMAIL_FROM=sekali@example.org

run: venv
	@$(BIN)/python manage.py serve

test: venv
	@$(BIN)/python -m tests.install
	$(say) "pytest, two workers"
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not prove" --cov --cov-report=
	$(say) "branches covered in rules, actions and policies"
	@$(BIN)/python -m tests.coverage_gate

prove: venv
	@$(BIN)/python -m tests.install
	$(say) "the slow proofs, two workers"
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m prove

attack: venv
	@$(BIN)/python -m tests.attack

screenshots: venv
	@$(BIN)/python -m tests.install
	@$(BIN)/python -m tests.screenshots

audit: venv
	@$(BIN)/python -m tests.install
	@$(BIN)/python -m tests.audit

check: venv
	$(say) "ruff format"
	@$(BIN)/ruff format --check .
	$(say) "ruff check"
	@$(BIN)/ruff check .
	$(say) "mypy: rules, policies, actions"
	@$(BIN)/mypy $(TYPED)
	$(say) "imports run downhill"
	@$(BIN)/lint-imports
	$(say) "habits of this house"
	@$(BIN)/python -m tests.house.habits
	$(say) "plain words in both languages"
	@$(BIN)/python -m tests.house.plain
	$(say) "templates: djhtml, curlylint"
	@$(BIN)/djhtml --check templates
	@$(BIN)/curlylint --quiet templates
	$(say) "check --deploy"
	@$(INVENTED) $(BIN)/python manage.py check --deploy --settings=cms.settings.production --fail-level WARNING
	$(say) "migrations match the models"
	@$(INVENTED) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(say) "every text has its Indonesian"
	@$(BIN)/python manage.py messages --check
	@printf '\nAll checks passed.\n'

fmt: venv
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/djhtml templates >/dev/null 2>&1 || true

messages: venv
	@$(BIN)/python manage.py messages

lock: venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	@for name in base dev; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" \
	    requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

# The lock that is installed is kept beside what it installed, so that an unchanged lock costs nothing. The lock is whole, so
# nothing is resolved (--no-deps): older pips would look past it for a package that is asked for with an extra.
venv:
	@cmp -s requirements/dev.txt .venv/installed.txt || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "sekali: $(PYTHON) is missing or older than 3.11; name another with PYTHON=python3.12."; exit 1; }; \
	  test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
	    rm -rf .venv; echo "sekali: venv is missing (Debian: apt install python3-venv)."; exit 1; }; \
	  echo "Installing the locked dependencies into .venv (once, one to three minutes)..."; \
	  $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/dev.txt && \
	  cp requirements/dev.txt .venv/installed.txt; }
