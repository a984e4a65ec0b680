# The commands of the book. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help chapter study book verify accept pretrain choose test bits bench peers oracles doctor format lint clean packages toolchain build number

WEAVE := .build/debug/weave
CODE := Package.swift Sources Chapters Tests
# Two cores are the machine this is made for; more do no harm.
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)
# The compiler's progress, on one line of a terminal; its errors and warnings whole.
QUIET := awk -v tty="$$([ -t 1 ] && echo 1)" ' \
  /^remark: Incremental compilation has been disabled/ { next } \
  /^\[[0-9]+\/[0-9]+\]/ { if (tty) { printf "\r\033[K%s", substr($$0, 1, 78); fflush() } next } \
  { if (tty) printf "\r\033[K"; print; fflush() }'
# Of the tests, the suites, the failures and the closing line.
BRIEF := sed -u -e '/^◇/d' -e '/^✔ Test run/b' -e '/^✔ Test /d'

help: ## list these commands
	@echo 'Espalier: a book that trains language models, and checks its own numbers.'
	@echo
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) \
	  | awk -F'|' '{ printf "  make %-14s %s\n", $$1, $$2 }'
	@echo
	@echo '  SIZE=tiny|book|large  SEED=n  ESPALIER_ENGINE=lanes|openblas  ESPALIER_THREADS=n'
	@echo '  change how a chapter runs; the book is made with none of them set.'

chapter: number toolchain packages ## run one chapter in the terminal: make chapter N=1
	@test -n '$(N)' || { echo 'make chapter needs a number, such as make chapter N=1' >&2; exit 2; }
	@$(call compile,build)
	@$(WEAVE) run $(N)

study: number toolchain packages ## run what is missing of a study, and write its page: N=3, or N=3 ALL=1
	@$(call compile,build)
	@$(WEAVE) study $(N) $(if $(ALL),--all)

book: number toolchain packages ## weave the pages that changed; N=1 for one chapter, ALL=1 to run all again
	@$(call compile,build)
	@$(WEAVE) book $(N) $(if $(ALL),--all)

verify: number toolchain packages ## run the chapters again and compare every number of the book; N=1 for one
	@$(call compile,build)
	@$(WEAVE) verify $(N)

accept: number toolchain packages ## take a chapter's new numbers into the book: make accept N=1
	@test -n '$(N)' || { echo 'make accept needs a number, such as make accept N=1' >&2; exit 2; }
	@$(call compile,build)
	@$(WEAVE) accept $(N)

pretrain: toolchain packages ## train a model on your own text: make pretrain CORPUS=novels.txt OUT=novels
	@test -n '$(CORPUS)' -a -n '$(OUT)' || { echo 'make pretrain needs a text and a folder, such as' \
	  'make pretrain CORPUS=novels.txt OUT=novels' >&2; exit 2; }
	@$(call compile,build --product pretrain)
	@.build/debug/pretrain --corpus '$(CORPUS)' --out '$(OUT)' $(OPTIONS)

choose: toolchain packages ## which model to ship: make choose OPTIONS='--megabytes 1 --accuracy 0.6'
	@$(call compile,build --product choose)
	@.build/debug/choose $(OPTIONS)

test: toolchain packages lint bits ## lint, bits, unit tests, and every chapter's pins and claims
	@$(call compile,build --build-tests)
	@set -o pipefail; swift test --skip-build --disable-xctest 2>&1 | $(BRIEF)

bits: toolchain packages ## compare every kernel's bits on narrower vectors and other thread counts
	@.ci/bits

bench: toolchain packages ## time the kernels; one JSON object a line
	@$(call compile,build --product bench) >&2
	@.build/debug/bench

peers: toolchain packages ## our training, writing and reinforcement beside torch's; ONLY='train M' for some
	@$(call compile,build --product bench) >&2
	@$(python)
	@.build/oracles/bin/python Tests/Oracles/peers_compare.py .build/debug/bench \
	  --record book/peers.json $(if $(ONLY),--only "$(ONLY)")

oracles: toolchain packages ## load our checkpoints in transformers, our GGUF files in gguf, and compare
	@$(call compile,build --build-tests)
	@$(python)
	@ESPALIER_PYTHON=$(CURDIR)/.build/oracles/bin/python \
	  swift test --skip-build --disable-xctest --filter 'HubTests|OracleTests'

doctor: toolchain packages ## check the machine: toolchain, OpenBLAS, memory, vector width
	@$(call compile,build --product doctor)
	@.build/debug/doctor

format: toolchain ## format the sources in place
	@swift format -i -r $(CODE)

lint: toolchain ## check the format of the sources
	@swift format lint --strict -r $(CODE)

clean: ## forget everything that can be built again
	@rm -rf .build

number:
	@case '$(N)' in *[!0-9]*) echo "N=$(N) is not a chapter's number; the chapters are" \
	  $$(ls Chapters | sed -n '/-Study$$/d; s/^0*\([1-9][0-9]*\)-\(.*\)/\1 (\2)/p' | paste -sd, | sed 's/,/, /g') >&2; \
	  exit 2;; esac

# $(call compile,arguments)
# A change of prose alone leaves a chapter's program and its date as they were; the weaver, which
# takes an old program for a stale one, is told that the build has just vouched for it.
define compile
set -o pipefail; swift $(1) --jobs $(JOBS) 2>&1 | $(QUIET) \
  && find .build/debug/ -maxdepth 1 -type f -perm -u+x \
       \( -name 'ch[0-9][0-9]-*' -o -name 'study[0-9][0-9]-*' \) -exec touch {} +
endef

# A virtual environment with what the oracles and the peers need.
define python
test -x .build/oracles/bin/python || python3 -m venv .build/oracles; \
  .build/oracles/bin/pip install --quiet -r Tests/Oracles/requirements.txt >&2
endef

toolchain:
	@.ci/toolchain

packages:
	@.ci/packages
