package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/network"
)

var token = common.HexToAddress("0xf85feea2fdd81d51177f6b8f35f0e6734ce45f5f")

// transferLog is a log as eth_getLogs returns it.
func transferLog(block, index uint64, from, to common.Address, wei *big.Int) *types.Log {
	return &types.Log{
		Address: token, BlockNumber: block, Index: uint(index), TxHash: common.BigToHash(new(big.Int).SetUint64(block<<20 | index)),
		Topics: []common.Hash{transferTopic, common.BytesToHash(from[:]), common.BytesToHash(to[:])},
		Data:   common.LeftPadBytes(wei.Bytes(), 32),
	}
}

func encode(t testing.TB, value any) string {
	t.Helper()
	content, err := json.Marshal(value)
	require.NoError(t, err)
	return string(content)
}

// lines writes logs one a line.
func lines(t testing.TB, logs ...*types.Log) string {
	t.Helper()
	var b strings.Builder
	for _, log := range logs {
		b.WriteString(encode(t, log) + "\n")
	}
	return b.String()
}

// randomArchive makes logs of a token that mints, moves and burns, and the balances after them by plain arithmetic.
func randomArchive(random *rand.Rand, count int) ([]*types.Log, map[common.Address]*big.Int) {
	balances := make(map[common.Address]*big.Int)
	var accounts []common.Address
	for i := range 20 {
		accounts = append(accounts, common.Address{19: byte(i + 1)})
		balances[accounts[i]] = new(big.Int)
	}
	var logs []*types.Log
	for n := range count {
		from, to := accounts[random.IntN(20)], accounts[random.IntN(20)]
		wei := new(big.Int).SetUint64(random.Uint64())
		switch random.IntN(4) {
		case 0:
			from = common.Address{}
		case 1:
			to = common.Address{}
			wei.Rem(wei, new(big.Int).Add(balances[from], big.NewInt(1)))
		default:
			wei.Rem(wei, new(big.Int).Add(balances[from], big.NewInt(1)))
		}
		if from != (common.Address{}) {
			balances[from].Sub(balances[from], wei)
		}
		if to != (common.Address{}) {
			balances[to].Add(balances[to], wei)
		}
		logs = append(logs, transferLog(uint64(n/7), uint64(n%7), from, to, wei))
	}
	return logs, balances
}

func TestRandomArchivesConserve(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 9))
		logs, balances := randomArchive(random, 300)
		shuffled := append([]*types.Log(nil), logs...)
		for range 20 { // as overlapping downloads
			shuffled = append(shuffled, logs[random.IntN(len(logs))])
		}
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		cut := random.IntN(len(shuffled))
		text := lines(t, shuffled[:cut]...) + encode(t, shuffled[cut:])

		archive, err := SumTransfers(strings.NewReader(text), ArchiveOptions{})
		require.NoError(t, err)
		require.Equal(t, token, archive.Token)
		require.Equal(t, 300, archive.Transfers)
		require.Equal(t, 20, archive.Repeated)
		require.Equal(t, uint64(299/7), archive.LastBlock)
		supplyWei := new(big.Int).Sub(archive.MintedWei, archive.BurnedWei)
		require.Equal(t, supplyWei, archive.Holders.TotalWei(), "not a wei is created or lost")
		for address, balanceWei := range balances {
			if balanceWei.Sign() > 0 {
				require.Equal(t, balanceWei, archive.Holders.BalanceWei(address))
			} else {
				require.Nil(t, archive.Holders.BalanceWei(address))
			}
		}
	}
}

func TestArchiveUpToAHeight(t *testing.T) {
	logs, _ := randomArchive(rand.New(rand.NewPCG(1, 1)), 300)
	height := uint64(20)
	early, err := SumTransfers(strings.NewReader(lines(t, logs...)), ArchiveOptions{Height: &height, Token: &token})
	require.NoError(t, err)
	require.Equal(t, 21*7, early.Transfers)
	require.Equal(t, 300-21*7, early.Later)
	alone, err := SumTransfers(strings.NewReader(lines(t, logs[:21*7]...)), ArchiveOptions{})
	require.NoError(t, err)
	require.Equal(t, alone.Holders, early.Holders)
}

func TestArchiveWithInitialBalances(t *testing.T) {
	a, b := common.Address{1}, common.Address{2}
	initial := Holders{{a, big.NewInt(100)}}
	approval := transferLog(1, 1, a, b, big.NewInt(7))
	approval.Topics[0] = common.Hash{1}
	text := lines(t, transferLog(1, 0, a, b, big.NewInt(40)), approval, transferLog(2, 0, b, b, big.NewInt(40)))
	archive, err := SumTransfers(strings.NewReader(text), ArchiveOptions{Initial: initial})
	require.NoError(t, err)
	require.Equal(t, Holders{{a, big.NewInt(60)}, {b, big.NewInt(40)}}, archive.Holders)
	require.Equal(t, 1, archive.Other)
	require.Equal(t, big.NewInt(100), archive.InitialWei)
	require.Equal(t, big.NewInt(100), initial[0].BalanceWei, "the list given is left as it is")
}

