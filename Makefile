# Every target has one line of help; `make help` prints them.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BINARY  := build/cybermiles
GO      ?= go
LDFLAGS := -X main.version=$(VERSION)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' Makefile

.PHONY: build
build: ## build the program
	$(GO) build -ldflags '$(LDFLAGS)' -o $(BINARY) ./cmd/cybermiles

.PHONY: run
run: build ## build and start a development chain (ARGS="--automine" for one that travels in time)
	./$(BINARY) dev $(ARGS)

.PHONY: test
test: build ## everything a contributor runs before pushing
	$(GO) vet ./...
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	$(GO) test -timeout 15m ./...
	test/clients/run.sh
	@test/suites.sh

.PHONY: check
check: test ## exactly what CI runs

.PHONY: demo
demo: build ## 1,000 escrow sales on a chain with the token's real holders, under load
	test/demo/run.sh

.PHONY: bench
bench: build ## measure throughput and latency, and geth in the same run
	bench/run.sh

.PHONY: faults
faults: build ## kill, truncate, partition and fill up running nodes, many times
	FAULTS=long $(GO) test -count=1 -timeout 120m -v ./test/faults/...

.PHONY: sim
sim: ## a year of the economy, and the long tests at full size (ARGS="-part year", "-part scale"); writes docs/sim.md
	$(GO) run ./test/economy/sim $(ARGS)

.PHONY: economy
economy: build ## validators that join, stay away, sign twice, vote and upgrade, on running networks, to the end
	ECONOMY=long $(GO) test -count=1 -timeout 30m -v ./test/economy/...

.PHONY: conformance
conformance: build ## Ethereum state tests, the comparison with geth call by call, the kits for DMN and BPMN
	COMPARE=1 $(GO) test -count=1 -timeout 60m -v ./test/statetest/... ./test/compare/...
	$(GO) test -count=1 -timeout 10m -v -run TCK ./middleware/rules/engine/dmn/compiler
	$(GO) test -count=1 -timeout 10m -v -run Betsy ./middleware/process/engine/machine
	$(GO) test -count=1 -timeout 10m -v -run InvalidModels ./middleware/process/engine/bpmn/compiler
	$(GO) test -count=1 -timeout 10m -v -run ReferenceModels ./middleware/process/engine/bpmn/compiler ./middleware/process/engine/render

.PHONY: prices
prices: ## what a unit of gas buys in time: each method of each contract in Go, and the EVM's opcodes
	CONTRACT_PRICES=1 $(GO) test -count=1 -p 1 -v -run 'TestGeneric|TestOpcodePrices' ./contract ./protocol/... ./middleware/... | grep '^price' | sort -k 7 -n

.PHONY: race
race: ## the unit tests under the race detector
	$(GO) test -race -timeout 60m ./chain/... ./consensus/... ./contract/... ./devchain/... ./execution/... ./mempool/... ./node/... ./rpc/... ./statesync/...

FUZZTIME ?= 30s
.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (30s)
	test/fuzz.sh $(FUZZTIME)

.PHONY: generate
generate: solidity/node_modules/.package-lock.json ## make the generated files again; leaves no difference
	cd solidity && npm run --silent interfaces && npm run --silent build
	$(GO) run ./contract/generate

solidity/node_modules/.package-lock.json: solidity/package-lock.json
	cd solidity && npm ci --no-progress --loglevel=error

.PHONY: new-contract
new-contract: ## scaffold a contract in Go: name=loyalty [part=protocol], then make it yours
	@test -n "$(name)" || { echo "say its name: make new-contract name=loyalty"; exit 1; }
	$(GO) run ./contract/generate -new "$(name)" -part "$(or $(part),middleware)"
	$(MAKE) generate

.PHONY: clean
clean: ## remove what was built
	rm -rf build
