# The doors to everything. Each target sets up what it needs; `make help` lists them.
.PHONY: sanitize help build demo demo-down test test-quick clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 18

build: ## build/stormglass only (packages are installed if missing and you are root)
	@tools/build.sh stormglass

demo: ## the whole reference architecture, running; prints its URL; run again, it changes nothing
	@tools/demo.sh

demo-down: ## destroys the demo and leaves nothing
	@tools/demo_down.sh

test: ## all set-up, then every test, the reference stack with real Terraform among them (half an hour)
	@tools/test.sh

test-quick: ## after a change: the build, ctest and the contract tests
	@tools/test.sh --quick

sanitize: ## the unit and simulation tests and the fuzz targets once more, with address, undefined and thread sanitizers
	@tools/sanitize.sh address
	@tools/sanitize.sh thread

clean: ## deletes build/ and its sanitized twins (a running demo keeps running; take it down first)
	rm -rf build build-asan build-tsan