func TestArchiveRefuses(t *testing.T) {
	a, b := common.Address{1}, common.Address{2}
	mint := transferLog(1, 0, common.Address{}, a, big.NewInt(10))
	changed := func(edit func(*types.Log)) string {
		log := transferLog(3, 5, a, b, big.NewInt(1))
		edit(log)
		return lines(t, mint, log)
	}
	most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	for want, text := range map[string]string{
		"log 5 of block 3 (transaction 0x0000":                                         lines(t, mint, transferLog(3, 5, a, b, big.NewInt(11))),
		"takes 11 wei from 0x0100000000000000000000000000000000000000, which holds 10": lines(t, mint, transferLog(3, 5, a, b, big.NewInt(11))),
		"takes 10 wei from":              lines(t, transferLog(1, 1, a, b, big.NewInt(10)), transferLog(1, 2, common.Address{}, a, big.NewInt(10))),
		"more than 256 bits":             lines(t, mint, transferLog(1, 1, common.Address{}, a, most)),
		"is there twice with different":  lines(t, mint, transferLog(1, 0, common.Address{}, a, big.NewInt(11))),
		"log 2 of the archive: it is of": changed(func(l *types.Log) { l.Address[0]++ }),
		"removed by a reorganisation":    changed(func(l *types.Log) { l.Removed = true }),
		"4 topics and 32 bytes":          changed(func(l *types.Log) { l.Topics = append(l.Topics, common.Hash{}) }),
		"3 topics and 31 bytes":          changed(func(l *types.Log) { l.Data = l.Data[1:] }),
		"topic 2, 0x01":                  changed(func(l *types.Log) { l.Topics[2][0] = 1 }),
		"logIndex is missing":            `{"jsonrpc": "2.0", "id": 1, "result": []}`,
		"inside an array":                "[" + strings.TrimSpace(lines(t, mint)),
		"neither a log nor an array":     "12",
		"[ is neither":                   "[[]]",
		"blockNumber: ":                  `{"blockNumber": "one"}`,
		"data: ":                         `{"data": 5}`,
		"log 1 of the archive":           `{"address": "0x`,
		"after log 0: invalid character": "address,balance_wei",
		"address, topics, blockNumber":   `{}`,
	} {
		_, err := SumTransfers(strings.NewReader(text), ArchiveOptions{})
		require.ErrorIs(t, err, ErrArchive, want)
		require.ErrorContains(t, err, want)
	}
	_, err := SumTransfers(strings.NewReader(lines(t, transferLog(1, 1, a, b, big.NewInt(1)))), ArchiveOptions{})
	require.ErrorIs(t, err, ErrOverdrawn)
	_, err = SumTransfers(strings.NewReader(lines(t, mint)), ArchiveOptions{Token: &a})
	require.ErrorContains(t, err, "not of the token 0x0100")
}

func TestHoldersAreWrittenAsTheyAreRead(t *testing.T) {
	holders := randomHolders(rand.New(rand.NewPCG(2, 3)), 50)
	var file bytes.Buffer
	require.NoError(t, holders.Write(&file))
	alloc, err := network.ParseSnapshot(bytes.NewReader(file.Bytes()), holders.TotalWei())
	require.NoError(t, err)
	require.Len(t, alloc, 50)
	for _, holder := range holders {
		require.Equal(t, holder.BalanceWei, alloc[holder.Address].Balance)
	}
}

func TestSplit(t *testing.T) {
	holders := randomHolders(rand.New(rand.NewPCG(4, 5)), 9)
	left, err := ParseAddresses([]byte(fmt.Sprintf("# exchanges\n%s, a remark\r\n\n%#x\n", holders[3].Address, holders[7].Address)))
	require.NoError(t, err)
	kept, out, err := holders.Split(left)
	require.NoError(t, err)
	require.Equal(t, Holders{holders[3], holders[7]}, out)
	require.Len(t, kept, 7)
	require.Equal(t, holders.TotalWei(), new(big.Int).Add(kept.TotalWei(), out.TotalWei()))

	_, _, err = holders.Split([]common.Address{{1}})
	require.ErrorIs(t, err, ErrHolders)
	for want, text := range map[string]string{
		"line 2: \"0x12\" is no address": "\n0x12\n",
		"is already on line 1":           fmt.Sprintf("%s\n%#x\n", holders[3].Address, holders[3].Address),
	} {
		_, err := ParseAddresses([]byte(text))
		require.ErrorIs(t, err, ErrHolders)
		require.ErrorContains(t, err, want)
	}
}

// FuzzSumTransfers looks for archives that crash the program or do not add up.
func FuzzSumTransfers(f *testing.F) {
	logs, _ := randomArchive(rand.New(rand.NewPCG(6, 7)), 5)
	f.Add(lines(f, logs...))
	f.Add(encode(f, logs))
	f.Add(`[{}]`)
	f.Fuzz(func(t *testing.T, text string) {
		archive, err := SumTransfers(strings.NewReader(text), ArchiveOptions{})
		if err != nil {
			require.ErrorIs(t, err, ErrArchive)
			return
		}
		require.Equal(t, new(big.Int).Sub(archive.MintedWei, archive.BurnedWei), archive.Holders.TotalWei())
	})
}
