package audit

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
)

func wholePlan() *Plan {
	return &Plan{
		Accounts: []Account{{rich, "Foundation, locked"}, {holder, "locks"}, {nobody, ""}},
		Slots:    []Slot{{holder, firstOne, "counter"}, {holder, wide, ""}, {nobody, firstOne, "nothing"}, {holder, empty, "unset"}},
		From:     2, To: 9, Step: 3,
	}
}

// export runs a plan and returns ledger and proofs.
func export(t testing.TB, node *chainNode, plan *Plan) (ledger, proofs string, err error) {
	t.Helper()
	var ledgerFile, proofsFile bytes.Buffer
	_, err = Export(context.Background(), node.connect(t), plan, &ledgerFile, &proofsFile)
	return ledgerFile.String(), proofsFile.String(), err
}

func verify(ledger, proofs string, trusted map[uint64]common.Hash) (*Verified, error) {
	return Verify(strings.NewReader(ledger), strings.NewReader(proofs), trusted)
}

func TestExportIsProven(t *testing.T) {
	node := new(chainNode)
	ledger, proofs, err := export(t, node, wholePlan())
	require.NoError(t, err)
	lines, err := csv.NewReader(strings.NewReader(ledger)).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+3*7)
	require.Equal(t, columns, lines[0])
	hash, root := node.header(2).Hash().Hex(), node.header(2).Root.Hex()
	none := types.EmptyRootHash.Hex()
	require.Equal(t, []string{"2", hash, root, rich.Hex(), "Foundation, locked", "1002", "2", none, types.EmptyCodeHash.Hex(), "", ""}, lines[1])
	require.Equal(t, []string{"2", hash, root, nobody.Hex(), "", "0", "0", none, types.EmptyCodeHash.Hex(), "", ""}, lines[5+1])
	require.Equal(t, []string{"2", hash, root, nobody.Hex(), "nothing", "", "", none, "", firstOne.Hex(), common.Hash{}.Hex()}, lines[7])
	storage := node.storage(5).Hash().Hex()
	require.Equal(t, []string{"5", node.header(5).Hash().Hex(), node.header(5).Root.Hex(), holder.Hex(), "counter", "", "", storage, "", firstOne.Hex(), common.Hash{31: 6}.Hex()}, lines[7+3])
	require.Equal(t, common.Hash{1, 2, 3}.Hex(), lines[4][valueColumn])
	require.Equal(t, common.Hash{}.Hex(), lines[5][valueColumn])

	verified, err := verify(ledger, proofs, nil)
	require.NoError(t, err)
	require.Equal(t, 21, verified.Lines)
	require.Equal(t, 3, verified.Accounts)
	require.False(t, verified.Trusted)
	want := []Block{{2, node.header(2).Hash()}, {5, node.header(5).Hash()}, {8, node.header(8).Hash()}}
	require.Equal(t, want, verified.Blocks)

	trusted := map[uint64]common.Hash{2: want[0].Hash, 5: want[1].Hash, 8: want[2].Hash}
	verified, err = verify(ledger, proofs, trusted)
	require.NoError(t, err)
	require.True(t, verified.Trusted)
	delete(trusted, 5)
	_, err = verify(ledger, proofs, trusted)
	require.ErrorContains(t, err, "no trusted hash of block 5")
	trusted[5] = common.Hash{1}
	_, err = verify(ledger, proofs, trusted)
	require.ErrorContains(t, err, "but the trusted hash is 0x01")
}

// Every cell but the labels is proven: changing any of them is found. So is every proof: changing any byte of a node is.
func TestNothingCanBeChanged(t *testing.T) {
	plan := wholePlan()
	plan.Step = 7
	ledger, proofs, err := export(t, new(chainNode), plan)
	require.NoError(t, err)
	lines, err := csv.NewReader(strings.NewReader(ledger)).ReadAll()
	require.NoError(t, err)
	for i := range lines {
		for column := range columns {
			if i > 0 && column == labelColumn {
				continue
			}
			before := lines[i][column]
			lines[i][column] = changedCell(before)
			_, err := verify(written(t, lines), proofs, nil)
			require.ErrorIs(t, err, ErrProof, "line %d, %s", i, columns[column])
			lines[i][column] = before
		}
		_, err := verify(written(t, append(append([][]string{}, lines[:i]...), lines[i+1:]...)), proofs, nil)
		require.ErrorIs(t, err, ErrProof, "without line %d", i)
		_, err = verify(written(t, append(append([][]string{}, lines...), lines[i])), proofs, nil)
		require.ErrorIs(t, err, ErrProof, "line %d twice", i)
	}
	records := strings.SplitAfter(strings.TrimSuffix(proofs, "\n"), "\n")
	for i := range records {
		_, err := verify(ledger, strings.Join(append(append([]string{}, records[:i]...), records[i+1:]...), ""), nil)
		require.ErrorIs(t, err, ErrProof, "without proof %d", i)
		_, err = verify(ledger, changedNodes(t, records, i), nil)
		require.ErrorIs(t, err, ErrProof, "proof %d changed", i)
	}
}

