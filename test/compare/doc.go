// Package compare asks geth and this project's node the same questions about the same chain and holds every
// difference in the answers to a list of reasons. The same genesis and the same signed transactions go to both, one
// transaction a block. It judges answers only; speed is the business of package bench.
package compare
