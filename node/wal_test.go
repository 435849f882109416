package node

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	cmtconsensus "github.com/cometbft/cometbft/consensus"
	"github.com/stretchr/testify/require"
)

// heights lists the heights that a log of votes says are done.
func heights(t *testing.T, path string) (list []int64) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	for decoder := cmtconsensus.NewWALDecoder(file); ; {
		message, err := decoder.Decode()
		if err != nil {
			return list
		}
		if end, ok := message.Msg.(cmtconsensus.EndHeightMessage); ok {
			list = append(list, end.Height)
		}
	}
}

func TestAnchorVotes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cs.wal", "wal")
	require.NoError(t, anchorVotes(path, 0))
	require.NoFileExists(t, path, "CometBFT begins it")
	for range 2 {
		require.NoError(t, anchorVotes(path, 5))
		require.Equal(t, []int64{0, 5}, heights(t, path), "said once")
	}
	require.NoError(t, anchorVotes(path, 6))
	require.Equal(t, []int64{0, 5, 6}, heights(t, path))

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, content[:len(content)-1], 0o600))
	require.NoError(t, anchorVotes(path, 6))
	require.Equal(t, []int64{0, 6}, heights(t, path), "a damaged log is begun anew")
	require.FileExists(t, path+".CORRUPTED")

	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, anchorVotes(path, 7))
	require.Equal(t, []int64{0, 7}, heights(t, path))
}

func TestKeepReadableBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "addrbook.json")
	require.NoError(t, keepReadableBook(path, slog.New(slog.DiscardHandler)), "there is none")
	require.NoError(t, os.WriteFile(path, []byte(`{"key":"00","addrs":[]}`), 0o600))
	require.NoError(t, keepReadableBook(path, slog.New(slog.DiscardHandler)))
	require.FileExists(t, path)
	for _, damaged := range []string{"", "{", `{"addrs":3}`, "\x00\x00"} {
		require.NoError(t, os.WriteFile(path, []byte(damaged), 0o600))
		require.NoError(t, keepReadableBook(path, slog.New(slog.DiscardHandler)))
		require.NoFileExists(t, path, "%q", damaged)
		require.FileExists(t, path+".CORRUPTED")
	}
}
