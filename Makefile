# make demo   from nothing to an explained incident: minutes the first time, seconds from then on
# make test   all that the suite needs, then the checks and the suite
# Two steps at once would fill one .venv twice.
.NOTPARALLEL:
.PHONY: demo test check lock docs pictures bench clean run dev train model

PYTHON = python3
MODEL = qwen2.5-coder-0.5b
SAMPLE = samples/01-oom-kill-behind-502.log
EDGEOPS = .venv/bin/edgeops
PATH_OF = .venv/bin/python -c 'import json, sys; print(json.load(sys.stdin)["path"])'

demo: run model
	@echo '$$ edgeops explain --tier reasoned $(SAMPLE)'
	@$(EDGEOPS) explain --tier reasoned $(SAMPLE) || test $$? -eq 1

test: dev train model check
	EDGEOPS_TEST_MODEL="$$($(EDGEOPS) model pull $(MODEL) --json | $(PATH_OF))" .venv/bin/python -m pytest --numprocesses 2 --dist loadfile

check: dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: run model
	.venv/bin/python -m bench.explain
	.venv/bin/python -m bench.engine

docs: run
	.venv/bin/python packaging/config_page.py > docs/config.md
	.venv/bin/python packaging/tui_page.py > docs/tui.md

# The full screen on the shipped samples, as SVG.
pictures: run
	.venv/bin/python -m bench.pictures

# Resolves anew: needs the index. uv lives in an environment of its own, which is thrown away.
lock:
	$(PYTHON) -m venv --clear .build/lock
	.build/lock/bin/python -m pip install --quiet uv
	.build/lock/bin/python packaging/lock.py
	rm -rf .build/lock

clean:
	rm -rf .venv .build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

run dev:
	@$(PYTHON) packaging/bootstrap.py $@

train: dev
	@$(PYTHON) packaging/bootstrap.py $@

model: run
	@$(EDGEOPS) model pull $(MODEL)
