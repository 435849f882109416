package bench

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// TestRecipient checks that nobody pays himself and that all accounts receive about equally often.
func TestRecipient(t *testing.T) {
	const accounts, each = 50, 400
	received := make([]int, accounts)
	for sender := range accounts {
		for number := range each {
			to := recipient(sender, number, accounts)
			if to == sender {
				t.Fatalf("account %d pays itself", sender)
			}
			received[to]++
		}
	}
	for i, n := range received {
		if n < each*3/4 || n > each*5/4 {
			t.Errorf("account %d receives %d, the mean is %d", i, n, each)
		}
	}
	if recipient(0, 0, 2) != 1 || recipient(1, 0, 2) != 0 {
		t.Error("of two accounts each must pay the other")
	}
}

// TestCallDataMatchesABI compares the hand-made encodings with go-ethereum's encoder.
func TestCallDataMatchesABI(t *testing.T) {
	parsed, err := abi.JSON(strings.NewReader(`[
		{"type":"function","name":"disperse","inputs":[{"name":"recipients","type":"address[]"}]},
		{"type":"function","name":"deploy","inputs":[{"name":"model","type":"bytes"}]},
		{"type":"function","name":"order","inputs":[{"name":"level","type":"uint256"},{"name":"amount","type":"int128"},{"name":"first","type":"bool"}]},
		{"type":"function","name":"mint","inputs":[{"name":"accounts","type":"address[]"},{"name":"value","type":"uint256"}]},
		{"type":"function","name":"transfer","inputs":[{"name":"to","type":"address"},{"name":"value","type":"uint256"}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	list := []common.Address{common.HexToAddress("0x01"), common.HexToAddress("0xff00000000000000000000000000000000000002")}
	value := big.NewInt(12345)
	for name, test := range map[string]struct {
		got  []byte
		args []any
	}{
		"disperse": {disperseData(list), []any{list}},
		"mint":     {mintData(list, value), []any{list, value}},
		"deploy":   {deployModelData(bytes.Repeat([]byte{7}, 70)), []any{bytes.Repeat([]byte{7}, 70)}},
		"order":    {packOrder(2, 1500, 1), []any{big.NewInt(2), big.NewInt(1500), true}},
		"transfer": {tokenTransferData(list[1], 12345), []any{list[1], value}},
	} {
		want, err := parsed.Pack(name, test.args...)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(test.got, want) {
			t.Errorf("%s is encoded as\n%x, want\n%x", name, test.got, want)
		}
	}
}
