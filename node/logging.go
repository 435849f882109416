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

func (l cometLogger) Error(msg string, keyvals ...any) {
	if strings.HasPrefix(msg, "Stopped accept routine") {
		return // said of every orderly stop
	}
	l.log.Error(msg, plain(keyvals)...)
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
