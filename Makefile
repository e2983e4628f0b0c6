# make demo      from nothing: a table where hidden layers help, and a real one where a line is as good
# make test      set up and run the tests (make test-all: the slow ones too)
# make check     set up, then lint, format, types, imports, budgets, CPU levels
# make test-levels   the tests of solvers and estimators at the CPU levels below this machine's best
# make test-numpy    the tests of what trains, without the native engine
# make nightly   5,000 random problems with L1 at every CPU level: each must reach its minimum; scikit-learn's
#                contract at 60 random settings of each estimator and search; what is said of 80 tables
#                of each of four laws, beside fresh rows (half an hour)
# make test-newest-sklearn   the estimators' and searches' tests on the newest scikit-learn, pre-releases too
# make compat    scikit-learn's own test files over our classes: what passes, as a table (4 minutes)
# make sanitize  the engines' tests, with every address and undefined behaviour of the C++ looked at
# make bench     how fast (make bench-peers installs what to measure beside: gigabytes)
# SHOAL_NATIVE=0 make ...   the same without the native engine

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
PIP := $(RUN) pip install -qq --disable-pip-version-check
# -qq hides warnings about the machine's own settings, and no error

# The native engine is insisted on where a C++20 compiler finds Python.h, and left out elsewhere.
ifndef SHOAL_NATIVE
INCLUDE := $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')
COMPILE := $${CXX:-c++} -std=c++20 -I'$(INCLUDE)' -include Python.h -fsyntax-only -x c++ /dev/null
SHOAL_NATIVE := $(shell $(COMPILE) 2>/dev/null && echo 1 || echo 0)
endif
export SHOAL_NATIVE

# With the build tools in .venv, and not in a folder of their own each time, a change compiles only what it
# concerns. Warnings are errors, here and not where somebody installs with another compiler.
STRICT := -C cmake.define.CMAKE_COMPILE_WARNING_AS_ERROR=ON
INSTALL := $(PIP) --no-build-isolation $(STRICT) --editable

# The CPU levels that are here, the best one last; with [:-1], those below it.
LEVELS = $(BIN)/python -c 'from shoal.engines._native import cpu_levels as c; print(*[l for l, here in c() if here]$(1))'
# Where sums decide: solvers, training, equal bits, the kernels. Signals, forks and bad input know no level.
LEVEL_TESTS := tests/training tests/estimators/test_logistic.py tests/estimators/test_estimators.py \
  tests/search/test_equal_bits.py \
  $(addprefix tests/engines/test_native_,batches.py engine.py functions.py side_by_side.py) tests/engines/test_checks.py

# Where an engine trains. What draws, explains and documents does so on either engine's numbers, and is tested
# with the native one.
NUMPY_TESTS := $(addprefix tests/,engines estimators training search/test_equal_bits.py \
  search/test_equal_results.py search/test_pipelines.py tables/test_table_training.py tables/test_table_search.py \
  tables/test_table_model.py cli/test_models.py cli/test_search.py test_old_files.py test_public.py)

.PHONY: demo test test-all test-levels test-numpy test-newest-sklearn nightly check compat sanitize bench bench-peers clean

demo: .venv/installed
	@mkdir -p demo
	@echo "--- a flower that no line can separate: the hidden layer helps"
	$(BIN)/shoal data flower --out demo/flower.csv
	$(BIN)/shoal train demo/flower.csv --target petal --out demo/flower.shoal
	@echo "--- cells under the microscope: a line is as good"
	$(BIN)/shoal data breast_cancer --out demo/breast_cancer.csv
	$(BIN)/shoal train demo/breast_cancer.csv --target diagnosis --out demo/model.shoal
	$(BIN)/shoal evaluate demo/model.shoal demo/breast_cancer.csv
	$(BIN)/shoal predict demo/model.shoal demo/breast_cancer.csv --proba --out demo/predictions.csv
	$(BIN)/shoal inspect demo/model.shoal

test: .venv/installed-dev
	$(RUN) pytest -n 2 -m "not slow"

test-all: .venv/installed-dev
	$(RUN) pytest -n 2

test-levels: .venv/installed-dev
	set -e; for level in $$($(call LEVELS,[:-1])); do echo "SHOAL_CPU=$$level"; \
	  SHOAL_CPU=$$level $(RUN) pytest -q -n 2 -m "not slow" -k "not numpy_engine" $(LEVEL_TESTS); done

test-numpy:
	SHOAL_NATIVE=0 $(MAKE) .venv/installed-dev
	SHOAL_NATIVE=0 $(RUN) pytest -n 2 -m "not slow" $(NUMPY_TESTS)

nightly: .venv/installed-dev
	set -e; for level in $$($(call LEVELS)); do echo "SHOAL_CPU=$$level"; \
	  SHOAL_CPU=$$level SHOAL_L1_PROBLEMS=5000 $(RUN) pytest -q -n 2 -m slow tests/training/test_proximal_newton.py; done
	SHOAL_SETTINGS=60 $(RUN) pytest -q -n 2 tests/estimators/test_random_settings.py
	SHOAL_TABLES=80 $(RUN) pytest -q -s tests/tables/test_fair_flattery.py

check: .venv/installed-dev
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(BIN)/clang-format --dry-run -Werror native/*.hpp native/*.cpp
	$(RUN) mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/budgets.py
	$(if $(filter 1,$(SHOAL_NATIVE)),$(BIN)/python tools/cpu_levels.py)

compat: .venv/installed-dev
	$(BIN)/python tools/compat.py

sanitize: .venv/installed-dev
	$(BIN)/python tools/sanitize.py

bench: .venv/installed-dev
	$(BIN)/python benchmarks/run.py --quick

bench-peers: .venv/installed-bench

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "shoal needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "setting up .venv and the tools to build with"
	$(PYTHON) -m venv .venv
	$(PIP) --upgrade "pip>=25.1"

# Named by the choice and the modules, so that another choice, or a module that came or went, installs again.
MODULES := $(shell find src -name '*.py' | sort | cksum | cut -d ' ' -f 1)
CHOICE := .venv/native-$(SHOAL_NATIVE)-$(MODULES)
SOURCES := $(CHOICE) pyproject.toml CMakeLists.txt $(wildcard native/*)

$(CHOICE): .venv/bin/python pyproject.toml
	$(PIP) --group build
	@rm -f .venv/native-*
	@touch $@

comma := ,
ENGINE := $(if $(filter 1,$(SHOAL_NATIVE)),compiling the native engine$(comma) about a minute,without the native engine: NumPy will compute)

.venv/installed: $(SOURCES)
	@echo "installing what shoal needs; $(ENGINE)"
	$(INSTALL) ".[cli]"
	@touch $@

.venv/installed-dev: $(SOURCES)
	@echo "installing what shoal and its tests need; $(ENGINE)"
	$(INSTALL) ".[all]" --group dev
	@touch $@ .venv/installed

.venv/installed-bench: pyproject.toml | .venv/installed-dev
	$(PIP) --group bench
	@touch $@

clean:
	rm -rf .venv demo build dist
