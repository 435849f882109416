package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client"
	"github.com/cybermiles/cybermiles/client/wallet"
)

// misuse is an error of the command line itself: exit code 2.
type misuse struct{ message string }

func (m *misuse) Error() string { return m.message }

func misusef(format string, args ...any) error {
	return &misuse{message: fmt.Sprintf(format, args...)}
}

// reportError prints what went wrong and what to do next, on standard error; as
// an object with the fields "error" and "code" under --output json.
func reportError(cmd *cobra.Command, err error, code int) {
	message := err.Error()
	if hint := nextStep(err); hint != "" {
		message += "\n" + hint
	}
	if asJSON(cmd) {
		encoded, _ := json.Marshal(map[string]any{"error": message, "code": code}) // strings and ints always encode
		fmt.Fprintln(cmd.ErrOrStderr(), string(encoded))
		return
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "error: "+message)
}

// nextStep says what a person can do about an error, "" when that is plain.
func nextStep(err error) string {
	var unreachable *client.UnreachableError
	switch {
	case errors.As(err, &unreachable):
		return "start one with `cybermiles dev`, or say where a node is with --url (env CYBERMILES_URL)"
	case errors.Is(err, client.ErrNoNode):
		return "check --url (env CYBERMILES_URL): a node's JSON-RPC is at port 8545 unless set otherwise"
	case errors.Is(err, client.ErrNotIncluded):
		return "look again with `cybermiles receipt HASH`, or with `cybermiles status` whether the chain moves"
	case errors.Is(err, wallet.ErrUnknownAccount):
		return "`cybermiles keys list` shows the accounts there are; --home says where to look"
	}
	// What the node's pool answers has no type of its own over JSON-RPC.
	for text, hint := range map[string]string{
		"insufficient funds":                  "the sender cannot pay amount and fee: send less, or from another account (--from)",
		"nonce too low":                       "a transaction with this nonce is in a block already: leave --nonce out to take the next",
		"replacement transaction underpriced": "a transaction with this nonce waits in the pool: raise --fee-cap and --tip by a tenth to replace it",
	} {
		if strings.Contains(err.Error(), text) {
			return hint
		}
	}
	return ""
}
