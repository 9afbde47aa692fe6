# Two commands: `make demo` colours the example photos, `make test` runs every check.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: demo test lint clean

demo: .venv/.painting
	$(BIN)/pincel demo -o pincel-demo

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadgroup

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.painting: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/.dev: pyproject.toml requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --constraint requirements-dev.txt --requirement requirements-dev.txt --editable '.[dev]'
	-$(BIN)/pincel web  # 33 MB, once a user; without it the tests of painting in the browser skip
	touch $@ .venv/.painting

clean:
	rm -rf .venv pincel-demo painted
