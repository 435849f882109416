package lockup

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

func genesis() Genesis {
	return Genesis{LeastWei: cmt(1), Locks: []GenesisLock{
		{Account: alice, AmountWei: cmt(100), Until: 1_800_000_000, Label: "5miles"},
		{Account: bob, AmountWei: cmt(200), Until: 1_800_000_000, Label: "CyberMiles Foundation"},
	}}
}

func TestGenesis(t *testing.T) {
	l := New(address)
	c := newChain(t, l, genesis())
	require.Equal(t, lockInfo{2, bob, *cmt(200), 1_800_000_000, "CyberMiles Foundation"}, contracttest.View[lockInfo](c, l, "lockOf", uint64(2)))
	require.Equal(t, cmt(300), l.Locked(c.Open(l)))
	require.Equal(t, uint64(3), lock(c, l, alice, bob, cmt(1), 1))
	reimported(t, c, l)
}

func TestGenesisThatCannotBe(t *testing.T) {
	for want, change := range map[string]func(*Genesis){
		"balance is":             func(g *Genesis) { g.Locks[0].AmountWei = cmt(101) },
		"leastWei":               func(g *Genesis) { g.LeastWei = new(uint256.Int).Lsh(cmt(1), 50) },
		"cannot own":             func(g *Genesis) { g.Locks[1].Account = common.Address{} },
		"amountWei":              func(g *Genesis) { g.Locks[1].AmountWei = nil },
		"until":                  func(g *Genesis) { g.Locks[1].Until = 0 },
		"label":                  func(g *Genesis) { g.Locks[1].Label = strings.Repeat("x", 65) },
		"lock 1 is there twice":  func(g *Genesis) { g.Locks[1].ID = 1 },
		"amount is missing":      func(g *Genesis) { g.Purses[0].LostWei = nil },
		"is there twice":         func(g *Genesis) { g.Purses = append(g.Purses, g.Purses[0]) },
		"more than it locked":    func(g *Genesis) { g.Purses[0].StakedWei = cmt(101) },
		"do not belong together": func(g *Genesis) { g.Purses[0].EndedWei = cmt(11) },
	} {
		g := genesis()
		g.Purses = []GenesisPurse{{alice, cmt(10), new(uint256.Int), new(uint256.Int)}}
		l := New(address)
		c := contracttest.New(t, l)
		c.Fund(address, cmt(290))
		begin(t, c, l, g)

		change(&g)
		c = contracttest.New(t, l)
		c.Fund(address, cmt(290))
		err := l.Begin(c.Open(l), g)
		require.ErrorIs(t, err, ErrGenesis)
		require.ErrorContains(t, err, want)
	}
}
