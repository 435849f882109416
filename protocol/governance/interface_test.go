package governance

import (
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// testdata/IGovernor.json is the ABI of @openzeppelin/contracts 5.7.0's
// governance/IGovernor.sol, which inherits IERC165 and IERC6372.
func TestIsOpenZeppelinsGovernor(t *testing.T) {
	file, err := os.ReadFile("testdata/IGovernor.json")
	require.NoError(t, err)
	governor, err := abi.JSON(strings.NewReader(string(file)))
	require.NoError(t, err)
	w := newWorld(t)
	require.Len(t, governor.Methods, 30, "the fixture is not whole")
	require.Len(t, governor.Events, 6)
	sameABI(t, governor, contract.Interface(w.g))

	id := [4]byte{}
	for _, f := range governor.Methods {
		switch f.Name {
		case "supportsInterface", "clock", "CLOCK_MODE": // inherited
		default:
			for i := range id {
				id[i] ^= f.ID[i]
			}
		}
	}
	for _, supported := range [][4]byte{id, {0x01, 0xff, 0xc9, 0xa7}, {0xda, 0x28, 0x7a, 0x1d}} {
		require.True(t, contracttest.View[bool](w.Chain, w.g, "supportsInterface", supported), "%x", supported)
	}
	require.False(t, contracttest.View[bool](w.Chain, w.g, "supportsInterface", [4]byte{0xff, 0xff, 0xff, 0xff}))
}

func TestClockAndNames(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, w.Time, contracttest.View[uint64](w.Chain, w.g, "clock"))
	require.Equal(t, "mode=timestamp", contracttest.View[string](w.Chain, w.g, "CLOCK_MODE"))
	require.Equal(t, countingMode, contracttest.View[string](w.Chain, w.g, "COUNTING_MODE"))
	require.Equal(t, "1", contracttest.View[string](w.Chain, w.g, "version"))
	for method, want := range map[string]uint64{
		"votingDelay": 3_600, "votingPeriod": 604_800, "quorumNumerator()": 1, "quorumDenominator": 3, "proposalThreshold": 0,
	} {
		require.Equal(t, uint256.NewInt(want), contracttest.View[*uint256.Int](w.Chain, w.g, method), method)
	}
	require.Equal(t, uint256.NewInt(1), contracttest.View[*uint256.Int](w.Chain, w.g, "quorumNumerator(uint256)", uint256.NewInt(1)))
	require.Equal(t, uint256.NewInt(334), contracttest.View[*uint256.Int](w.Chain, w.g, "quorum", uint256.NewInt(w.Time-1)), "a third of 1,000, rounded up")
	w.Fails(erin, w.g, nil, "ERC5805FutureLookup", "quorum", uint256.NewInt(w.Time))
	w.Fails(erin, w.g, nil, "ERC5805FutureLookup", "getVotes", alice, new(uint256.Int).Not(new(uint256.Int)))
}
