package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// nursery is a repository with nothing but a list of contracts.
func nursery(t *testing.T, list string) (root string) {
	t.Helper()
	root = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "contracts"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "contracts", "list.go"), []byte(list), 0o644))
	return root
}

const emptyList = `package contracts

import "github.com/cybermiles/cybermiles/contract"

func all() []contract.Contract {
	return []contract.Contract{
		// make new-contract enters more here
	}
}
`

func TestNewContract(t *testing.T) {
	root := nursery(t, emptyList)
	require.NoError(t, newContract(root, "middleware", "loyalty"))
	require.NoError(t, newContract(root, "middleware", "GiftCards"))
	require.NoError(t, newContract(root, "protocol", "tax"))
	list, err := os.ReadFile(filepath.Join(root, "contracts", "list.go"))
	require.NoError(t, err)
	require.Equal(t, `package contracts

import (
	"github.com/cybermiles/cybermiles/contract"

	"github.com/cybermiles/cybermiles/middleware/giftcards"
	"github.com/cybermiles/cybermiles/middleware/loyalty"
	"github.com/cybermiles/cybermiles/protocol/tax"
)

func all() []contract.Contract {
	return []contract.Contract{
		loyalty.New(address(0xc101)),
		giftcards.New(address(0xc102)),
		tax.New(address(0xc001)),
		// make new-contract enters more here
	}
}
`, string(list))
	for _, file := range []string{"ILoyalty.sol", "loyalty.go", "store.go", "note.go", "note_test.go", "README.md"} {
		content, err := os.ReadFile(filepath.Join(root, "middleware", "loyalty", file))
		require.NoError(t, err)
		require.NotContains(t, string(content), "{{")
	}
	require.ErrorContains(t, compileInterfaces(t, root), "not what the source compiles to", "it compiles, and its JSON is not there yet")
}

func TestNewContractRefuses(t *testing.T) {
	root := nursery(t, emptyList)
	for name, hint := range map[string]string{"": "letters and digits", "a": "letters and digits", "../x": "letters and digits", "gift-cards": "letters and digits", "Type": "letters and digits"} {
		require.ErrorIs(t, newContract(root, "middleware", name), ErrName)
		require.ErrorContains(t, newContract(root, "middleware", name), hint)
	}
	require.ErrorContains(t, newContract(root, "console", "loyalty"), "protocol or middleware")
	require.NoError(t, newContract(root, "protocol", "loyalty"))
	require.ErrorContains(t, newContract(root, "middleware", "Loyalty"), "protocol/loyalty is there already")
	bare := nursery(t, "package contracts\n")
	require.ErrorContains(t, newContract(bare, "middleware", "loyalty"), listMarker)
	require.NoDirExists(t, filepath.Join(bare, "middleware"), "nothing is left behind")
}
