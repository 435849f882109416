package chain

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A process that dies as soon as the ledger is open leaves genesis on disk.
func TestGenesisIsOnDiskAtOnce(t *testing.T) {
	options := Options{Dir: t.TempDir()}
	openTest(t, options) // not closed until the test ends
	copied := Options{Dir: t.TempDir()}
	require.NoError(t, os.CopyFS(copied.Dir, os.DirFS(options.Dir)))
	c := openTest(t, copied)
	_, err := c.StateAt(c.Genesis())
	require.NoError(t, err)
	extend(t, c, 3, busy)
}

// One that dies while genesis is written begins anew.
func TestGenesisBeginsAnewAfterACrash(t *testing.T) {
	options := Options{Dir: t.TempDir()}
	ledger := filepath.Join(options.Dir, ledgerFolder)
	require.NoError(t, os.Mkdir(ledger, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(ledger, "CURRENT"), []byte("half of it"), 0o600))
	require.NoError(t, options.markIncomplete())
	c := openTest(t, options)
	extend(t, c, 3, busy)
	require.NoFileExists(t, filepath.Join(options.Dir, incompleteFile))
}
