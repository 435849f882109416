#!/bin/sh
# One line for each suite that the tests left out because it is not on this
# machine: `go test` is silent about what it skips.
cd "$(dirname "$0")/.." || exit 1

left_out() { echo "NOT RUN: $1"; }

[ -n "$STATE_TESTS" ] ||
	left_out "Ethereum's state tests, only our own; STATE_TESTS names the folder (test/statetest)"
ls "${XDG_CACHE_HOME:-$HOME/.cache}"/cybermiles/geth-* "$HOME"/Library/Caches/cybermiles/geth-* >/dev/null 2>&1 ||
	left_out "the comparison with geth; make conformance builds geth and compares"
ls "${DMN_TCK_DIR:-../shared/conformance/dmn}"/level-* >/dev/null 2>&1 ||
	left_out "the DMN compatibility kit; DMN_TCK_DIR names the folder that holds level-2 and level-3"
ls "${BPMN_CASES:-../shared/conformance/bpmn}" >/dev/null 2>&1 ||
	left_out "the BPMN cases; BPMN_CASES names their folder"
