package node

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	cmtlog "github.com/cometbft/cometbft/libs/log"
)

// cometLogger gives CometBFT our logger. Its "info" is our "debug": it speaks
// of every step of every block.
type cometLogger struct{ log *slog.Logger }

func (l cometLogger) Debug(string, ...any) {}

func (l cometLogger) Info(msg string, keyvals ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug(msg, plain(keyvals)...)
	}
}

func (l cometLogger) Warn(msg string, keyvals ...any) { l.log.Warn(msg, plain(keyvals)...) }

// noErrors are beginnings of what CometBFT calls an error and an operator need
// not look after, with the level that it has instead.
var noErrors = []struct {
	beginning string
	level     slog.Level
}{
	{"Stopped accept routine", slog.LevelDebug},                     // said of every orderly stop
	{"Won't start a peer - switch is not running", slog.LevelDebug}, // a peer that connects during a stop
	{"Error stopping pool", slog.LevelDebug},                        // block sync stops its pool twice
	{"Stopping peer for error", slog.LevelInfo},                     // peers come and go
	{"Error dialing peer", slog.LevelInfo},
	{"Failed to reconnect to peer. Beginning", slog.LevelInfo}, // it goes on trying
}

func (l cometLogger) Error(msg string, keyvals ...any) {
	level := slog.LevelError
	for _, n := range noErrors {
		if strings.HasPrefix(msg, n.beginning) {
			level = n.level
		}
	}
	l.log.Log(context.Background(), level, msg, plain(keyvals)...)
}

func (l cometLogger) With(keyvals ...any) cmtlog.Logger {
	return cometLogger{l.log.With(plain(keyvals)...)}
}

// plain turns lazily printed values into text and shortens long ones.
func plain(keyvals []any) []any {
	out := make([]any, len(keyvals))
	for i, v := range keyvals {
		switch v := v.(type) {
		case fmt.Stringer:
			out[i] = shorten(v.String())
		case []byte:
			out[i] = shorten(fmt.Sprintf("%X", v))
		default:
			out[i] = v
		}
	}
	return out
}

func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
