# The few commands a person needs. Each one prepares what it needs (.venv, the Pulumi engine) and says how long it took.
# A python3 that is too old, or a shim that does not work, is passed over; dev.py chooses the Python of .venv by itself.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.14 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && exit; \
	done; command -v python3 || command -v python)
endif
ARGS ?=
STACK ?=

.DEFAULT_GOAL := help
.PHONY: help up preview down test lint bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 15

up: ## start the local cloud and provision the stack dev in it; STACK=prod another one
preview: ## the same, without building: what would be done, and what the policies say
down: ## destroy what was provisioned and stop the local cloud
test: ## run the tests; ARGS="tests/boot -k name" picks some
lint: ## check style, format and types
bench: ## measure
clean: ## take everything down and remove what was made in this folder

up preview down test lint bench clean:
	@test -n "$(PYTHON)" || { echo "gatepost needs Python 3.11 or newer, and neither python3 nor python is on PATH. Install it (python.org, pyenv or uv have it) and try again." >&2; exit 1; }
	@"$(PYTHON)" tools/dev.py $@ $(if $(and $(STACK),$(filter up preview,$@)),--stack $(STACK)) $(ARGS)
