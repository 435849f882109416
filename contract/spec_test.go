package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
)

const bell = `{"abi": [{"type": "function", "name": "ring", "stateMutability": "nonpayable", "inputs": [], "outputs": []}], "devdoc": {"methods": {"ring()": {SYSTEM}}}}`

// TestTableAndInterfaceAgreeOnSystemMethods: who may call a method is in both.
func TestTableAndInterfaceAgreeOnSystemMethods(t *testing.T) {
	ring := func(*contract.Context) {}
	for _, c := range []struct {
		documented string
		method     any
		fits       bool
	}{
		{"", ring, true},
		{`"custom:system": "at noon"`, contract.System(ring), true},
		{"", contract.System(ring), false},
		{`"custom:system": "at noon"`, ring, false},
	} {
		_, err := contract.New(contract.Spec{
			Name: "bell", Interface: []byte(strings.Replace(bell, "SYSTEM", c.documented, 1)), Methods: contract.Methods{"ring": c.method},
		})
		if c.fits {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "ring(): the method table says contract.System")
		}
	}
}