// changedCell changes a cell's last character, or fills an empty one.
func changedCell(cell string) string {
	if cell == "" {
		return "1"
	}
	last := byte('0')
	if cell[len(cell)-1] == '0' {
		last = '1'
	}
	return cell[:len(cell)-1] + string(last)
}

func written(t *testing.T, lines [][]string) string {
	var b bytes.Buffer
	require.NoError(t, csv.NewWriter(&b).WriteAll(lines))
	return b.String()
}

// changedNodes flips a bit in the last node or the header of a record.
func changedNodes(t *testing.T, records []string, i int) string {
	var entry record
	require.NoError(t, json.Unmarshal([]byte(records[i]), &entry))
	node := entry.Block
	if node != nil {
		node.Header[len(node.Header)/2] ^= 4
	} else {
		last := entry.Proof.AccountProof[len(entry.Proof.AccountProof)-1]
		last[len(last)/2] ^= 4
	}
	encoded, err := json.Marshal(entry)
	require.NoError(t, err)
	return strings.Join(records[:i], "") + string(encoded) + "\n" + strings.Join(records[i+1:], "")
}

// A node that lies is found out while exporting.
func TestLyingNode(t *testing.T) {
	for name, spoil := range map[string]func(*AccountProof){
		"balance":     func(p *AccountProof) { p.Balance = (*hexutil.Big)(big.NewInt(1_000_000)) },
		"no balance":  func(p *AccountProof) { p.Balance = nil },
		"nonce":       func(p *AccountProof) { p.Nonce++ },
		"code":        func(p *AccountProof) { p.CodeHash[0]++ },
		"storage":     func(p *AccountProof) { p.StorageHash[0]++ },
		"account":     func(p *AccountProof) { p.Address[0]++ },
		"short proof": func(p *AccountProof) { p.AccountProof = p.AccountProof[1:] },
		"no proof":    func(p *AccountProof) { p.AccountProof = nil },
		"slot": func(p *AccountProof) {
			for i := range p.StorageProof {
				p.StorageProof[i].Value = (*hexutil.Big)(big.NewInt(77))
			}
		},
		"slot's key":    func(p *AccountProof) { p.StorageProof = []SlotProof{{Key: "first", Value: new(hexutil.Big)}} },
		"slot left out": func(p *AccountProof) { p.StorageProof = nil },
		"slot's proof": func(p *AccountProof) {
			for i := range p.StorageProof {
				p.StorageProof[i].Proof = nil
			}
		},
	} {
		plan := &Plan{Accounts: []Account{{holder, ""}}, Slots: []Slot{{holder, firstOne, ""}}, From: 1, To: 1, Step: 1}
		_, _, err := export(t, &chainNode{spoil: spoil}, plan)
		require.ErrorIs(t, err, ErrProof, name)
	}
}

func TestConsecutiveBlocksAreLinked(t *testing.T) {
	plan := &Plan{Accounts: []Account{{rich, ""}}, From: 3, To: 4, Step: 1}
	ledger, proofs, err := export(t, new(chainNode), plan)
	require.NoError(t, err)
	_, err = verify(ledger, proofs, nil)
	require.NoError(t, err)

	// The same height of another chain, complete in itself.
	plan.To = 3
	other := &chainNode{}
	connection := other.connect(t)
	other.parents[2] = common.Hash{7}
	var ledgerOther, proofsOther bytes.Buffer
	_, err = Export(context.Background(), connection, plan, &ledgerOther, &proofsOther)
	require.NoError(t, err)
	_, rest, _ := strings.Cut(proofs, `{"block":{"height":4`)
	forged := proofsOther.String() + `{"block":{"height":4` + rest
	lines := strings.SplitAfter(ledger, "\n")
	_, err = verify(ledgerOther.String()+lines[2], forged, nil)
	require.ErrorContains(t, err, "but block 3 is")
}

// More slots of one contract than fit into one question come in several.
func TestManySlots(t *testing.T) {
	plan := &Plan{Accounts: []Account{{holder, ""}}, From: 1, To: 1, Step: 1}
	for i := range 2*slotsAtOnce + 3 {
		plan.Slots = append(plan.Slots, Slot{holder, common.BigToHash(big.NewInt(int64(i))), fmt.Sprint(i)})
	}
	require.Len(t, plan.requests(), 3)
	ledger, proofs, err := export(t, new(chainNode), plan)
	require.NoError(t, err)
	verified, err := verify(ledger, proofs, nil)
	require.NoError(t, err)
	require.Equal(t, 1+len(plan.Slots), verified.Lines)
}

