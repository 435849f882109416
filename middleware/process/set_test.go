package process

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// open is a context that writes to the contract's storage.
func open(t testing.TB) *contract.Context {
	p := New(common.HexToAddress("0xc102"), common.Address{}, nil)
	return contracttest.New(t, p).Open(p)
}

func TestSetIsASortedSet(t *testing.T) {
	for _, spread := range []uint64{5, 40, 3_000, 1 << 24, maxMember} {
		ctx, random := open(t), rand.New(rand.NewPCG(spread, 2))
		s := set{tasksOfAccount, common.Hash{1}}
		other := set{jobsOfType, common.Hash{1}}
		other.insert(ctx, 7)
		var want []uint64
		for n := range 600 {
			member := 1 + random.Uint64N(spread)
			at, found := slices.BinarySearch(want, member)
			if n < 300 && random.IntN(3) > 0 || n >= 300 && random.IntN(4) == 0 {
				s.insert(ctx, member)
				if !found {
					want = slices.Insert(want, at, member)
				}
			} else {
				if len(want) > 0 && random.IntN(2) == 0 {
					at, found = random.IntN(len(want)), true
					member = want[at]
				}
				s.remove(ctx, member)
				if found {
					want = slices.Delete(want, at, at+1)
				}
			}
			from := random.Uint64N(spread + 2)
			got, ok := s.next(ctx, from)
			at, _ = slices.BinarySearch(want, from)
			require.Equal(t, at < len(want), ok, "from %d in %v", from, want)
			if ok {
				require.Equal(t, want[at], got)
			}
		}
		for _, member := range slices.Clone(want) {
			s.remove(ctx, member)
		}
		_, ok := s.next(ctx, 0)
		require.False(t, ok)
		require.Equal(t, common.Hash{}, ctx.Load(s.slot(ctx, 0, 0)), "an empty set takes no slot")
		got, ok := other.next(ctx, 0)
		require.True(t, ok)
		require.EqualValues(t, 7, got)
	}
}

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	starter, other := common.HexToAddress("0x1"), common.HexToAddress("0x2")
	full := record{
		model: 3, starter: starter, process: 2, parent: 9, parentToken: 4, stopped: true,
		roles:  []common.Address{starter, other, {}, everybody},
		works:  []work{{token: 4, account: other}, {token: 5, worker: starter, until: 1 << 40, child: 8}, {token: 6}},
		assets: []common.Address{other}, core: []byte{1, 2, 3},
	}
	full.deposit.SetUint64(1 << 63)
	full.deposits = true
	over := record{model: 1, starter: starter, status: 3, code: "broken", remainderTo: other}
	for _, r := range []record{full, over, {model: 1, core: []byte{}}} {
		var got record
		data := r.encode()
		require.NoError(t, got.decode(data))
		require.Equal(t, data, got.encode())
		if len(r.core) == 0 {
			got.core = r.core
		}
		require.Equal(t, r, got)
		for n := range data[:len(data)-len(r.core)] {
			var cut record
			require.Error(t, cut.decode(data[:n]), "cut at %d", n)
		}
	}
	ctx := open(t)
	var stored []byte
	for _, size := range []int{100, 3, 64, 33, 32, 500, 31} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i * 7)
		}
		data[0], data[1] = byte(size>>8), byte(size)
		write(ctx, common.Hash{9}, stored, data)
		require.Equal(t, data, read(ctx, common.Hash{9}))
		stored = data
	}
}

func FuzzRecord(f *testing.F) {
	r := record{model: 3, roles: []common.Address{{1}}, works: []work{{token: 4, child: 2}}, core: []byte{1}}
	f.Add(r.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		var r record
		if r.decode(data) != nil {
			return
		}
		var again record
		require.NoError(t, again.decode(r.encode()))
	})
}
