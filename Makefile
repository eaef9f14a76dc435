# A thin face over CMake's presets: each target is a line or two that a person could type.
# Folders of presets lie in build/<preset>; the optimised program is left at build/muster.
.DEFAULT_GOAL := all
.PHONY: all test test-web demo asan tsan clang fuzz bench interop mutants check format tidy \
        install deb test-deb test-fresh ci coverage golden-update clean help

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
# Debian keeps nats-server in /usr/sbin, which a user's PATH lacks.
export PATH := $(PATH):/usr/sbin:/sbin

# $(call build,preset[,target]): configures and builds; ninja says nothing when nothing is to do.
define build
cmake --preset $(1) -Wno-dev --log-level=WARNING >/dev/null
cmake --build --preset $(1) -j$(JOBS) $(if $(2),--target $(2))
endef

all: ## build the optimised program: build/muster (installs missing packages first)
	@tools/install_deps.sh run
	$(call build,release,muster)
	@ln -sfn release/muster build/muster

demo: all ## simulated workers, a broker, the view: a live fleet on this machine
	@build/muster demo

test: ## build with g++ and run every test
	@tools/install_deps.sh test
	$(call build,dev)
	@tools/run_tests.sh build/dev --preset dev

test-web: ## build with g++ and look at the page through a headless Chromium; pictures: build/web
	@tools/install_deps.sh web
	$(call build,dev)
	@tools/run_tests.sh build/dev --preset dev -L web

asan tsan: ## build with clang 19 and run the tests under AddressSanitizer+UBSan, ThreadSanitizer
	@tools/install_deps.sh ci
	$(call build,$@)
	@tools/run_tests.sh build/$@ --preset $@

clang: ## build everything with the second compiler
	@tools/install_deps.sh ci
	$(call build,clang)

fuzz: ## each fuzz target for FUZZ_SECONDS (60)
	@tools/install_deps.sh ci
	$(call build,fuzz,muster_fuzzers)
	@tools/run_fuzzers.sh build/fuzz $(FUZZ_SECONDS)

bench: ## build the benchmarks as shipped and print their tables
	@tools/install_deps.sh test
	$(call build,bench,muster muster_benches)
	@tools/run_benches.sh build/bench

interop: ## muster in front of genuine engines under load (VLLM=yes: vLLM too, 7 GB)
	@tools/install_deps.sh test
	$(call build,release,muster)
	@tests/interop/run.py build/release/muster $(if $(filter yes,$(VLLM)),--vllm)

mutants: ## break single rules on purpose; each break must be caught by a test
	@tools/install_deps.sh test
	@tools/mutants.py

check: format ## format, tidy on what changed, layers, style
	@tools/check_layers.py
	@tools/check_style.py
	@tools/check_shell_and_words.sh
	@$(MAKE) --no-print-directory tidy

format:
	@tools/install_deps.sh ci
	@tools/check_format.sh

tidy:
	@tools/install_deps.sh ci
	$(call build,clang)
	@tools/check_tidy.py build/clang

install: ## install the program, libraries, headers under PREFIX (/usr/local)
	@tools/install_deps.sh run
	$(call build,release)
	cmake --install build/release --prefix $(PREFIX)

deb: ## the Debian package: build/deb/muster_*.deb
	@tools/install_deps.sh deb
	@tools/build_deb.sh

test-deb: deb ## the package judged by lintian, installed, upgraded and purged in a bare Debian 12
	@tests/packaging/deb_test.sh

test-fresh: ## the README's commands in a bare Debian 12 (needs root, debootstrap, a mirror)
	@tests/fresh/run.sh

ci: ## the whole gate: tests, second compiler, sanitizers, format, tidy, layers, style
	@tools/install_deps.sh ci
	@tools/ci.sh

coverage: ## line coverage of the tests, as gcov's .gcda files under build/coverage
	$(call build,coverage)
	@ctest --preset coverage

clean: ## remove everything that was built
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z][a-z -]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22
