# Everything that people and CI do with this project. `make` alone prints this list.
STACK ?= lab
HOST ?=
FORMAT ?= table
OUTPUT ?=
NODE := node --require ./engine/register.js

.DEFAULT_GOAL := help
.PHONY: help up down status shell logs preview policy docs test test-unit test-lab conformance bench

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'

up: ## bring www.foobar.com up on this machine (root, Linux): hardened; STACK=baseline
	@lab/bootstrap.sh --lab
	@$(NODE) lab/cli.ts up --stack $(STACK)

down: ## take it away and leave nothing but the image cache
	@lab/bootstrap.sh
	@$(NODE) lab/cli.ts down

status: ## every host: address, services, health
	@$(NODE) lab/cli.ts status

shell: ## a root shell on a host: make shell HOST=web-1
	@$(NODE) lab/cli.ts shell "$(HOST)"

logs: ## a host's journal: make logs HOST=web-1
	@$(NODE) lab/cli.ts logs "$(HOST)"

preview: ## what `up` would change, without a cloud or root: STACK=lab, baseline, or dev and prod for AWS
	@lab/bootstrap.sh
	@$(NODE) lab/cli.ts preview --stack $(STACK)

# STACK has a default for the other targets; here only a given one counts.
policy: ## what the policies say about every stack: STACK=dev, FORMAT=table|sarif|junit|json|markdown, OUTPUT=file
	@lab/bootstrap.sh
	@$(NODE) lab/cli.ts policy --format $(FORMAT) $(if $(OUTPUT),--output "$(OUTPUT)") \
		$(if $(filter file,$(origin STACK)),,--stack "$(STACK)")

docs: ## writes docs/rules from the rules themselves
	@lab/bootstrap.sh
	@$(NODE) policies/report/write-rule-pages.ts

test: ## types, lint, unit, engine and lab scenarios
	@lab/bootstrap.sh --lab --test
	@$(NODE) tests/run.ts all

test-unit: ## all of it that needs no root
	@lab/bootstrap.sh
	@$(NODE) tests/run.ts unit

test-lab: ## all lab scenarios, those too that take long
	@lab/bootstrap.sh --lab
	@$(NODE) tests/run.ts lab

conformance: ## compare the engine with the Pulumi CLI on PATH; ARGS="--only hooks", or --lab as root
	@lab/bootstrap.sh
	@$(NODE) tests/conformance/run.ts $(ARGS)

bench: ## measure start, preview, memory, throughput and stop, and print them: STACK=lab or baseline
	@lab/bootstrap.sh --lab --bench
	@$(NODE) bench/run.ts $(STACK)
