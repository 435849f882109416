package network

import (
	"cmp"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"
)

var billionCMT = new(big.Int).Mul(big.NewInt(1_000_000_000), big.NewInt(params.Ether))

// snapshotPath finds the real holders' list, and says loudly when it is not there.
func snapshotPath(t *testing.T) string {
	t.Helper()
	path := cmp.Or(os.Getenv("CMT_SNAPSHOT"), "../../shared/data/cmt-erc20-snapshot-6486489.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: no holders' list: %v; set CMT_SNAPSHOT to the path of cmt-erc20-snapshot-6486489.csv", err)
	}
	return path
}

func TestRealSnapshot(t *testing.T) {
	alloc, err := ReadSnapshot(snapshotPath(t), billionCMT)
	require.NoError(t, err)
	require.Len(t, alloc, 22_035)
	require.Equal(t, billionCMT, totalWei(alloc))
	first := alloc[common.HexToAddress("0x00001c8ee466d1abc45efdddf26bd5865c3d0bf9")]
	require.Equal(t, "1880000000000000000", first.Balance.String())
}

func TestSnapshotRefuses(t *testing.T) {
	const a, b = "0x00000000000000000000000000000000000000aa", "0x00000000000000000000000000000000000000bb"
	for want, text := range map[string]string{
		"the list is empty":           "",
		`line 1: expected the header`: a + ",1\n",
		"line 3: " + common.HexToAddress(a).Hex() + " is already on line 2": a + ",1\n0x" + strings.ToUpper(a[2:]) + ",1\n",
		"line 2: expected two columns":                                      a + "\n",
		"line 3: expected two columns":                                      a + ",1\n\n" + b + ",1\n",
		`line 2: address "00000000`:                                         a[2:] + ",1\n",
		`line 2: address "0xz`:                                              "0xz" + a[3:] + ",1\n",
		`line 2: balance "0"`:                                               a + ",0\n",
		`line 2: balance "-1"`:                                              a + ",-1\n",
		`line 2: balance "01"`:                                              a + ",01\n",
		`line 2: balance ""`:                                                a + ",\n",
		`line 2: balance "1,2"`:                                             a + ",1,2\n",
		`line 2: balance "1e18"`:                                            a + ",1e18\n",
		`line 2: balance 9999`:                                              a + "," + strings.Repeat("9", 78) + "\n",
		`line 2: balance "99999`:                                            a + "," + strings.Repeat("9", 79) + "\n",
		"line 2: bufio":                                                     strings.Repeat("x", 1<<17),
		"add up to 2 wei, expected 3":                                       a + ",1\n" + b + ",1\n",
	} {
		if text != "" && !strings.HasPrefix(want, "line 1") {
			text = snapshotHeader + "\n" + text
		}
		_, err := ParseSnapshot(strings.NewReader(text), big.NewInt(3))
		require.ErrorIs(t, err, ErrSnapshot, want)
		require.ErrorContains(t, err, want)
	}
}

func FuzzParseSnapshot(f *testing.F) {
	f.Add("address,balance_wei\n0x00000000000000000000000000000000000000aa,12\n")
	f.Add("address,balance_wei\r\n0x00000000000000000000000000000000000000aA,1\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		alloc, err := ParseSnapshot(strings.NewReader(text), nil)
		if err != nil {
			require.ErrorIs(t, err, ErrSnapshot)
			return
		}
		require.LessOrEqual(t, len(alloc), strings.Count(text, "\n")+1)
		for address, account := range alloc {
			require.NoError(t, validateAccount(address, account))
			require.Positive(t, account.Balance.Sign())
		}
		_, err = ParseSnapshot(strings.NewReader(text), totalWei(alloc))
		require.NoError(t, err)
	})
}
