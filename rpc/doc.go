// Package rpc serves the node's JSON-RPC interface over HTTP, WebSocket and
// IPC: the eth, net, web3, txpool, debug, ots, erigon and cmt namespaces, one
// file a namespace, the large eth namespace split by meaning.
//
// It answers as go-ethereum's internal/ethapi does, error codes, revert data
// and texts included, so that wallets and libraries need no special case; the
// chain itself is reached only through the Backend interface.
//
// It refuses to hold keys, to sign, to change the node's configuration and to
// run unbounded work: every request is limited in size, gas, time and results.
package rpc
