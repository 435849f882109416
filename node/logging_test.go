package node

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

// What CometBFT calls an error although nothing is wrong has another level.
func TestCometLoggerTellsErrorsFromEvents(t *testing.T) {
	for message, level := range map[string]string{
		"CONSENSUS FAILURE!!!":                           "ERROR",
		"Stopping peer for error":                        "INFO",
		"Error dialing peer":                             "INFO",
		"Stopped accept routine, as transport is closed": "DEBUG",
		"Error stopping pool":                            "DEBUG",
	} {
		var out bytes.Buffer
		log := cometLogger{slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		log.With("module", "p2p").Error(message, "err", "EOF")
		require.Contains(t, out.String(), "level="+level+" ", message)
		require.Contains(t, out.String(), "module=p2p")
	}
}
