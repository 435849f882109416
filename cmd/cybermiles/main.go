// Command cybermiles is the whole of CyberMiles in one program: the node, the
// wallet and the tools around them. This package holds flags and output only;
// what the commands do lives in the packages they call.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitSuccess = 0
	exitFailure = 1 // the command was understood and did not succeed
	exitMisuse  = 2 // the command line itself is wrong
)

func main() { os.Exit(run(os.Args[1:])) }

// run executes one command line and returns its exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRootCommand()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitSuccess
	}
	code := exitFailure
	if errors.As(err, new(*misuse)) {
		code = exitMisuse
	}
	reportError(cmd, err, code)
	return code
}
