package node

import (
	"context"
	"log/slog"
	"runtime"
	"strings"

	gethlog "github.com/ethereum/go-ethereum/log"
)

// ClientVersion is web3_clientVersion: name, version, platform and toolchain.
func ClientVersion(version string) string {
	return strings.Join([]string{"cybermiles", "v" + strings.TrimPrefix(version, "v"), runtime.GOOS + "-" + runtime.GOARCH, runtime.Version()}, "/")
}

// UseLogger sends what go-ethereum's packages report to the node's log, from
// warnings on.
func UseLogger(log *slog.Logger) {
	gethlog.SetDefault(gethlog.NewLogger(warnings{log.With("module", "ethereum").Handler()}))
}

// warnings passes on what is at least a warning.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// Handle leaves out what is no warning here: go-ethereum's RPC server tells of
// each call that failed, whose caller has the error, and its history of going back
// on a development chain.
func (w warnings) Handle(ctx context.Context, record slog.Record) error {
	if strings.HasPrefix(record.Message, "Served ") || record.Message == "Truncating freezer table" {
		return nil
	}
	return w.Handler.Handle(ctx, record)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
