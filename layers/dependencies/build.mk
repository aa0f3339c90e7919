# SAM calls this for the layer of that MACHINE, in a copy of this folder. No wheel is built here: only ready ones, for the
# Linux of Lambda, so that any machine builds for any other.
PYTHON := python3.13
TO = $(ARTIFACTS_DIR)/python

build-DependenciesLayer:
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --only-binary=:all: \
		--implementation cp --python-version 3.13 --platform manylinux2014_$(MACHINE) --platform manylinux_2_28_$(MACHINE) \
		--target "$(TO)" --requirement requirements.txt
	$(PYTHON) trimming.py "$(TO)"
	$(PYTHON) authorities.py "$(TO)"
	$(PYTHON) -m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p /opt "$(TO)"
