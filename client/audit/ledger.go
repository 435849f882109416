package audit

import (
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
)

// columns is the header of a ledger. A line is about an account, and its last two columns are empty, or about a slot of an
// account, and then balance, nonce and code are empty, so that a column can be added up.
var columns = []string{
	"height", "blockHash", "stateRoot", "account", "label", "balanceWei", "nonce", "storageHash", "codeHash", "slot", "slotValue",
}

// Places of columns.
const (
	heightColumn = iota
	hashColumn
	rootColumn
	accountColumn
	labelColumn
	balanceColumn
	nonceColumn
	storageColumn
	codeColumn
	slotColumn
	valueColumn
)

func accountLine(block *BlockProof, stateRoot common.Hash, account *Account, state State) []string {
	line := newLine(block, stateRoot, account.Address, account.Label, state)
	line[balanceColumn] = state.BalanceWei.String()
	line[nonceColumn] = strconv.FormatUint(state.Nonce, 10)
	line[codeColumn] = state.CodeHash.Hex()
	return line
}

func slotLine(block *BlockProof, stateRoot common.Hash, slot *Slot, state State, value common.Hash) []string {
	line := newLine(block, stateRoot, slot.Contract, slot.Label, state)
	line[slotColumn], line[valueColumn] = slot.Slot.Hex(), value.Hex()
	return line
}

func newLine(block *BlockProof, stateRoot common.Hash, account common.Address, label string, state State) []string {
	line := make([]string, len(columns))
	line[heightColumn] = strconv.FormatUint(block.Height, 10)
	line[hashColumn], line[rootColumn] = block.Hash.Hex(), stateRoot.Hex()
	line[accountColumn], line[labelColumn] = account.Hex(), label
	line[storageColumn] = state.StorageHash.Hex()
	return line
}

// firstDifference names the first column in which two lines differ, "" for none.
func firstDifference(a, b []string) string {
	for i, name := range columns {
		if a[i] != b[i] {
			return name
		}
	}
	return ""
}

func isHeaderLine(line []string) bool { return slices.Equal(line, columns) }