func TestPlanRefuses(t *testing.T) {
	account, slot := Account{rich, ""}, Slot{holder, firstOne, ""}
	for want, plan := range map[string]*Plan{
		"no account and no slot": {Step: 1},
		"step between heights":   {Accounts: []Account{account}},
		"before they begin":      {Accounts: []Account{account}, From: 2, To: 1, Step: 1},
		"more heights than":      {Accounts: []Account{account}, To: 1<<64 - 1, Step: 1},
		"is named twice":         {Accounts: []Account{account, account}, Step: 1},
		"0000000001 of 0x":       {Slots: []Slot{slot, slot}, Step: 1},
	} {
		_, _, err := export(t, new(chainNode), plan)
		require.ErrorIs(t, err, ErrList)
		require.ErrorContains(t, err, want)
	}
	_, _, err := export(t, new(chainNode), &Plan{Accounts: []Account{account}, From: 8, To: 10, Step: 1})
	require.ErrorContains(t, err, "the node has no block 10")
}

func TestLists(t *testing.T) {
	accounts, err := ParseAccounts(strings.NewReader("account,label\n# funds\n0x0000000000000000000000000000000000000001, \"Fund, first\"\r\n0x0000000000000000000000000000000000000002\n"))
	require.NoError(t, err)
	require.Equal(t, []Account{{common.Address{19: 1}, "Fund, first"}, {common.Address{19: 2}, ""}}, accounts)
	slots, err := ParseSlots(strings.NewReader("0x0000000000000000000000000000000000000001,0x5,lock\n"))
	require.NoError(t, err)
	require.Equal(t, []Slot{{common.Address{19: 1}, common.Hash{31: 5}, "lock"}}, slots)
	hashes, err := ParseHashes(strings.NewReader("height,hash\n7," + common.Hash{9}.Hex() + "\n"))
	require.NoError(t, err)
	require.Equal(t, map[uint64]common.Hash{7: {9}}, hashes)

	const a = "0x0000000000000000000000000000000000000001"
	for text, want := range map[string]string{
		a + ",Fund, first\n": "3 columns are more than 2",
		"\n\nfund\n":         "line 3: ",
		"account\naccount\n": "line 2: ",
		a + ",\"x\n":         "extraneous or missing",
	} {
		_, err := ParseAccounts(strings.NewReader(text))
		require.ErrorIs(t, err, ErrList)
		require.ErrorContains(t, err, want)
	}
	for text, want := range map[string]string{
		a + "\n":     "expected contract,slot,label",
		a + ",5\n":   "slot \"5\"",
		a + ",0x\n":  "slot \"0x\"",
		a + ",0xg\n": "slot \"0xg\"",
		a + ",0x" + strings.Repeat("1", 65) + "\n": "1 to 64",
		"here,0x1\n": "line 1: ",
	} {
		_, err := ParseSlots(strings.NewReader(text))
		require.ErrorIs(t, err, ErrList)
		require.ErrorContains(t, err, want)
	}
	hash := "," + common.Hash{9}.Hex() + "\n"
	for text, want := range map[string]string{"7\n": "expected height,hash", "-7" + hash: "no whole number", "7,0x1\n": "hash", "7" + hash + "7" + hash: "twice"} {
		_, err := ParseHashes(strings.NewReader(text))
		require.ErrorIs(t, err, ErrList)
		require.ErrorContains(t, err, want)
	}
}

// FuzzVerify looks for exports that crash the check.
func FuzzVerify(f *testing.F) {
	f.Add("height\n", "{}")
	node := &chainNode{}
	ledger, proofs, err := export(f, node, &Plan{Accounts: []Account{{rich, "a"}}, Slots: []Slot{{holder, firstOne, ""}}, From: 1, To: 2, Step: 1})
	require.NoError(f, err)
	f.Add(ledger, proofs)
	f.Fuzz(func(t *testing.T, ledger, proofs string) {
		if _, err := verify(ledger, proofs, nil); err != nil {
			require.ErrorIs(t, err, ErrProof)
		}
	})
}

// FuzzProof looks for trie nodes that crash the check of a proof: the nodes are made to match the root.
func FuzzProof(f *testing.F) {
	var nodes proofList
	node := &chainNode{t: f}
	if err := node.state(1).Prove(common.Hash{1}.Bytes(), &nodes); err != nil {
		f.Fatal(err)
	}
	for _, n := range nodes {
		f.Add([]byte(n))
	}
	f.Fuzz(func(t *testing.T, root []byte) {
		hash := crypto.Keccak256Hash(root)
		_, _ = proveAccount(hash, rich, []hexutil.Bytes{root}) // must return
		_, _ = proveSlot(hash, firstOne, []hexutil.Bytes{root})
	})
}
